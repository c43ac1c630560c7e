-- Claims on third parties. Whom they are on, what for and what was done is sealed. Amounts are in the smallest unit of the currency, 0 for
-- none that was told.
CREATE TABLE claims (
  complaint_id TEXT COLLATE "C" NOT NULL,
  claim_id     TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT NOT NULL,
  state        BIGINT NOT NULL,
  customer     TEXT NOT NULL,
  third_party  BYTEA NOT NULL,
  grounds      BYTEA NOT NULL,
  amount       BIGINT NOT NULL,
  owner        TEXT COLLATE "C" NOT NULL,
  due_time     BIGINT NOT NULL,
  remedy_id    TEXT NOT NULL,
  recovered    BIGINT NOT NULL,
  note         BYTEA NOT NULL,
  create_time  BIGINT NOT NULL,
  settle_time  BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, claim_id)
);

CREATE INDEX claims_by_due ON claims (due_time, claim_id);
