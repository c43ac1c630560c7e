-- How far the index of texts is made anew: up to which text, in the order of complaint and message, and how many that are. There is
-- a row, with id 1, as long as it is not done.
CREATE TABLE index_rebuild (
    id        INTEGER NOT NULL PRIMARY KEY,
    complaint TEXT    NOT NULL,
    message   TEXT    NOT NULL,
    texts     BIGINT  NOT NULL
);
