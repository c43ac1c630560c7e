-- Whose key sealed it, where that is not the complaint's own customer: it came along with a complaint that was merged, or was said
-- on one. Empty for nearly all. code is the state or kind of an entry, a number of the contract's enums, 0 for none.
ALTER TABLE entries ADD COLUMN customer TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN code INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN customer TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_by_customer ON messages (customer) WHERE customer <> '';
