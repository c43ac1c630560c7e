-- Complaints that one department offers to another one. Note and reason are sealed. items is JSON: each with what became of it.
CREATE TABLE hand_offs (
  complaint_id    TEXT NOT NULL,
  number          INTEGER NOT NULL,
  cycle           INTEGER NOT NULL,
  state           INTEGER NOT NULL,
  from_department TEXT NOT NULL,
  giver           TEXT NOT NULL,
  proposer        TEXT NOT NULL,
  to_department   TEXT NOT NULL,
  to_agent        TEXT NOT NULL,
  items           TEXT NOT NULL,
  customer        TEXT NOT NULL,
  note            BLOB NOT NULL,
  return_reason   BLOB NOT NULL,
  call_attempt    TEXT NOT NULL,
  caller          TEXT NOT NULL,
  call_time       INTEGER NOT NULL,
  create_time     INTEGER NOT NULL,
  due_time        INTEGER NOT NULL,
  settle_time     INTEGER NOT NULL,
  settler         TEXT NOT NULL,
  return_count    INTEGER NOT NULL,
  decider         TEXT NOT NULL,
  decide_time     INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, number)
) STRICT, WITHOUT ROWID;
-- A complaint is handed over once at a time.
CREATE UNIQUE INDEX hand_offs_open ON hand_offs (complaint_id) WHERE state = 1;

-- When cycles ended: until then somebody had the complaint.
CREATE TABLE cycle_ends (
  complaint_id TEXT NOT NULL,
  cycle        INTEGER NOT NULL,
  end_time     INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, cycle)
) STRICT, WITHOUT ROWID;
