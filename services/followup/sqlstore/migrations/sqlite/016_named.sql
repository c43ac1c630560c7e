-- The contacts about other complaints that a customer was asked about with one, names one after the other, and whether the customer said with the
-- answer not to be asked any more.
ALTER TABLE touches ADD COLUMN named TEXT NOT NULL DEFAULT '';
ALTER TABLE touches ADD COLUMN stop_wished INTEGER NOT NULL DEFAULT 0;
