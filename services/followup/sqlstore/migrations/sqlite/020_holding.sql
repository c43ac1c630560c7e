-- Whether an agent's message only says that the work goes on, which is no contact about an offer. 0 for what was recorded before this was kept.
ALTER TABLE records ADD COLUMN holding INTEGER NOT NULL DEFAULT 0;
