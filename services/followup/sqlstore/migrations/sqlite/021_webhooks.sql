-- Subscriptions of outside systems (API-3). state is that of Webhook; types, departments and severities are parted by commas, '' for all. secret and
-- old_secret are sealed.
CREATE TABLE webhooks (
  id            TEXT    NOT NULL PRIMARY KEY,
  display_name  TEXT    NOT NULL,
  url           TEXT    NOT NULL,
  types         TEXT    NOT NULL,
  departments   TEXT    NOT NULL,
  severities    TEXT    NOT NULL,
  state         INTEGER NOT NULL,
  reason        TEXT    NOT NULL,
  state_time    INTEGER NOT NULL,
  secret        BLOB   NOT NULL,
  old_secret    BLOB   NOT NULL,
  old_until     INTEGER NOT NULL,
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  success_time  INTEGER NOT NULL,
  failing_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events on their way to them, in the order in which they were heard. state is that of WebhookDelivery; log has WebhookAttempts.
CREATE TABLE webhook_deliveries (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id   TEXT    NOT NULL,
  delivery_id  TEXT    NOT NULL,
  type         TEXT    NOT NULL,
  complaint_id TEXT    NOT NULL,
  body         BLOB   NOT NULL,
  state        INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  create_time  INTEGER NOT NULL,
  try_time     INTEGER NOT NULL,
  lease_time   INTEGER NOT NULL,
  give_up_time INTEGER NOT NULL,
  end_time     INTEGER NOT NULL,
  code         INTEGER NOT NULL,
  problem      TEXT    NOT NULL,
  log          BLOB   NOT NULL,
  UNIQUE (webhook_id, delivery_id)
) STRICT;
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, try_time, seq) WHERE state = 1;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, complaint_id, seq) WHERE state = 1;
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook_id, create_time) WHERE state = 3;
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (end_time) WHERE state <> 1;
CREATE INDEX webhook_deliveries_paused ON webhook_deliveries (give_up_time) WHERE state = 1;

-- Where complaints stand, as far as subscriptions are filtered by it.
CREATE TABLE webhook_complaints (
  complaint_id TEXT    NOT NULL PRIMARY KEY,
  department   TEXT    NOT NULL,
  severity     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
