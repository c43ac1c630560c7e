-- What remedy goes by of a complaint and has heard from intake and routing. The numbers are those of the contract's enums; causes are such
-- numbers in words of their own. Of what was complained of before this version nobody can be asked again whether the restatement is
-- settled, so it counts as settled. heard_ is the position of the newest event on each matter.
ALTER TABLE complaints ADD COLUMN receive_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN severity BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN restated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN real_need BYTEA NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN established BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN causes TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN scenario BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN motive BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN product TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN fault TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN responsibility BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN ruling TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN appealed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN authority_waits BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE complaints ADD COLUMN survivor TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN heard_understood BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_assessed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_ruled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_attended BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_assigned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN heard_waited BIGINT NOT NULL DEFAULT 0;

UPDATE complaints SET restated = TRUE;

CREATE INDEX complaints_by_customer ON complaints (customer, receive_time, complaint_id);
CREATE INDEX complaints_by_survivor ON complaints (survivor) WHERE survivor <> '';
CREATE INDEX complaints_by_product ON complaints (product, fault) WHERE product <> '';
CREATE INDEX complaints_by_scenario ON complaints (scenario, receive_time) WHERE scenario <> 0;

-- The requests within a complaint (REC-3).
CREATE TABLE complaint_items (
  complaint_id TEXT COLLATE "C" NOT NULL,
  item_id      TEXT COLLATE "C" NOT NULL,
  open         BOOLEAN NOT NULL,
  heard        BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, item_id)
);
