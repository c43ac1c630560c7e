-- The place that the last version of a record took. Whoever writes one locks this row, so that places are committed in their order.
CREATE TABLE places (
  id   BIGINT  NOT NULL PRIMARY KEY,
  last BIGINT  NOT NULL
);

INSERT INTO places (id, last) VALUES (1, 0);

-- What each cycle was, in versions that never change but for superseded_by: the place of the next version, 0 while there is none. Lesson
-- and reason are sealed. Amounts are in the smallest unit of the currency. details is JSON of what has no column: duties, causes, kinds
-- of remedies and money by basis.
CREATE TABLE outcomes (
  sequence           BIGINT  NOT NULL PRIMARY KEY,
  superseded_by      BIGINT  NOT NULL,
  complaint_id       TEXT COLLATE "C" NOT NULL,
  cycle              BIGINT  NOT NULL,
  version            BIGINT  NOT NULL,
  origin             BIGINT  NOT NULL,
  record_time        BIGINT  NOT NULL,
  recorder           TEXT    NOT NULL,
  reference          TEXT    NOT NULL,
  customer           TEXT    NOT NULL,
  policy_version     TEXT    NOT NULL,
  channel            BIGINT  NOT NULL,
  result             BIGINT  NOT NULL,
  start_time         BIGINT  NOT NULL,
  end_time           BIGINT  NOT NULL,
  first_contact_time BIGINT  NOT NULL,
  severity           BIGINT  NOT NULL,
  category           BIGINT  NOT NULL,
  established        BIGINT  NOT NULL,
  product            TEXT COLLATE "C" NOT NULL,
  fault_code         TEXT COLLATE "C" NOT NULL,
  cause_department   TEXT COLLATE "C" NOT NULL,
  department         TEXT COLLATE "C" NOT NULL,
  assignee           TEXT    NOT NULL,
  contacts           BIGINT  NOT NULL,
  attempts           BIGINT  NOT NULL,
  transfers          BIGINT  NOT NULL,
  chases             BIGINT  NOT NULL,
  re_explanations    BIGINT  NOT NULL,
  escalation_count   BIGINT  NOT NULL,
  escalation_level   BIGINT  NOT NULL,
  responsibility     BIGINT  NOT NULL,
  ruling_reason      BIGINT  NOT NULL,
  repeated           BOOLEAN NOT NULL,
  satisfaction       BIGINT  NOT NULL,
  retention          BIGINT  NOT NULL,
  handling_cost      BIGINT  NOT NULL,
  held               BIGINT  NOT NULL,
  spent_entitlement  BIGINT  NOT NULL,
  spent_fault        BIGINT  NOT NULL,
  spent_goodwill     BIGINT  NOT NULL,
  broken_duties      BIGINT  NOT NULL,
  judged_promises    BIGINT  NOT NULL,
  kept_promises      BIGINT  NOT NULL,
  lesson             BYTEA   NOT NULL,
  lesson_version     BIGINT  NOT NULL,
  reason             BYTEA   NOT NULL,
  details            TEXT    NOT NULL
);

CREATE UNIQUE INDEX outcomes_by_version ON outcomes (complaint_id, cycle, version);
CREATE INDEX outcomes_by_end ON outcomes (end_time, sequence);
CREATE INDEX outcomes_by_category_end ON outcomes (category, end_time);
CREATE INDEX outcomes_by_category_start ON outcomes (category, start_time);
CREATE INDEX outcomes_by_fault_end ON outcomes (product, fault_code, end_time) WHERE product <> '';
CREATE INDEX outcomes_by_fault_start ON outcomes (product, fault_code, start_time) WHERE product <> '';
