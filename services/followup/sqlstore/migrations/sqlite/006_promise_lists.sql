-- Promises are listed by who keeps them, what the customer alleged, and what nobody had the authority for, without reading through all of them.
CREATE INDEX promises_by_owner ON promises (owner);
CREATE INDEX promises_alleged ON promises (complaint_id, duty_id) WHERE source = 3;
CREATE INDEX promises_unauthorised ON promises (complaint_id, duty_id) WHERE excesses <> '';
CREATE INDEX promises_by_verdict ON duties (verdict, due_time, complaint_id, duty_id) WHERE kind = 21 AND verdict <> 0;
CREATE INDEX promises_by_cycle ON duties (due_time, complaint_id, duty_id) WHERE kind = 21 AND cycle <> 1;
