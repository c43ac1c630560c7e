-- The log itself. Rows are only ever inserted; seq is the order of commits.
CREATE TABLE events (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id      TEXT    NOT NULL UNIQUE,
  subject       TEXT    NOT NULL,
  position      INTEGER NOT NULL,
  cycle         INTEGER NOT NULL,
  type          TEXT    NOT NULL,
  actor         TEXT    NOT NULL,
  record_time   INTEGER NOT NULL,
  trace_parent  TEXT    NOT NULL,
  payload       BLOB    NOT NULL,
  previous_hash BLOB    NOT NULL,
  hash          BLOB    NOT NULL,
  UNIQUE (subject, position)
) STRICT;

-- How far each subscriber is, and which process delivers to it.
CREATE TABLE subscriptions (
  subscriber  TEXT    NOT NULL PRIMARY KEY,
  position    INTEGER NOT NULL,
  lease_owner TEXT    NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

-- Only the deliveries that the subscriber's position has passed without success.
CREATE TABLE deliveries (
  subscriber  TEXT    NOT NULL,
  seq         INTEGER NOT NULL,
  subject     TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('RETRY', 'PARKED', 'BEHIND')),
  attempts    INTEGER NOT NULL,
  fail_time   INTEGER NOT NULL,
  next_time   INTEGER NOT NULL,
  problem     TEXT    NOT NULL,
  park_time   INTEGER NOT NULL,
  PRIMARY KEY (subscriber, seq)
) STRICT;
CREATE INDEX deliveries_by_subject ON deliveries (subscriber, subject, seq);
CREATE INDEX deliveries_by_time ON deliveries (subscriber, state, next_time);

-- Signed statements about the log's head. previous_seq keeps them one chain.
CREATE TABLE checkpoints (
  seq          INTEGER NOT NULL PRIMARY KEY,
  previous_seq INTEGER NOT NULL UNIQUE,
  event_count  INTEGER NOT NULL,
  digest       BLOB    NOT NULL,
  create_time  INTEGER NOT NULL,
  signature    BLOB    NOT NULL
) STRICT;

-- Which events of other services were taken note of.
CREATE TABLE inbox (
  event_id   TEXT    NOT NULL PRIMARY KEY,
  apply_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which commands were carried out; see package idem.
CREATE TABLE idempotency_keys (
  caller      TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  idem_key    TEXT    NOT NULL,
  fingerprint BLOB    NOT NULL,
  result      TEXT    NOT NULL,
  expire_time INTEGER NOT NULL,
  PRIMARY KEY (caller, method, idem_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (expire_time);
