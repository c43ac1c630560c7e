-- The duties that are still owed, 1 being OPEN: metrics count them without reading all that ever was.
CREATE INDEX open_duties ON duties (kind, due_time) WHERE state = 1;
