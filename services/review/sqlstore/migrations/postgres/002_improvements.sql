-- What is improved. Of one subject there is one at a time that is open (1) or waits for its check (2). details is JSON of what has no
-- column: plan, evidence, texts, figures, effect and reason.
CREATE TABLE improvements (
  improvement_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  state          BIGINT  NOT NULL,
  subject        TEXT COLLATE "C" NOT NULL,
  category       BIGINT  NOT NULL,
  product        TEXT COLLATE "C" NOT NULL,
  fault_code     TEXT COLLATE "C" NOT NULL,
  owner          TEXT COLLATE "C" NOT NULL,
  opener         TEXT    NOT NULL,
  create_time    BIGINT  NOT NULL,
  due_time       BIGINT  NOT NULL,
  overdue_time   BIGINT  NOT NULL,
  complete_time  BIGINT  NOT NULL,
  check_time     BIGINT  NOT NULL,
  version        BIGINT  NOT NULL,
  details        TEXT    NOT NULL
);

CREATE UNIQUE INDEX improvements_open ON improvements (subject) WHERE state IN (1, 2);
CREATE INDEX improvements_by_create ON improvements (create_time, improvement_id);
CREATE INDEX improvements_done ON improvements (subject, complete_time) WHERE complete_time <> 0;
