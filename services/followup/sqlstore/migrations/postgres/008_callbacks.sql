-- When the customer asked to be called, what they said about a time after the due time (sealed), and what a supervisor made of an attempt that
-- was dated back: written once. 0 and '' for none.
ALTER TABLE attempts ADD COLUMN agreed_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN wish BYTEA NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN judgement BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN judge TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN judge_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

-- Those that wait for a supervisor, the one that waits longest first.
CREATE INDEX attempts_held ON attempts (record_time, complaint_id, cycle, attempt_id) WHERE flag_reason <> '' AND judgement = 0;

-- By when a callback was owed before the customer wished for a later time, and when it was decided that a notice stands in for it; 0 for never.
ALTER TABLE duties ADD COLUMN wished_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE duties ADD COLUMN notice_time BIGINT NOT NULL DEFAULT 0;

-- When the customer's number was last corrected; 0 for never.
ALTER TABLE complaints ADD COLUMN phone_time BIGINT NOT NULL DEFAULT 0;
