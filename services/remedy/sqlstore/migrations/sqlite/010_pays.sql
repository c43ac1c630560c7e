-- What was told of the pay of somebody's month, which limits what is deducted from it: the last of them counts. pay is in the smallest unit of the
-- currency. Written behind the lock of the person's month (deduction_months).
CREATE TABLE deduction_pays (
  agent      TEXT NOT NULL,
  month      TEXT NOT NULL,
  number     INTEGER NOT NULL,
  pay        INTEGER NOT NULL,
  teller     TEXT NOT NULL,
  correction TEXT NOT NULL,
  tell_time  INTEGER NOT NULL,
  PRIMARY KEY (agent, month, number)
) STRICT, WITHOUT ROWID;
