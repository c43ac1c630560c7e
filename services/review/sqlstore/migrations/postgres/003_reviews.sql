-- What a review reads of records, in the order in which it reads them: it need not fetch a record to count it.
CREATE INDEX outcomes_counted ON outcomes (end_time) INCLUDE (sequence, superseded_by, category, department, product, fault_code, result, start_time, first_contact_time, escalation_count,
  repeated, held, spent_entitlement, spent_fault, spent_goodwill, judged_promises, kept_promises, satisfaction, retention);

-- The causes of each version of a record.
CREATE TABLE outcome_causes (
  sequence BIGINT NOT NULL,
  cause    BIGINT NOT NULL,
  PRIMARY KEY (sequence, cause)
);

-- Reviews, in versions that never change but for latest. kept is the message redress.review.v1.Review.
CREATE TABLE reviews (
  review_id        TEXT COLLATE "C" NOT NULL,
  version          BIGINT  NOT NULL,
  latest           BOOLEAN NOT NULL,
  kind             BIGINT  NOT NULL,
  start_time       BIGINT  NOT NULL,
  complete         BOOLEAN NOT NULL,
  record_count     BIGINT  NOT NULL,
  highest_sequence BIGINT  NOT NULL,
  create_time      BIGINT  NOT NULL,
  kept             BYTEA   NOT NULL,
  PRIMARY KEY (review_id, version)
);

CREATE INDEX reviews_latest ON reviews (start_time, review_id) WHERE latest;
CREATE INDEX reviews_of_kind ON reviews (kind, start_time, review_id) WHERE latest;
CREATE INDEX reviews_complete ON reviews (kind, start_time) WHERE complete;
