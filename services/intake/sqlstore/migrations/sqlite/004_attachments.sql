-- Files of complaints. The mark is a hash of the content, keyed by the customer's data key; details are sealed; the content lies
-- in the bucket under the name of the object.
CREATE TABLE attachments (
    complaint     TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    message       TEXT    NOT NULL,
    state         INTEGER NOT NULL,
    cycle         INTEGER NOT NULL,
    declared_type TEXT    NOT NULL,
    media_type    TEXT    NOT NULL,
    size          BIGINT  NOT NULL,
    actor         TEXT    NOT NULL,
    create_time   BIGINT  NOT NULL,
    mark          BLOB    NOT NULL,
    object        TEXT    NOT NULL UNIQUE,
    details       BLOB    NOT NULL,
    PRIMARY KEY (complaint, id),
    UNIQUE (complaint, mark)
);
