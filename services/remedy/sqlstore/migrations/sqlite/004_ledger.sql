-- What was held, released and spent, in the smallest unit of the currency. No row is ever changed. Rows of RELEASE and SPEND repeat what
-- their hold says, which hold_id names: month, day and hold_time are its.
CREATE TABLE ledger_entries (
  entry_id     TEXT NOT NULL PRIMARY KEY,
  kind         INTEGER NOT NULL,
  minor        INTEGER NOT NULL,
  basis        INTEGER NOT NULL,
  complaint_id TEXT NOT NULL,
  remedy_id    TEXT NOT NULL,
  revision     INTEGER NOT NULL,
  customer     TEXT NOT NULL,
  department   TEXT NOT NULL,
  month        TEXT NOT NULL,
  day          TEXT NOT NULL,
  actor        TEXT NOT NULL,
  alone        TEXT NOT NULL,
  beyond_caps  INTEGER NOT NULL,
  create_time  INTEGER NOT NULL,
  hold_time    INTEGER NOT NULL,
  cause        TEXT NOT NULL,
  hold_id      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_by_time ON ledger_entries (create_time, entry_id);
CREATE INDEX ledger_by_remedy ON ledger_entries (complaint_id, remedy_id);
CREATE INDEX ledger_by_customer ON ledger_entries (customer, hold_time);
CREATE INDEX ledger_by_month ON ledger_entries (month, department, basis);

-- The rows that a grant locks, in this order, after that of the complaint. Each is a sum of entries but those of entitlements: used is
-- HOLD less RELEASE; held is HOLD less RELEASE and SPEND, spent is SPEND.
CREATE TABLE customer_sums (
  customer TEXT NOT NULL PRIMARY KEY,
  used     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_days (
  agent TEXT NOT NULL,
  day   TEXT NOT NULL,
  used  INTEGER NOT NULL,
  PRIMARY KEY (agent, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
  department TEXT NOT NULL,
  month      TEXT NOT NULL,
  held       INTEGER NOT NULL,
  spent      INTEGER NOT NULL,
  PRIMARY KEY (department, month)
) STRICT, WITHOUT ROWID;
