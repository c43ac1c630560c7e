-- What deductions are suggested by: rulings, what was broken or is owed by name, who was in charge since when, and who stands above whom.
-- concerned is names, one after the other.
CREATE TABLE rulings (
  complaint_id   TEXT NOT NULL,
  ruling         TEXT NOT NULL,
  cycle          INTEGER NOT NULL,
  responsibility INTEGER NOT NULL,
  reason         INTEGER NOT NULL,
  concerned      TEXT NOT NULL,
  state          INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, ruling)
) STRICT, WITHOUT ROWID;

CREATE TABLE duties (
  complaint_id TEXT NOT NULL,
  duty_id      TEXT NOT NULL,
  cycle        INTEGER NOT NULL,
  kind         INTEGER NOT NULL,
  due_time     INTEGER NOT NULL,
  owner        TEXT NOT NULL,
  broken       INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE assignments (
  complaint_id TEXT NOT NULL,
  position     INTEGER NOT NULL,
  agent        TEXT NOT NULL,
  since        INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
  name  TEXT NOT NULL PRIMARY KEY,
  above TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Suggested deductions. The words are those of staff about staff; nothing of a customer is in them. computation is lines. loss and amount are in
-- the smallest unit of the currency. The pay that limits them is not kept.
CREATE TABLE deductions (
  complaint_id   TEXT NOT NULL,
  deduction_id   TEXT NOT NULL,
  cycle          INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  agent          TEXT NOT NULL,
  as_manager     INTEGER NOT NULL,
  ruling         TEXT NOT NULL,
  reason         INTEGER NOT NULL,
  duty_id        TEXT NOT NULL,
  computation    TEXT NOT NULL,
  loss           INTEGER NOT NULL,
  amount         INTEGER NOT NULL,
  month          TEXT NOT NULL,
  hear_time      INTEGER NOT NULL,
  appeal_time    INTEGER NOT NULL,
  answer         TEXT NOT NULL,
  grounds        TEXT NOT NULL,
  decision       TEXT NOT NULL,
  proposer       TEXT NOT NULL,
  appeal_decider TEXT NOT NULL,
  decider        TEXT NOT NULL,
  create_time    INTEGER NOT NULL,
  update_time    INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  batch          TEXT NOT NULL,
  export         TEXT NOT NULL,
  PRIMARY KEY (complaint_id, deduction_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deductions_by_time ON deductions (create_time, deduction_id);
CREATE INDEX deductions_by_agent ON deductions (agent, month);
CREATE INDEX deductions_by_proposer ON deductions (proposer, create_time);
CREATE INDEX deductions_by_month ON deductions (month, state);
CREATE INDEX deductions_exported ON deductions (export) WHERE export <> '';

-- The rows that are locked, behind that of the complaint: by who suggests for a month of somebody, in the order of the names, and by who exports
-- a month.
CREATE TABLE deduction_months (
  agent TEXT NOT NULL,
  month TEXT NOT NULL,
  PRIMARY KEY (agent, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE deduction_exports (
  month TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
