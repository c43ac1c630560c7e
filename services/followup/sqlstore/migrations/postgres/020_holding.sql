-- Whether an agent's message only says that the work goes on, which is no contact about an offer. FALSE for what was recorded before this was kept.
ALTER TABLE records ADD COLUMN holding BOOLEAN NOT NULL DEFAULT FALSE;
