-- By which settings the index is made anew: one that is half made by others, or by an older version, is begun again.
ALTER TABLE index_rebuild ADD COLUMN settings TEXT NOT NULL DEFAULT '';
