-- Since when nobody has been in charge of a complaint, in whatever queue; 0 when somebody is, or nobody has to be. Of what waited before,
-- the last move is all that is known.
ALTER TABLE complaints ADD COLUMN unassigned_since INTEGER NOT NULL DEFAULT 0;
UPDATE complaints SET unassigned_since = assign_time WHERE assignee = '' AND ended = 0 AND assigned_cycle = cycle;
-- From whom it was taken by hand while it waits; empty for nobody.
ALTER TABLE complaints ADD COLUMN taken_from TEXT NOT NULL DEFAULT '';
-- When it was received; 0 for what was on record before.
ALTER TABLE complaints ADD COLUMN receive_time INTEGER NOT NULL DEFAULT 0;
-- The highest level that an escalation ever reached: one that comes back begins below.
ALTER TABLE escalations ADD COLUMN peak INTEGER NOT NULL DEFAULT 0;
UPDATE escalations SET peak = level;
-- By when it is to be decided where a complaint stays that came back too often; 0 for never, as for those that wait for it already.
ALTER TABLE hand_offs ADD COLUMN decide_due_time INTEGER NOT NULL DEFAULT 0;
-- What a hand-off may name: items, demands, attempts to reach the customer. parts_told is 0 for complaints that were on record before:
-- of them nobody knows, and what is named of them counts as there.
CREATE TABLE parts (
  complaint_id TEXT NOT NULL,
  name         TEXT NOT NULL,
  PRIMARY KEY (complaint_id, name)
) STRICT, WITHOUT ROWID;
ALTER TABLE complaints ADD COLUMN parts_told INTEGER NOT NULL DEFAULT 0;
