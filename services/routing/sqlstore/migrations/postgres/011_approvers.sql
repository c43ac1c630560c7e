-- Who was named to decide at a turn of an approval; agent is empty for nobody. passed is JSON, empty for nobody. No row is ever changed.
CREATE TABLE approvers (
  approval_id TEXT COLLATE "C" NOT NULL,
  step        INTEGER NOT NULL,
  agent       TEXT NOT NULL,
  level       INTEGER NOT NULL,
  passed      TEXT NOT NULL,
  urgent      INTEGER NOT NULL,
  PRIMARY KEY (approval_id, step)
);
