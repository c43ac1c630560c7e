-- What the customer said of late, by name and time: it stops the silence on an offer.
ALTER TABLE complaints ADD COLUMN words TEXT NOT NULL DEFAULT '';
