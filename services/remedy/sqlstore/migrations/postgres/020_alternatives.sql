-- By when and by whom the alternative of a refusal is done once the customer has accepted it; 0 where nothing is promised.
ALTER TABLE refusal_steps ADD COLUMN alternative_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE refusal_steps ADD COLUMN alternative_owner TEXT NOT NULL DEFAULT '';
