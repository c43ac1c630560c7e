-- What somebody has to approve, or had to. state is a remedy Approval.State. level, approver and due_time are those of the last turn, by
-- which approvals are found and listed. most is in the smallest unit of the currency; evidence is sealed.
CREATE TABLE approvals (
  approval_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  complaint_id TEXT COLLATE "C" NOT NULL,
  remedy_id    TEXT NOT NULL,
  revision     BIGINT NOT NULL,
  cycle        BIGINT NOT NULL,
  customer     TEXT NOT NULL,
  state        BIGINT NOT NULL,
  level        BIGINT NOT NULL,
  approver     TEXT COLLATE "C" NOT NULL,
  due_time     BIGINT NOT NULL,
  needed       BIGINT NOT NULL,
  cash         BOOLEAN NOT NULL,
  urgent       BOOLEAN NOT NULL,
  beyond_caps  BOOLEAN NOT NULL,
  overdue      BOOLEAN NOT NULL,
  most         BIGINT NOT NULL,
  proposer     TEXT NOT NULL,
  department   TEXT NOT NULL,
  create_time  BIGINT NOT NULL,
  end_time     BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  evidence     BYTEA NOT NULL
);

CREATE INDEX approvals_by_complaint ON approvals (complaint_id);
CREATE INDEX approvals_by_due ON approvals (due_time, approval_id);
CREATE INDEX approvals_by_approver ON approvals (approver, due_time, approval_id);
CREATE INDEX approvals_by_state ON approvals (state, due_time, approval_id);

-- Whose turn it was, numbered from 0. outcome is a remedy ApprovalStep.Outcome, 0 while it goes on; passed is JSON, empty for nobody; comment
-- is sealed.
CREATE TABLE approval_steps (
  approval_id TEXT COLLATE "C" NOT NULL,
  step_number BIGINT NOT NULL,
  level       BIGINT NOT NULL,
  approver    TEXT COLLATE "C" NOT NULL,
  named       BOOLEAN NOT NULL,
  passed      TEXT NOT NULL,
  begin_time  BIGINT NOT NULL,
  due_time    BIGINT NOT NULL,
  remind_time BIGINT NOT NULL,
  end_time    BIGINT NOT NULL,
  outcome     BIGINT NOT NULL,
  decider     TEXT NOT NULL,
  comment     BYTEA NOT NULL,
  PRIMARY KEY (approval_id, step_number)
);
