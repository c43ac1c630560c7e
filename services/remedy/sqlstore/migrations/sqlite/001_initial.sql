-- What remedy keeps of intake's complaints. The row is also the lock that one change of a complaint holds.
-- end_state is 0 while the cycle goes on, else an intake Complaint.State.
CREATE TABLE complaints (
  complaint_id TEXT    NOT NULL PRIMARY KEY,
  customer     TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  end_state    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was proposed. The fallback is sealed with the customer's data key.
CREATE TABLE remedies (
  complaint_id TEXT    NOT NULL,
  remedy_id    TEXT    NOT NULL,
  state        INTEGER NOT NULL,
  fallback     BLOB    NOT NULL,
  customer     TEXT    NOT NULL,
  proposer     TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  create_time  INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX remedies_by_create_time ON remedies (complaint_id, create_time, remedy_id);

-- The options of each, numbered from 0. The contents are sealed. currency is empty where an option has no amount.
CREATE TABLE remedy_options (
  complaint_id  TEXT    NOT NULL,
  remedy_id     TEXT    NOT NULL,
  option_number INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  basis         INTEGER NOT NULL,
  contents      BLOB    NOT NULL,
  currency      TEXT    NOT NULL,
  units         INTEGER NOT NULL,
  nanos         INTEGER NOT NULL,
  fulfil_time   INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, option_number)
) STRICT, WITHOUT ROWID;
