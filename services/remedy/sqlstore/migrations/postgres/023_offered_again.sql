-- How often a version was offered again after the first time, each time with a new time to answer (REM-4). 0 also for what was offered again before this
-- was counted.
ALTER TABLE remedy_offers ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
