-- What follows a resolution: when the customer is asked whether it held, and what the customer said. Words are sealed. state and mode are
-- those of followup.v1.FollowUp, 1 being PLANNED and 2 ASKED.
CREATE TABLE touches (
  complaint_id TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT  NOT NULL,
  number       BIGINT  NOT NULL,
  customer     TEXT COLLATE "C" NOT NULL,
  state        BIGINT  NOT NULL,
  mode         BIGINT  NOT NULL,
  asked_by     BIGINT  NOT NULL,
  plan_time    BIGINT  NOT NULL,
  begin_time   BIGINT  NOT NULL,
  due_time     BIGINT  NOT NULL,
  ask_time     BIGINT  NOT NULL,
  expire_time  BIGINT  NOT NULL,
  remind_times TEXT    NOT NULL,
  reminders    BIGINT  NOT NULL,
  calls        BIGINT  NOT NULL,
  merged_into  TEXT COLLATE "C" NOT NULL,
  stop_reason  TEXT    NOT NULL,
  done         BOOLEAN NOT NULL,
  satisfaction BIGINT  NOT NULL,
  comment      BYTEA   NOT NULL,
  told         BYTEA   NOT NULL,
  way          BIGINT  NOT NULL,
  answer_time  BIGINT  NOT NULL,
  agent        TEXT    NOT NULL,
  reopened     BOOLEAN NOT NULL,
  PRIMARY KEY (complaint_id, cycle, number)
);

CREATE INDEX touches_by_due_time ON touches (due_time, complaint_id, cycle, number);
CREATE INDEX touches_by_state ON touches (state, due_time, complaint_id, cycle, number);
-- Those of a customer that are to come, and those at which the customer was asked of late.
CREATE INDEX touches_planned ON touches (customer) WHERE state = 1;
CREATE INDEX touches_asked ON touches (customer, ask_time) WHERE ask_time <> 0;
CREATE INDEX touches_merged ON touches (merged_into) WHERE merged_into <> '';

-- The tokens of surveys, by their keyed hash; rows are only ever inserted.
CREATE TABLE surveys (
  token_hash   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  complaint_id TEXT COLLATE "C" NOT NULL,
  cycle        BIGINT  NOT NULL,
  number       BIGINT  NOT NULL
);
