-- What waits for somebody is found among what waits, however much the same person has decided before.
CREATE INDEX approvals_pending_by_approver ON approvals (approver, due_time, approval_id) WHERE state = 1;
CREATE INDEX claims_open_by_owner ON claims (owner, due_time, claim_id) WHERE state = 1;

-- What waits and costs so much is looked for within the index, as is what costs so much at all.
CREATE INDEX approvals_by_state_and_amount ON approvals (state, due_time, approval_id, most);
DROP INDEX approvals_by_state;

CREATE INDEX deductions_listed_by_month ON deductions (month, create_time, deduction_id);
