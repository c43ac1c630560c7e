-- What remedy keeps of intake's complaints. The row is also the lock that one change of a complaint holds.
-- end_state is 0 while the cycle goes on, else an intake Complaint.State.
CREATE TABLE complaints (
  complaint_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  customer     TEXT    NOT NULL,
  cycle        BIGINT  NOT NULL,
  end_state    BIGINT  NOT NULL
);

-- What was proposed. The fallback is sealed with the customer's data key.
CREATE TABLE remedies (
  complaint_id TEXT COLLATE "C" NOT NULL,
  remedy_id    TEXT COLLATE "C" NOT NULL,
  state        BIGINT  NOT NULL,
  fallback     BYTEA   NOT NULL,
  customer     TEXT    NOT NULL,
  proposer     TEXT    NOT NULL,
  cycle        BIGINT  NOT NULL,
  create_time  BIGINT  NOT NULL,
  version      BIGINT  NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id)
);

CREATE INDEX remedies_by_create_time ON remedies (complaint_id, create_time, remedy_id);

-- The options of each, numbered from 0. The contents are sealed. currency is empty where an option has no amount.
CREATE TABLE remedy_options (
  complaint_id  TEXT COLLATE "C" NOT NULL,
  remedy_id     TEXT COLLATE "C" NOT NULL,
  option_number BIGINT  NOT NULL,
  kind          BIGINT  NOT NULL,
  basis         BIGINT  NOT NULL,
  contents      BYTEA   NOT NULL,
  currency      TEXT    NOT NULL,
  units         BIGINT  NOT NULL,
  nanos         BIGINT  NOT NULL,
  fulfil_time   BIGINT  NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, option_number)
);
