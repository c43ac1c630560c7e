-- How the clock of a duty counts, and the calendar that it goes by; 0 and '' for what was opened before this was kept.
ALTER TABLE duties ADD COLUMN measure INTEGER NOT NULL DEFAULT 0;
ALTER TABLE duties ADD COLUMN calendar TEXT NOT NULL DEFAULT '';
