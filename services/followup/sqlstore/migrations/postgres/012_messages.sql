-- Messages to customers that wait, too: kind and state are those of Notification, and rows change until a message is sent. What was on record
-- was sent (2). mark and avoid tell addresses of a customer from one another, and say nothing without the customer's key. told is a set of
-- what events tell.
ALTER TABLE notifications ADD COLUMN cycle BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN kind BIGINT NOT NULL DEFAULT 2;
ALTER TABLE notifications ADD COLUMN state BIGINT NOT NULL DEFAULT 2;
ALTER TABLE notifications ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN mark BYTEA NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN avoid BYTEA NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN problem TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN attempts BIGINT NOT NULL DEFAULT 1;
ALTER TABLE notifications ADD COLUMN create_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN try_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN lease_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN give_up_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN subject BYTEA NOT NULL DEFAULT '';
UPDATE notifications SET kind = 1 WHERE template = 'acknowledgement';

CREATE INDEX waiting_notifications ON notifications (try_time) WHERE state = 1;
CREATE INDEX dead_notifications ON notifications (complaint_id, notification_id) WHERE state = 3;

-- Addresses that nothing is sent to any more, by their mark.
CREATE TABLE unusable_addresses (
  customer     TEXT    NOT NULL,
  mark         BYTEA   NOT NULL,
  notification TEXT    NOT NULL,
  bounce_time  BIGINT NOT NULL,
  PRIMARY KEY (customer, mark)
);

-- Who wants no surveys, about one complaint or, with '', any.
CREATE TABLE survey_wishes (
  customer     TEXT    NOT NULL,
  complaint_id TEXT    NOT NULL,
  stop_time    BIGINT NOT NULL,
  PRIMARY KEY (customer, complaint_id)
);
