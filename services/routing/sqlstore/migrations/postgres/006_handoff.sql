-- Complaints that one department offers to another one. Note and reason are sealed. items is JSON: each with what became of it.
CREATE TABLE hand_offs (
  complaint_id    TEXT COLLATE "C" NOT NULL,
  number          BIGINT NOT NULL,
  cycle           BIGINT NOT NULL,
  state           BIGINT NOT NULL,
  from_department TEXT NOT NULL,
  giver           TEXT NOT NULL,
  proposer        TEXT NOT NULL,
  to_department   TEXT NOT NULL,
  to_agent        TEXT NOT NULL,
  items           TEXT NOT NULL,
  customer        TEXT NOT NULL,
  note            BYTEA NOT NULL,
  return_reason   BYTEA NOT NULL,
  call_attempt    TEXT NOT NULL,
  caller          TEXT NOT NULL,
  call_time       BIGINT NOT NULL,
  create_time     BIGINT NOT NULL,
  due_time        BIGINT NOT NULL,
  settle_time     BIGINT NOT NULL,
  settler         TEXT NOT NULL,
  return_count    BIGINT NOT NULL,
  decider         TEXT NOT NULL,
  decide_time     BIGINT NOT NULL,
  version         BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, number)
);
-- A complaint is handed over once at a time.
CREATE UNIQUE INDEX hand_offs_open ON hand_offs (complaint_id) WHERE state = 1;

-- When cycles ended: until then somebody had the complaint.
CREATE TABLE cycle_ends (
  complaint_id TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT NOT NULL,
  end_time     BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, cycle)
);
