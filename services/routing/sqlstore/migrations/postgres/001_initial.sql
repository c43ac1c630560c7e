-- What routing keeps of intake's complaints, and who is in charge. The row is also the lock that one change of a complaint holds.
CREATE TABLE complaints (
  complaint_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  customer       TEXT    NOT NULL,
  target_kind    BIGINT  NOT NULL,
  severity       BIGINT  NOT NULL,
  cycle          BIGINT  NOT NULL,
  ended          BIGINT  NOT NULL,
  department     TEXT    NOT NULL,
  assignee       TEXT    NOT NULL,
  reason         TEXT    NOT NULL,
  assigned_cycle BIGINT  NOT NULL,
  assign_time    BIGINT  NOT NULL
);

-- Who handles open complaints of a customer.
CREATE INDEX complaints_by_customer ON complaints (customer, assignee) WHERE ended = 0;

-- The policy's departments. The row is the lock that one assignment to the department holds.
CREATE TABLE departments (
  department_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  display_name  TEXT    NOT NULL,
  manager       TEXT    NOT NULL,
  supervisor    TEXT    NOT NULL,
  alias         TEXT    NOT NULL,
  active        BIGINT  NOT NULL
);

-- The policy's agents. open_count is how many open complaints each has.
CREATE TABLE agents (
  agent_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  display_name     TEXT    NOT NULL,
  department       TEXT    NOT NULL,
  supervisor       TEXT    NOT NULL,
  takes_complaints BIGINT  NOT NULL,
  active           BIGINT  NOT NULL,
  open_count       BIGINT  NOT NULL,
  last_assigned    BIGINT  NOT NULL
);

CREATE INDEX agents_by_department ON agents (department);

-- Broken duties, at most one row each.
CREATE TABLE escalations (
  complaint_id  TEXT COLLATE "C" NOT NULL,
  duty_id       TEXT COLLATE "C" NOT NULL,
  kind          BIGINT  NOT NULL,
  reason        BIGINT  NOT NULL,
  notice_number BIGINT  NOT NULL,
  level         BIGINT  NOT NULL,
  recipient     TEXT    NOT NULL,
  create_time   BIGINT  NOT NULL,
  notify_time   BIGINT  NOT NULL,
  climb_time    BIGINT  NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
);

-- What people were told; rows are only ever inserted.
CREATE TABLE notices (
  complaint_id TEXT COLLATE "C" NOT NULL,
  notice_id    TEXT COLLATE "C" NOT NULL,
  duty_id      TEXT COLLATE "C" NOT NULL,
  recipient    TEXT    NOT NULL,
  level        BIGINT  NOT NULL,
  due_time     BIGINT  NOT NULL,
  send_time    BIGINT  NOT NULL,
  PRIMARY KEY (complaint_id, notice_id)
);
