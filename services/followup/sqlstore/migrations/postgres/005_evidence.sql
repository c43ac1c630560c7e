-- What intake has on record of a complaint and may prove something: messages and attachments, by their name within the complaint. Rows are
-- only ever inserted. author is 0 for what nobody wrote.
CREATE TABLE records (
  complaint_id TEXT COLLATE "C" NOT NULL,
  name         TEXT    NOT NULL,
  author       BIGINT  NOT NULL,
  record_time  BIGINT  NOT NULL,
  PRIMARY KEY (complaint_id, name)
);

-- Who there is, as routing's events tell. Rows stay when somebody leaves.
CREATE TABLE people (
  name   TEXT    NOT NULL PRIMARY KEY,
  active BOOLEAN NOT NULL
);

-- How, and when, the customer gave a promise up to a supervisor who notes it; 0 for what is on record otherwise.
ALTER TABLE promises ADD COLUMN way BIGINT NOT NULL DEFAULT 0;
ALTER TABLE promises ADD COLUMN conversation_time BIGINT NOT NULL DEFAULT 0;
