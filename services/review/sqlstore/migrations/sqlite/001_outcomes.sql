-- The place that the last version of a record took. Whoever writes one locks this row, so that places are committed in their order.
CREATE TABLE places (
  id   INTEGER NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;

INSERT INTO places (id, last) VALUES (1, 0);

-- What each cycle was, in versions that never change but for superseded_by: the place of the next version, 0 while there is none. Lesson
-- and reason are sealed. Amounts are in the smallest unit of the currency. details is JSON of what has no column: duties, causes, kinds
-- of remedies and money by basis.
CREATE TABLE outcomes (
  sequence           INTEGER NOT NULL PRIMARY KEY,
  superseded_by      INTEGER NOT NULL,
  complaint_id       TEXT    NOT NULL,
  cycle              INTEGER NOT NULL,
  version            INTEGER NOT NULL,
  origin             INTEGER NOT NULL,
  record_time        INTEGER NOT NULL,
  recorder           TEXT    NOT NULL,
  reference          TEXT    NOT NULL,
  customer           TEXT    NOT NULL,
  policy_version     TEXT    NOT NULL,
  channel            INTEGER NOT NULL,
  result             INTEGER NOT NULL,
  start_time         INTEGER NOT NULL,
  end_time           INTEGER NOT NULL,
  first_contact_time INTEGER NOT NULL,
  severity           INTEGER NOT NULL,
  category           INTEGER NOT NULL,
  established        INTEGER NOT NULL,
  product            TEXT    NOT NULL,
  fault_code         TEXT    NOT NULL,
  cause_department   TEXT    NOT NULL,
  department         TEXT    NOT NULL,
  assignee           TEXT    NOT NULL,
  contacts           INTEGER NOT NULL,
  attempts           INTEGER NOT NULL,
  transfers          INTEGER NOT NULL,
  chases             INTEGER NOT NULL,
  re_explanations    INTEGER NOT NULL,
  escalation_count   INTEGER NOT NULL,
  escalation_level   INTEGER NOT NULL,
  responsibility     INTEGER NOT NULL,
  ruling_reason      INTEGER NOT NULL,
  repeated           INTEGER NOT NULL,
  satisfaction       INTEGER NOT NULL,
  retention          INTEGER NOT NULL,
  handling_cost      INTEGER NOT NULL,
  held               INTEGER NOT NULL,
  spent_entitlement  INTEGER NOT NULL,
  spent_fault        INTEGER NOT NULL,
  spent_goodwill     INTEGER NOT NULL,
  broken_duties      INTEGER NOT NULL,
  judged_promises    INTEGER NOT NULL,
  kept_promises      INTEGER NOT NULL,
  lesson             BLOB    NOT NULL,
  lesson_version     INTEGER NOT NULL,
  reason             BLOB    NOT NULL,
  details            TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX outcomes_by_version ON outcomes (complaint_id, cycle, version);
CREATE INDEX outcomes_by_end ON outcomes (end_time, sequence);
CREATE INDEX outcomes_by_category_end ON outcomes (category, end_time);
CREATE INDEX outcomes_by_category_start ON outcomes (category, start_time);
CREATE INDEX outcomes_by_fault_end ON outcomes (product, fault_code, end_time) WHERE product <> '';
CREATE INDEX outcomes_by_fault_start ON outcomes (product, fault_code, start_time) WHERE product <> '';
