-- Who is in charge of a complaint, by name; '' while nobody is.
ALTER TABLE complaints ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
