-- When the person concerned was told that a deduction is suggested, and what shows it when it was no notice; 0 before. Of what was suggested
-- earlier nobody was told: HR says how, before it confirms.
ALTER TABLE deductions ADD COLUMN told_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deductions ADD COLUMN told_evidence TEXT NOT NULL DEFAULT '';
