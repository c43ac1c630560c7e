-- Whom complaints belong to. Destroying wrapped_key erases the customer.
CREATE TABLE customers (
    name        TEXT   NOT NULL PRIMARY KEY,
    wrapped_key BLOB,
    create_time BIGINT NOT NULL
) WITHOUT ROWID;

-- Keyed hashes of telephone numbers, e-mail addresses and the firm's numbers.
CREATE TABLE customer_lookups (
    hash     BLOB NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX customer_lookups_customer ON customer_lookups (customer);

-- Enums are the numbers of the contract; filing and details are sealed.
CREATE TABLE complaints (
    id                  TEXT    NOT NULL PRIMARY KEY,
    reference           TEXT    NOT NULL UNIQUE,
    customer            TEXT    NOT NULL,
    state               INTEGER NOT NULL,
    outcome             INTEGER NOT NULL,
    cycle               INTEGER NOT NULL,
    version             BIGINT  NOT NULL,
    severity            INTEGER NOT NULL,
    channel             INTEGER NOT NULL,
    target_kind         INTEGER NOT NULL,
    department          TEXT    NOT NULL,
    assignee            TEXT    NOT NULL,
    language            TEXT    NOT NULL,
    policy_version      TEXT    NOT NULL,
    receive_time        BIGINT  NOT NULL,
    cycle_time          BIGINT  NOT NULL,
    create_time         BIGINT  NOT NULL,
    update_time         BIGINT  NOT NULL,
    resolve_time        BIGINT  NOT NULL,
    close_time          BIGINT  NOT NULL,
    due_acknowledge     BIGINT  NOT NULL,
    due_contact         BIGINT  NOT NULL,
    due_first_response  BIGINT  NOT NULL,
    due_callback        BIGINT  NOT NULL,
    due_resolution      BIGINT  NOT NULL,
    request_id          TEXT    NOT NULL,
    request_outcome     INTEGER NOT NULL,
    request_time        BIGINT  NOT NULL,
    request_phase       INTEGER NOT NULL,
    demanded_currency   TEXT    NOT NULL,
    demanded_units      BIGINT  NOT NULL,
    demanded_nanos      INTEGER NOT NULL,
    demand_count        INTEGER NOT NULL,
    filing              BLOB    NOT NULL,
    details             BLOB    NOT NULL
);
CREATE INDEX complaints_receive_time ON complaints (receive_time, id);
CREATE INDEX complaints_create_time ON complaints (create_time, id);
CREATE INDEX complaints_customer ON complaints (customer);

-- The text is sealed.
CREATE TABLE messages (
    complaint   TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    author      INTEGER NOT NULL,
    way         INTEGER NOT NULL,
    cycle       INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    create_time BIGINT  NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (complaint, id)
);
