-- What somebody has to approve, or had to. state is a remedy Approval.State. level, approver and due_time are those of the last turn, by
-- which approvals are found and listed. most is in the smallest unit of the currency; evidence is sealed.
CREATE TABLE approvals (
  approval_id  TEXT NOT NULL PRIMARY KEY,
  complaint_id TEXT NOT NULL,
  remedy_id    TEXT NOT NULL,
  revision     INTEGER NOT NULL,
  cycle        INTEGER NOT NULL,
  customer     TEXT NOT NULL,
  state        INTEGER NOT NULL,
  level        INTEGER NOT NULL,
  approver     TEXT NOT NULL,
  due_time     INTEGER NOT NULL,
  needed       INTEGER NOT NULL,
  cash         INTEGER NOT NULL,
  urgent       INTEGER NOT NULL,
  beyond_caps  INTEGER NOT NULL,
  overdue      INTEGER NOT NULL,
  most         INTEGER NOT NULL,
  proposer     TEXT NOT NULL,
  department   TEXT NOT NULL,
  create_time  INTEGER NOT NULL,
  end_time     INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  evidence     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX approvals_by_complaint ON approvals (complaint_id);
CREATE INDEX approvals_by_due ON approvals (due_time, approval_id);
CREATE INDEX approvals_by_approver ON approvals (approver, due_time, approval_id);
CREATE INDEX approvals_by_state ON approvals (state, due_time, approval_id);

-- Whose turn it was, numbered from 0. outcome is a remedy ApprovalStep.Outcome, 0 while it goes on; passed is JSON, empty for nobody; comment
-- is sealed.
CREATE TABLE approval_steps (
  approval_id TEXT NOT NULL,
  step_number INTEGER NOT NULL,
  level       INTEGER NOT NULL,
  approver    TEXT NOT NULL,
  named       INTEGER NOT NULL,
  passed      TEXT NOT NULL,
  begin_time  INTEGER NOT NULL,
  due_time    INTEGER NOT NULL,
  remind_time INTEGER NOT NULL,
  end_time    INTEGER NOT NULL,
  outcome     INTEGER NOT NULL,
  decider     TEXT NOT NULL,
  comment     BLOB NOT NULL,
  PRIMARY KEY (approval_id, step_number)
) STRICT, WITHOUT ROWID;
