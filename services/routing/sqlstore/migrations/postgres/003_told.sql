-- A gathered notice that was tried is whole: nothing is added to it. try_time is when it may be tried (again), which also keeps it
-- for whoever tries it now.
ALTER TABLE gathered_notices ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gathered_notices ADD COLUMN try_time BIGINT NOT NULL DEFAULT 0;

-- The kind of the duty that is warned of, for the event of a notice that is sent later; 0 for an escalation, which has its own.
ALTER TABLE notices ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;

-- A notice that was told with others has its time of sending from then on.
UPDATE notices SET send_time = COALESCE((SELECT g.send_time FROM gathered_notices g WHERE g.id = notices.gathered), 0)
  WHERE gathered <> '' AND send_time = 0;
CREATE INDEX notices_unsent ON notices (gathered) WHERE send_time = 0 AND gathered <> '';
