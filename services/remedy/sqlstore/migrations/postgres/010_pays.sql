-- What was told of the pay of somebody's month, which limits what is deducted from it: the last of them counts. pay is in the smallest unit of the
-- currency. Written behind the lock of the person's month (deduction_months).
CREATE TABLE deduction_pays (
  agent      TEXT COLLATE "C" NOT NULL,
  month      TEXT COLLATE "C" NOT NULL,
  number     BIGINT NOT NULL,
  pay        BIGINT NOT NULL,
  teller     TEXT COLLATE "C" NOT NULL,
  correction TEXT COLLATE "C" NOT NULL,
  tell_time  BIGINT NOT NULL,
  PRIMARY KEY (agent, month, number)
);
