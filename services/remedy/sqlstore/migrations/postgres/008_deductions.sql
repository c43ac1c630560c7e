-- What deductions are suggested by: rulings, what was broken or is owed by name, who was in charge since when, and who stands above whom.
-- concerned is names, one after the other.
CREATE TABLE rulings (
  complaint_id   TEXT COLLATE "C" NOT NULL,
  ruling         TEXT COLLATE "C" NOT NULL,
  cycle          BIGINT NOT NULL,
  responsibility BIGINT NOT NULL,
  reason         BIGINT NOT NULL,
  concerned      TEXT NOT NULL,
  state          BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, ruling)
);

CREATE TABLE duties (
  complaint_id TEXT COLLATE "C" NOT NULL,
  duty_id      TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT NOT NULL,
  kind         BIGINT NOT NULL,
  due_time     BIGINT NOT NULL,
  owner        TEXT NOT NULL,
  broken       BOOLEAN NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
);

CREATE TABLE assignments (
  complaint_id TEXT COLLATE "C" NOT NULL,
  position     BIGINT NOT NULL,
  agent        TEXT NOT NULL,
  since        BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, position)
);

CREATE TABLE people (
  name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  above TEXT NOT NULL
);

-- Suggested deductions. The words are those of staff about staff; nothing of a customer is in them. computation is lines. loss and amount are in
-- the smallest unit of the currency. The pay that limits them is not kept.
CREATE TABLE deductions (
  complaint_id   TEXT COLLATE "C" NOT NULL,
  deduction_id   TEXT COLLATE "C" NOT NULL,
  cycle          BIGINT NOT NULL,
  state          BIGINT NOT NULL,
  agent          TEXT COLLATE "C" NOT NULL,
  as_manager     BOOLEAN NOT NULL,
  ruling         TEXT NOT NULL,
  reason         BIGINT NOT NULL,
  duty_id        TEXT NOT NULL,
  computation    TEXT NOT NULL,
  loss           BIGINT NOT NULL,
  amount         BIGINT NOT NULL,
  month          TEXT COLLATE "C" NOT NULL,
  hear_time      BIGINT NOT NULL,
  appeal_time    BIGINT NOT NULL,
  answer         TEXT NOT NULL,
  grounds        TEXT NOT NULL,
  decision       TEXT NOT NULL,
  proposer       TEXT COLLATE "C" NOT NULL,
  appeal_decider TEXT NOT NULL,
  decider        TEXT NOT NULL,
  create_time    BIGINT NOT NULL,
  update_time    BIGINT NOT NULL,
  version        BIGINT NOT NULL,
  batch          TEXT NOT NULL,
  export         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (complaint_id, deduction_id)
);

CREATE INDEX deductions_by_time ON deductions (create_time, deduction_id);
CREATE INDEX deductions_by_agent ON deductions (agent, month);
CREATE INDEX deductions_by_proposer ON deductions (proposer, create_time);
CREATE INDEX deductions_by_month ON deductions (month, state);
CREATE INDEX deductions_exported ON deductions (export) WHERE export <> '';

-- The rows that are locked, behind that of the complaint: by who suggests for a month of somebody, in the order of the names, and by who exports
-- a month.
CREATE TABLE deduction_months (
  agent TEXT COLLATE "C" NOT NULL,
  month TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (agent, month)
);

CREATE TABLE deduction_exports (
  month TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
