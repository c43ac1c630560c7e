-- What all amounts that are whole numbers stand for: one row, whose id is 1. Written when the service starts.
CREATE TABLE denomination (
  id       INTEGER NOT NULL PRIMARY KEY,
  currency TEXT    NOT NULL,
  digits   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
