-- When the promise of a duty was recorded, and by whom: nobody answers for what was recorded once it was due, or promised in their name unknown
-- to them. 0 for what nobody has promised, and for promises that were heard of before this was kept, for which nobody answers.
ALTER TABLE duties ADD COLUMN record_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE duties ADD COLUMN recorder TEXT NOT NULL DEFAULT '';
