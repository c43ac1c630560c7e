-- What followup keeps of intake's complaints. The row is also the lock that one change of a complaint holds.
CREATE TABLE complaints (
  complaint_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  customer     TEXT    NOT NULL,
  reference    TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  severity     BIGINT  NOT NULL,
  cycle        BIGINT  NOT NULL,
  receive_time BIGINT  NOT NULL,
  ended        BOOLEAN NOT NULL
);

-- What is owed. warn_times and warned_times are unix microseconds, separated by spaces.
CREATE TABLE duties (
  complaint_id   TEXT COLLATE "C" NOT NULL,
  duty_id        TEXT    NOT NULL,
  kind           BIGINT  NOT NULL,
  cycle          BIGINT  NOT NULL,
  state          BIGINT  NOT NULL,
  verdict        BIGINT  NOT NULL,
  open_time      BIGINT  NOT NULL,
  due_time       BIGINT  NOT NULL,
  warn_times     TEXT    NOT NULL,
  warned_times   TEXT    NOT NULL,
  fact_time      BIGINT  NOT NULL,
  evidence       TEXT    NOT NULL,
  corrected      BOOLEAN NOT NULL,
  settle_time    BIGINT  NOT NULL,
  release_reason TEXT    NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
);

-- Callbacks are the duties of kind CALLBACK (4), and the only ones listed across complaints.
CREATE INDEX callbacks_by_due_time ON duties (due_time, complaint_id, cycle) WHERE kind = 4;
CREATE INDEX callbacks_by_state ON duties (state, due_time, complaint_id, cycle) WHERE kind = 4;

-- Contact attempts; rows are only ever inserted. The note is sealed.
CREATE TABLE attempts (
  complaint_id TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT  NOT NULL,
  attempt_id   TEXT    NOT NULL,
  outcome      BIGINT  NOT NULL,
  way          BIGINT  NOT NULL,
  attempt_time BIGINT  NOT NULL,
  record_time  BIGINT  NOT NULL,
  agent        TEXT    NOT NULL,
  note         BYTEA   NOT NULL,
  flag_reason  TEXT    NOT NULL,
  PRIMARY KEY (complaint_id, cycle, attempt_id)
);

-- Messages that were sent; rows are only ever inserted. The text is sealed.
CREATE TABLE notifications (
  complaint_id    TEXT COLLATE "C" NOT NULL,
  notification_id TEXT    NOT NULL,
  template        TEXT    NOT NULL,
  language        TEXT    NOT NULL,
  channel         TEXT    NOT NULL,
  proof           TEXT    NOT NULL,
  send_time       BIGINT  NOT NULL,
  text            BYTEA   NOT NULL,
  PRIMARY KEY (complaint_id, notification_id)
);
