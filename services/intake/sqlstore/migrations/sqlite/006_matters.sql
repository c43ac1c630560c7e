-- Where a merged complaint went on ("complaints/…"), and how often its matter had been complained of before.
ALTER TABLE complaints ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN repeat_count INTEGER NOT NULL DEFAULT 0;
CREATE INDEX complaints_by_survivor ON complaints (merged_into) WHERE merged_into <> '';
CREATE INDEX customers_erased ON customers (name) WHERE wrapped_key IS NULL;

-- The index of texts: no words, but keyed signatures and sketches. All of it can be made again from complaints and messages.
-- How far each shelf is: the slot of the next text, and from which one on signatures are not in slices yet. Shelf -1 counts
-- sketches in next and deletions of them in folded.
CREATE TABLE index_shelves (
    shelf  INTEGER NOT NULL PRIMARY KEY,
    next   BIGINT  NOT NULL,
    folded BIGINT  NOT NULL
);
-- Which text stands where: place is shelf * 2^48 + slot; message is empty for what the complaint was filed with, whose sketch has
-- the number.
CREATE TABLE index_texts (
    place     INTEGER NOT NULL PRIMARY KEY,
    complaint TEXT    NOT NULL,
    message   TEXT    NOT NULL,
    sketch    BIGINT  NOT NULL
);
CREATE UNIQUE INDEX index_texts_by_text ON index_texts (complaint, message);
CREATE TABLE index_fresh (
    place INTEGER NOT NULL PRIMARY KEY,
    bits  BLOB    NOT NULL
);
-- slice is shelf * 2^52 + block * 2^20 + bit.
CREATE TABLE index_slices (
    slice INTEGER NOT NULL PRIMARY KEY,
    bits  BLOB    NOT NULL
);
CREATE TABLE index_sketches (
    number       INTEGER NOT NULL PRIMARY KEY,
    complaint    TEXT    NOT NULL,
    receive_time BIGINT  NOT NULL,
    bits         BLOB    NOT NULL
);
