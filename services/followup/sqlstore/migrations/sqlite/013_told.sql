-- Whether the customer stays one, and what the customer is told was improved: JSON, or empty for nothing.
ALTER TABLE touches ADD COLUMN retention INTEGER NOT NULL DEFAULT 0;
ALTER TABLE touches ADD COLUMN improvements TEXT NOT NULL DEFAULT '';
