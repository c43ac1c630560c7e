-- What is refused, step by step. All words are sealed with the customer's key. Times are 0 for none.
CREATE TABLE refusals (
  complaint_id TEXT NOT NULL,
  number       INTEGER NOT NULL,
  cycle        INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  customer     TEXT NOT NULL,
  decision     BLOB NOT NULL,
  clause       BLOB NOT NULL,
  words        BLOB NOT NULL,
  watch_time   INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  create_time  INTEGER NOT NULL,
  end_time     INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, number)
) STRICT, WITHOUT ROWID;

-- Whether a further complaint of a customer is watched for is asked for each complaint that is received.
CREATE INDEX refusals_watched ON refusals (customer, watch_time) WHERE watch_time <> 0;

-- The steps on record. No row is ever changed.
CREATE TABLE refusal_steps (
  complaint_id TEXT NOT NULL,
  number       INTEGER NOT NULL,
  kind         INTEGER NOT NULL,
  done         INTEGER NOT NULL,
  abuse        INTEGER NOT NULL,
  words        BLOB NOT NULL,
  alternative  BLOB NOT NULL,
  party        TEXT NOT NULL,
  actor        TEXT NOT NULL,
  create_time  INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, number, kind)
) STRICT, WITHOUT ROWID;

-- With which complaints a customer came again with whom contact was ended.
CREATE TABLE refusal_repeats (
  complaint_id TEXT NOT NULL,
  number       INTEGER NOT NULL,
  repeat_id    TEXT NOT NULL,
  repeat_cycle INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, number, repeat_id, repeat_cycle)
) STRICT, WITHOUT ROWID;
