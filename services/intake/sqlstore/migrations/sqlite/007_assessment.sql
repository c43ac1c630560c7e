-- What was assessed last and who answers for it: numbers of the contract's enums, 0 before. Few complaints are asked for by
-- these before they are assessed, so the indexes leave those out, and filing does not pay for them.
ALTER TABLE complaints ADD COLUMN scenario INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN established INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN ruling INTEGER NOT NULL DEFAULT 0;
CREATE INDEX complaints_by_scenario ON complaints (scenario, receive_time, id) WHERE scenario <> 0;
CREATE INDEX complaints_by_established ON complaints (established, receive_time, id) WHERE established <> 0;
CREATE INDEX complaints_by_ruling ON complaints (ruling, receive_time, id) WHERE ruling <> 0;
