-- The day on which an attempt was made where the customer was; '' for the firm's.
ALTER TABLE attempts ADD COLUMN local_date TEXT NOT NULL DEFAULT '';
