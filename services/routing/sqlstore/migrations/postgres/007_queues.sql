-- What followup says is owed; a row goes when it is owed no more.
CREATE TABLE owed (
  complaint_id TEXT COLLATE "C" NOT NULL,
  duty_id      TEXT COLLATE "C" NOT NULL,
  kind         BIGINT NOT NULL,
  due_time     BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, duty_id)
);

-- What queues are ordered by: one row for each complaint that is open, or of which something is owed. urgency is smaller the more severe it
-- is; next_due is the greatest number while nothing is owed. Both sides write the row, each its columns, whichever comes first.
CREATE TABLE queued (
  complaint_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  open         BIGINT NOT NULL,
  department   TEXT COLLATE "C" NOT NULL,
  assignee     TEXT COLLATE "C" NOT NULL,
  urgency      BIGINT NOT NULL,
  next_due     BIGINT NOT NULL
);
CREATE INDEX queued_by_assignee ON queued (assignee, next_due, urgency, complaint_id) WHERE open = 1 AND assignee <> '';
CREATE INDEX queued_by_department ON queued (department, next_due, urgency, complaint_id) WHERE open = 1;
CREATE INDEX queued_waiting ON queued (department, next_due, urgency, complaint_id) WHERE open = 1 AND assignee = '';

-- How many complaints are open in a department, with somebody and waiting for somebody. The sum over all shards counts: changes of
-- different complaints seldom wait for each other's row.
CREATE TABLE queue_counts (
  department      TEXT COLLATE "C" NOT NULL,
  waiting         BIGINT NOT NULL,
  shard           BIGINT NOT NULL,
  complaint_count BIGINT NOT NULL,
  PRIMARY KEY (department, waiting, shard)
);

-- followup tells what is owed from the beginning, as it does everybody who is new.
INSERT INTO queued (complaint_id, open, department, assignee, urgency, next_due)
  SELECT complaint_id, 1, department, assignee, 9 - severity, 9223372036854775807 FROM complaints WHERE ended = 0;
INSERT INTO queue_counts (department, waiting, shard, complaint_count)
  SELECT department, CASE assignee WHEN '' THEN 1 ELSE 0 END, 0, COUNT(*) FROM complaints WHERE ended = 0
  GROUP BY department, CASE assignee WHEN '' THEN 1 ELSE 0 END;
