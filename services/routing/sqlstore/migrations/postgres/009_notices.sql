-- gathered_notices has everything that a person is told from now on: one row for a notice that is told by itself, which names it, and
-- one for many. state is a routing Notice.State; unrecorded is 1 while what became of many is not on the record of all of them.
ALTER TABLE gathered_notices ADD COLUMN complaint_id TEXT NOT NULL DEFAULT '';
ALTER TABLE gathered_notices ADD COLUMN notice_id TEXT NOT NULL DEFAULT '';
ALTER TABLE gathered_notices ADD COLUMN state BIGINT NOT NULL DEFAULT 1;
ALTER TABLE gathered_notices ADD COLUMN channel BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gathered_notices ADD COLUMN problem TEXT NOT NULL DEFAULT '';
ALTER TABLE gathered_notices ADD COLUMN give_up_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gathered_notices ADD COLUMN unrecorded BIGINT NOT NULL DEFAULT 0;

-- What a notice is about, a routing Notice.About, why it was escalated, and what of its telling is on record: 1 that it was delayed,
-- 3 that it was given up.
ALTER TABLE notices ADD COLUMN about BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN reason BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN recorded BIGINT NOT NULL DEFAULT 0;

-- The reference that staff and customer know a complaint by; empty for those of before.
ALTER TABLE complaints ADD COLUMN reference TEXT NOT NULL DEFAULT '';

-- Ids go into addresses from now on, and what waited is given up a day after this version has come.
UPDATE notices SET about = CASE kind WHEN 0 THEN 2 ELSE 1 END, gathered = replace(replace(gathered, '/', '-'), '@', '-');
UPDATE gathered_notices SET id = replace(replace(id, '/', '-'), '@', '-'), state = CASE send_time WHEN 0 THEN 1 ELSE 2 END,
  unrecorded = CASE send_time WHEN 0 THEN 0 ELSE 1 END, give_up_time = create_time + 86400000000;

DROP INDEX gathered_by_recipient;
CREATE INDEX gathered_by_recipient ON gathered_notices (recipient, create_time) WHERE complaint_id = '';
-- A person has one at a time that is for many and was never tried.
DROP INDEX gathered_untold;
CREATE UNIQUE INDEX gathered_untold ON gathered_notices (recipient) WHERE state = 1 AND attempts = 0 AND complaint_id = '';
CREATE INDEX gathered_untold_by_time ON gathered_notices (try_time) WHERE state = 1;
CREATE INDEX gathered_dead ON gathered_notices (id) WHERE state = 3;
CREATE INDEX gathered_unrecorded ON gathered_notices (id) WHERE unrecorded = 1;
