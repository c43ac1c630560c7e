-- What routing's events tell of departments and people. Rows stay when somebody leaves: rulings name them.
CREATE TABLE directory (
  name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  manager    TEXT    NOT NULL,
  supervisor TEXT    NOT NULL,
  alias      TEXT    NOT NULL,
  active     BIGINT  NOT NULL
);
