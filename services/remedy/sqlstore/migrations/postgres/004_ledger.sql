-- What was held, released and spent, in the smallest unit of the currency. No row is ever changed. Rows of RELEASE and SPEND repeat what
-- their hold says, which hold_id names: month, day and hold_time are its.
CREATE TABLE ledger_entries (
  entry_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind         BIGINT NOT NULL,
  minor        BIGINT NOT NULL,
  basis        BIGINT NOT NULL,
  complaint_id TEXT COLLATE "C" NOT NULL,
  remedy_id    TEXT COLLATE "C" NOT NULL,
  revision     BIGINT NOT NULL,
  customer     TEXT NOT NULL,
  department   TEXT COLLATE "C" NOT NULL,
  month        TEXT COLLATE "C" NOT NULL,
  day          TEXT NOT NULL,
  actor        TEXT NOT NULL,
  alone        TEXT NOT NULL,
  beyond_caps  BOOLEAN NOT NULL,
  create_time  BIGINT NOT NULL,
  hold_time    BIGINT NOT NULL,
  cause        TEXT NOT NULL,
  hold_id      TEXT NOT NULL
);

CREATE INDEX ledger_by_time ON ledger_entries (create_time, entry_id);
CREATE INDEX ledger_by_remedy ON ledger_entries (complaint_id, remedy_id);
CREATE INDEX ledger_by_customer ON ledger_entries (customer, hold_time);
CREATE INDEX ledger_by_month ON ledger_entries (month, department, basis);

-- The rows that a grant locks, in this order, after that of the complaint. Each is a sum of entries but those of entitlements: used is
-- HOLD less RELEASE; held is HOLD less RELEASE and SPEND, spent is SPEND.
CREATE TABLE customer_sums (
  customer TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  used     BIGINT NOT NULL
);

CREATE TABLE agent_days (
  agent TEXT COLLATE "C" NOT NULL,
  day   TEXT COLLATE "C" NOT NULL,
  used  BIGINT NOT NULL,
  PRIMARY KEY (agent, day)
);

CREATE TABLE budgets (
  department TEXT COLLATE "C" NOT NULL,
  month      TEXT COLLATE "C" NOT NULL,
  held       BIGINT NOT NULL,
  spent      BIGINT NOT NULL,
  PRIMARY KEY (department, month)
);
