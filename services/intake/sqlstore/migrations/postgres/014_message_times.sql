-- When a message was said, in microseconds, where that was told; 0 for the time of recording.
ALTER TABLE messages ADD COLUMN send_time BIGINT NOT NULL DEFAULT 0;
