-- When the owner of a claim was told that it is overdue, and when whoever stands above was; 0 before.
ALTER TABLE claims ADD COLUMN overdue_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN above_time BIGINT NOT NULL DEFAULT 0;

CREATE INDEX claims_untold ON claims (due_time, claim_id) WHERE state = 1 AND above_time = 0;
