-- Rows that were imported: a keyed hash of their source and key there, so that none is filed twice.
CREATE TABLE imports (
    hash      BYTEA NOT NULL PRIMARY KEY,
    complaint TEXT NOT NULL
);
