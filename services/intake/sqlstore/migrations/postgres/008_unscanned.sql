-- Files that were never scanned have a state of their own (3), and are found by it once there is a scanner. Of those that are stored
-- (1) it is not known, so they are scanned again.
UPDATE attachments SET state = 3 WHERE state = 1;
CREATE INDEX attachments_unscanned ON attachments (complaint, id) WHERE state = 3;
