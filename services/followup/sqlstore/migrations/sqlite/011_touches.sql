-- What follows a resolution: when the customer is asked whether it held, and what the customer said. Words are sealed. state and mode are
-- those of followup.v1.FollowUp, 1 being PLANNED and 2 ASKED.
CREATE TABLE touches (
  complaint_id TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  customer     TEXT    NOT NULL,
  state        INTEGER NOT NULL,
  mode         INTEGER NOT NULL,
  asked_by     INTEGER NOT NULL,
  plan_time    INTEGER NOT NULL,
  begin_time   INTEGER NOT NULL,
  due_time     INTEGER NOT NULL,
  ask_time     INTEGER NOT NULL,
  expire_time  INTEGER NOT NULL,
  remind_times TEXT    NOT NULL,
  reminders    INTEGER NOT NULL,
  calls        INTEGER NOT NULL,
  merged_into  TEXT    NOT NULL,
  stop_reason  TEXT    NOT NULL,
  done         INTEGER NOT NULL,
  satisfaction INTEGER NOT NULL,
  comment      BLOB    NOT NULL,
  told         BLOB    NOT NULL,
  way          INTEGER NOT NULL,
  answer_time  INTEGER NOT NULL,
  agent        TEXT    NOT NULL,
  reopened     INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, cycle, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX touches_by_due_time ON touches (due_time, complaint_id, cycle, number);
CREATE INDEX touches_by_state ON touches (state, due_time, complaint_id, cycle, number);
-- Those of a customer that are to come, and those at which the customer was asked of late.
CREATE INDEX touches_planned ON touches (customer) WHERE state = 1;
CREATE INDEX touches_asked ON touches (customer, ask_time) WHERE ask_time <> 0;
CREATE INDEX touches_merged ON touches (merged_into) WHERE merged_into <> '';

-- The tokens of surveys, by their keyed hash; rows are only ever inserted.
CREATE TABLE surveys (
  token_hash   TEXT    NOT NULL PRIMARY KEY,
  complaint_id TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  number       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
