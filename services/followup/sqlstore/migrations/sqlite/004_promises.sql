-- What was told to customers with a time. When it is due and whether it was kept is in duties. Texts are sealed; text_place is what the
-- text is bound to. period is in microseconds. excesses are numbers, separated by spaces.
CREATE TABLE promises (
  complaint_id TEXT    NOT NULL,
  promise_id   TEXT    NOT NULL,
  number       INTEGER NOT NULL,
  duty_id      TEXT    NOT NULL,
  source       INTEGER NOT NULL,
  text         BLOB    NOT NULL,
  text_place   TEXT    NOT NULL,
  period       INTEGER NOT NULL,
  until_time   INTEGER NOT NULL,
  is_update    INTEGER NOT NULL,
  owner        TEXT    NOT NULL,
  speaker      TEXT    NOT NULL,
  promise_time INTEGER NOT NULL,
  currency     TEXT    NOT NULL,
  units        INTEGER NOT NULL,
  nanos        INTEGER NOT NULL,
  excesses     TEXT    NOT NULL,
  evidence     BLOB    NOT NULL,
  settler      TEXT    NOT NULL,
  remedy       TEXT    NOT NULL,
  part         INTEGER NOT NULL,
  alleged      TEXT    NOT NULL,
  previous     TEXT    NOT NULL,
  create_time  INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX promises_by_id ON promises (complaint_id, promise_id);
CREATE UNIQUE INDEX promises_by_duty ON promises (complaint_id, duty_id);

-- Promises are the duties of kind PROMISE (21), and listed across complaints.
CREATE INDEX promises_by_due_time ON duties (due_time, complaint_id, duty_id) WHERE kind = 21;
CREATE INDEX promises_by_state ON duties (state, due_time, complaint_id, duty_id) WHERE kind = 21;
