-- What followup keeps of intake's complaints. The row is also the lock that one change of a complaint holds.
CREATE TABLE complaints (
  complaint_id TEXT    NOT NULL PRIMARY KEY,
  customer     TEXT    NOT NULL,
  reference    TEXT    NOT NULL,
  language     TEXT    NOT NULL,
  severity     INTEGER NOT NULL,
  cycle        INTEGER NOT NULL,
  receive_time INTEGER NOT NULL,
  ended        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is owed. warn_times and warned_times are unix microseconds, separated by spaces.
CREATE TABLE duties (
  complaint_id   TEXT    NOT NULL,
  duty_id        TEXT    NOT NULL,
  kind           INTEGER NOT NULL,
  cycle          INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  verdict        INTEGER NOT NULL,
  open_time      INTEGER NOT NULL,
  due_time       INTEGER NOT NULL,
  warn_times     TEXT    NOT NULL,
  warned_times   TEXT    NOT NULL,
  fact_time      INTEGER NOT NULL,
  evidence       TEXT    NOT NULL,
  corrected      INTEGER NOT NULL,
  settle_time    INTEGER NOT NULL,
  release_reason TEXT    NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
) STRICT, WITHOUT ROWID;

-- Callbacks are the duties of kind CALLBACK (4), and the only ones listed across complaints.
CREATE INDEX callbacks_by_due_time ON duties (due_time, complaint_id, cycle) WHERE kind = 4;
CREATE INDEX callbacks_by_state ON duties (state, due_time, complaint_id, cycle) WHERE kind = 4;

-- Contact attempts; rows are only ever inserted. The note is sealed.
CREATE TABLE attempts (
  complaint_id TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  attempt_id   TEXT    NOT NULL,
  outcome      INTEGER NOT NULL,
  way          INTEGER NOT NULL,
  attempt_time INTEGER NOT NULL,
  record_time  INTEGER NOT NULL,
  agent        TEXT    NOT NULL,
  note         BLOB    NOT NULL,
  flag_reason  TEXT    NOT NULL,
  PRIMARY KEY (complaint_id, cycle, attempt_id)
) STRICT, WITHOUT ROWID;

-- Messages that were sent; rows are only ever inserted. The text is sealed.
CREATE TABLE notifications (
  complaint_id    TEXT    NOT NULL,
  notification_id TEXT    NOT NULL,
  template        TEXT    NOT NULL,
  language        TEXT    NOT NULL,
  channel         TEXT    NOT NULL,
  proof           TEXT    NOT NULL,
  send_time       INTEGER NOT NULL,
  text            BLOB    NOT NULL,
  PRIMARY KEY (complaint_id, notification_id)
) STRICT, WITHOUT ROWID;
