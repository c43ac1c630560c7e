-- What routing's events tell of departments and people. Rows stay when somebody leaves: rulings name them.
CREATE TABLE directory (
  name       TEXT    NOT NULL PRIMARY KEY,
  manager    TEXT    NOT NULL,
  supervisor TEXT    NOT NULL,
  alias      TEXT    NOT NULL,
  active     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
