-- What customers answered at follow-up, by the cycle that they were asked about: an answer may come before there is a record of the cycle.
CREATE TABLE answers (
  complaint_id TEXT    NOT NULL,
  cycle        INTEGER NOT NULL,
  details      TEXT    NOT NULL,
  PRIMARY KEY (complaint_id, cycle)
) STRICT;
