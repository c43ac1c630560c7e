-- Rows that were imported: a keyed hash of their source and key there, so that none is filed twice.
CREATE TABLE imports (
    hash      BLOB NOT NULL PRIMARY KEY,
    complaint TEXT NOT NULL
) WITHOUT ROWID;
