-- What people do about escalations. cycle is that of the duty, or in which the reason was; passed is who was not told, and why, as JSON;
-- adrift marks those that came after the end of their cycle, which no workflow keeps.
ALTER TABLE escalations ADD COLUMN cycle INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN passed TEXT NOT NULL DEFAULT '';
ALTER TABLE escalations ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN acknowledge_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN acknowledger TEXT NOT NULL DEFAULT '';
ALTER TABLE escalations ADD COLUMN resolve_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN resolver TEXT NOT NULL DEFAULT '';
ALTER TABLE escalations ADD COLUMN resolution INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN adrift INTEGER NOT NULL DEFAULT 0;
UPDATE escalations SET cycle = COALESCE(CAST(substring(duty_id FROM '^[0-9]{1,9}') AS INTEGER), 0);
-- What was before the ladder in a cycle that has ended is resolved by its end (2), but for what is owed to an authority (a duty of kind 6).
UPDATE escalations SET climb_time = 0, resolution = 2, resolve_time = notify_time WHERE kind <> 6 AND EXISTS (SELECT 1 FROM complaints c
  WHERE c.complaint_id = escalations.complaint_id AND (escalations.cycle < c.cycle OR escalations.cycle = c.cycle AND c.ended = 1));
-- Until when quiet hours hold a notice back; 0 for not.
ALTER TABLE notices ADD COLUMN hold_time BIGINT NOT NULL DEFAULT 0;
CREATE INDEX escalations_adrift ON escalations (climb_time) WHERE adrift = 1 AND climb_time > 0;
-- What waits for somebody.
CREATE INDEX escalations_open ON escalations (recipient, create_time, complaint_id, duty_id) WHERE resolve_time = 0;
CREATE INDEX escalations_oldest ON escalations (create_time, complaint_id, duty_id) WHERE resolve_time = 0;
