-- Claims on third parties. Whom they are on, what for and what was done is sealed. Amounts are in the smallest unit of the currency, 0 for
-- none that was told.
CREATE TABLE claims (
  complaint_id TEXT NOT NULL,
  claim_id     TEXT NOT NULL,
  cycle        INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  customer     TEXT NOT NULL,
  third_party  BLOB NOT NULL,
  grounds      BLOB NOT NULL,
  amount       INTEGER NOT NULL,
  owner        TEXT NOT NULL,
  due_time     INTEGER NOT NULL,
  remedy_id    TEXT NOT NULL,
  recovered    INTEGER NOT NULL,
  note         BLOB NOT NULL,
  create_time  INTEGER NOT NULL,
  settle_time  INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, claim_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_by_due ON claims (due_time, claim_id);
