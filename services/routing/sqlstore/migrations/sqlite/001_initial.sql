-- What routing keeps of intake's complaints, and who is in charge. The row is also the lock that one change of a complaint holds.
CREATE TABLE complaints (
  complaint_id   TEXT    NOT NULL PRIMARY KEY,
  customer       TEXT    NOT NULL,
  target_kind    INTEGER NOT NULL,
  severity       INTEGER NOT NULL,
  cycle          INTEGER NOT NULL,
  ended          INTEGER NOT NULL,
  department     TEXT    NOT NULL,
  assignee       TEXT    NOT NULL,
  reason         TEXT    NOT NULL,
  assigned_cycle INTEGER NOT NULL,
  assign_time    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who handles open complaints of a customer.
CREATE INDEX complaints_by_customer ON complaints (customer, assignee) WHERE ended = 0;

-- The policy's departments. The row is the lock that one assignment to the department holds.
CREATE TABLE departments (
  department_id TEXT    NOT NULL PRIMARY KEY,
  display_name  TEXT    NOT NULL,
  manager       TEXT    NOT NULL,
  supervisor    TEXT    NOT NULL,
  alias         TEXT    NOT NULL,
  active        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The policy's agents. open_count is how many open complaints each has.
CREATE TABLE agents (
  agent_id         TEXT    NOT NULL PRIMARY KEY,
  display_name     TEXT    NOT NULL,
  department       TEXT    NOT NULL,
  supervisor       TEXT    NOT NULL,
  takes_complaints INTEGER NOT NULL,
  active           INTEGER NOT NULL,
  open_count       INTEGER NOT NULL,
  last_assigned    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX agents_by_department ON agents (department);

-- Broken duties, at most one row each.
CREATE TABLE escalations (
  complaint_id  TEXT    NOT NULL,
  duty_id       TEXT    NOT NULL,
  kind          INTEGER NOT NULL,
  reason        INTEGER NOT NULL,
  notice_number INTEGER NOT NULL,
  level         INTEGER NOT NULL,
  recipient     TEXT    NOT NULL,
  create_time   INTEGER NOT NULL,
  notify_time   INTEGER NOT NULL,
  climb_time    INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
) STRICT, WITHOUT ROWID;

-- What people were told; rows are only ever inserted.
CREATE TABLE notices (
  complaint_id TEXT    NOT NULL,
  notice_id    TEXT    NOT NULL,
  duty_id      TEXT    NOT NULL,
  recipient    TEXT    NOT NULL,
  level        INTEGER NOT NULL,
  due_time     INTEGER NOT NULL,
  send_time    INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, notice_id)
) STRICT, WITHOUT ROWID;
