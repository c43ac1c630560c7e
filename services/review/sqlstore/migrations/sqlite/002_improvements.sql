-- What is improved. Of one subject there is one at a time that is open (1) or waits for its check (2). details is JSON of what has no
-- column: plan, evidence, texts, figures, effect and reason.
CREATE TABLE improvements (
  improvement_id TEXT    NOT NULL PRIMARY KEY,
  state          INTEGER NOT NULL,
  subject        TEXT    NOT NULL,
  category       INTEGER NOT NULL,
  product        TEXT    NOT NULL,
  fault_code     TEXT    NOT NULL,
  owner          TEXT    NOT NULL,
  opener         TEXT    NOT NULL,
  create_time    INTEGER NOT NULL,
  due_time       INTEGER NOT NULL,
  overdue_time   INTEGER NOT NULL,
  complete_time  INTEGER NOT NULL,
  check_time     INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  details        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX improvements_open ON improvements (subject) WHERE state IN (1, 2);
CREATE INDEX improvements_by_create ON improvements (create_time, improvement_id);
CREATE INDEX improvements_done ON improvements (subject, complete_time) WHERE complete_time <> 0;
