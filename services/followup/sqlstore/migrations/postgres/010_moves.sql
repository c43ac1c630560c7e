-- What has moved the due time of a duty: how often, the pauses of its clock and the extensions, each list in JSON; '' for none (CLK-3).
ALTER TABLE duties ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
ALTER TABLE duties ADD COLUMN pauses TEXT NOT NULL DEFAULT '';
ALTER TABLE duties ADD COLUMN extensions TEXT NOT NULL DEFAULT '';
