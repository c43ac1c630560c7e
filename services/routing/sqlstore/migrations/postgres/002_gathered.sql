-- One notice in the place of many. Those that it tells of have its id in gathered; one that waits for it has send_time 0 and none.
CREATE TABLE gathered_notices (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  recipient    TEXT NOT NULL,
  notice_count BIGINT NOT NULL,
  create_time  BIGINT NOT NULL,
  send_time    BIGINT NOT NULL
);
CREATE INDEX gathered_by_recipient ON gathered_notices (recipient, create_time);
-- A person has one at a time that was not told.
CREATE UNIQUE INDEX gathered_untold ON gathered_notices (recipient) WHERE send_time = 0;

ALTER TABLE notices ADD COLUMN gathered TEXT NOT NULL DEFAULT '';
CREATE INDEX notices_waiting ON notices (recipient) WHERE send_time = 0 AND gathered = '';
