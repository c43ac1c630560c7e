-- What remedy goes by of a complaint and has heard from intake and routing. The numbers are those of the contract's enums; causes are such
-- numbers in words of their own. Of what was complained of before this version nobody can be asked again whether the restatement is
-- settled, so it counts as settled. heard_ is the position of the newest event on each matter.
ALTER TABLE complaints ADD COLUMN receive_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN restated INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN real_need BLOB NOT NULL DEFAULT x'';
ALTER TABLE complaints ADD COLUMN established INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN causes TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN scenario INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN motive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN product TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN fault TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN responsibility INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN ruling TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN appealed INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN authority_waits INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN survivor TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN heard_understood INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_assessed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_ruled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_attended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_assigned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_waited INTEGER NOT NULL DEFAULT 0;

UPDATE complaints SET restated = TRUE;

CREATE INDEX complaints_by_customer ON complaints (customer, receive_time, complaint_id);
CREATE INDEX complaints_by_survivor ON complaints (survivor) WHERE survivor <> '';
CREATE INDEX complaints_by_product ON complaints (product, fault) WHERE product <> '';
CREATE INDEX complaints_by_scenario ON complaints (scenario, receive_time) WHERE scenario <> 0;

-- The requests within a complaint (REC-3).
CREATE TABLE complaint_items (
  complaint_id TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  open         INTEGER NOT NULL,
  heard        INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, item_id)
) STRICT, WITHOUT ROWID;
