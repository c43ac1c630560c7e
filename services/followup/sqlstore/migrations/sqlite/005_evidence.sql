-- What intake has on record of a complaint and may prove something: messages and attachments, by their name within the complaint. Rows are
-- only ever inserted. author is 0 for what nobody wrote.
CREATE TABLE records (
  complaint_id TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  author       INTEGER NOT NULL,
  record_time  INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, name)
) STRICT, WITHOUT ROWID;

-- Who there is, as routing's events tell. Rows stay when somebody leaves.
CREATE TABLE people (
  name   TEXT    NOT NULL PRIMARY KEY,
  active INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How, and when, the customer gave a promise up to a supervisor who notes it; 0 for what is on record otherwise.
ALTER TABLE promises ADD COLUMN way INTEGER NOT NULL DEFAULT 0;
ALTER TABLE promises ADD COLUMN conversation_time INTEGER NOT NULL DEFAULT 0;
