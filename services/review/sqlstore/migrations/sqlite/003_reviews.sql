-- What a review reads of records, in the order in which it reads them: it need not fetch a record to count it.
CREATE INDEX outcomes_counted ON outcomes (end_time, superseded_by, category, department, product, fault_code, result, start_time, first_contact_time, escalation_count,
  repeated, held, spent_entitlement, spent_fault, spent_goodwill, judged_promises, kept_promises, satisfaction, retention);

-- The causes of each version of a record.
CREATE TABLE outcome_causes (
  sequence INTEGER NOT NULL,
  cause    INTEGER NOT NULL,
  PRIMARY KEY (sequence, cause)
) STRICT, WITHOUT ROWID;

-- Reviews, in versions that never change but for latest. kept is the message redress.review.v1.Review.
CREATE TABLE reviews (
  review_id        TEXT    NOT NULL,
  version          INTEGER NOT NULL,
  latest           INTEGER NOT NULL,
  kind             INTEGER NOT NULL,
  start_time       INTEGER NOT NULL,
  complete         INTEGER NOT NULL,
  record_count     INTEGER NOT NULL,
  highest_sequence INTEGER NOT NULL,
  create_time      INTEGER NOT NULL,
  kept             BLOB    NOT NULL,
  PRIMARY KEY (review_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX reviews_latest ON reviews (start_time, review_id) WHERE latest;
CREATE INDEX reviews_of_kind ON reviews (kind, start_time, review_id) WHERE latest;
CREATE INDEX reviews_complete ON reviews (kind, start_time) WHERE complete;
