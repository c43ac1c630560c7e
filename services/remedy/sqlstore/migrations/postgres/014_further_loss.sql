-- What was told to be lost beside what the ledger says: it limits what is confirmed later. NULL for what was suggested before this was kept.
ALTER TABLE deductions ADD COLUMN further BIGINT;
