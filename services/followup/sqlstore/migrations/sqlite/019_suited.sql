-- How an attempt lay to the hours that the customer had said when it was recorded: 0 for none said, 1 within, 2 outside; and the policy's times of day
-- that those hours meet, names one after the other.
ALTER TABLE attempts ADD COLUMN hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN suited TEXT NOT NULL DEFAULT '';
