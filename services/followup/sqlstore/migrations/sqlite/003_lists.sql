-- Callbacks are listed by verdict and by cycle too; nearly all have none yet (0), and belong to the first.
CREATE INDEX callbacks_by_verdict ON duties (verdict, due_time, complaint_id, cycle) WHERE kind = 4 AND verdict <> 0;
CREATE INDEX callbacks_by_cycle ON duties (due_time, complaint_id, cycle) WHERE kind = 4 AND cycle <> 1;
