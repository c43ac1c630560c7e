-- What kind of message the customer's is: one that asks for what is owed gives nothing up. 0 for what was recorded before this was kept.
ALTER TABLE records ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
