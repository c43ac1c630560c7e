-- Sets of rules. content is the set as its JSON, which never changes; etag and activate_time are of when it became the current one last.
-- The directory says which one is current, and how many there are: their numbers are 1, 2, 3 …
CREATE TABLE rule_sets (
  number        INTEGER NOT NULL PRIMARY KEY,
  content       TEXT NOT NULL,
  etag          TEXT NOT NULL,
  activate_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE directory ADD COLUMN rule_set INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directory ADD COLUMN rule_sets INTEGER NOT NULL DEFAULT 0;

-- What the rules go by besides what has columns of its own, and what the one that matched wants of whoever takes the complaint: as their
-- JSON, empty for nothing. By which rule of which set the department was found; 0 when rules were not asked.
ALTER TABLE complaints ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN rule_set INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN rule_id TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN needs TEXT NOT NULL DEFAULT '';
