-- What is refused, step by step. All words are sealed with the customer's key. Times are 0 for none.
CREATE TABLE refusals (
  complaint_id TEXT COLLATE "C" NOT NULL,
  number       BIGINT NOT NULL,
  cycle        BIGINT NOT NULL,
  state        BIGINT NOT NULL,
  customer     TEXT COLLATE "C" NOT NULL,
  decision     BYTEA NOT NULL,
  clause       BYTEA NOT NULL,
  words        BYTEA NOT NULL,
  watch_time   BIGINT NOT NULL,
  actor        TEXT NOT NULL,
  create_time  BIGINT NOT NULL,
  end_time     BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, number)
);

-- Whether a further complaint of a customer is watched for is asked for each complaint that is received.
CREATE INDEX refusals_watched ON refusals (customer, watch_time) WHERE watch_time <> 0;

-- The steps on record. No row is ever changed.
CREATE TABLE refusal_steps (
  complaint_id TEXT COLLATE "C" NOT NULL,
  number       BIGINT NOT NULL,
  kind         BIGINT NOT NULL,
  done         BOOLEAN NOT NULL,
  abuse        BOOLEAN NOT NULL,
  words        BYTEA NOT NULL,
  alternative  BYTEA NOT NULL,
  party        TEXT NOT NULL,
  actor        TEXT NOT NULL,
  create_time  BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, number, kind)
);

-- With which complaints a customer came again with whom contact was ended.
CREATE TABLE refusal_repeats (
  complaint_id TEXT COLLATE "C" NOT NULL,
  number       BIGINT NOT NULL,
  repeat_id    TEXT COLLATE "C" NOT NULL,
  repeat_cycle BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, number, repeat_id, repeat_cycle)
);
