-- Who is complained about in the complaints that went on in this one, ids one after the other. Of those that were merged before nobody tells.
ALTER TABLE complaints ADD COLUMN also_about TEXT NOT NULL DEFAULT '';
