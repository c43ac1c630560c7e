-- What is on record of a complaint beside its messages. kind and state are numbers of the service; body is sealed as a whole.
CREATE TABLE entries (
    complaint   TEXT    NOT NULL,
    kind        INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    cycle       INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    create_time BIGINT  NOT NULL,
    update_time BIGINT  NOT NULL,
    body        BLOB NOT NULL,
    PRIMARY KEY (complaint, kind, id)
);

ALTER TABLE complaints ADD COLUMN chase_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN open_items INTEGER NOT NULL DEFAULT 0;
-- By when the authority that forwarded it wants an answer, and when it was answered; 0 for neither.
ALTER TABLE complaints ADD COLUMN due_authority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE complaints ADD COLUMN authority_answer_time BIGINT NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN proposed_kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN kind_actor TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN holding INTEGER NOT NULL DEFAULT 0;
