-- Each filter by which approvals, claims and deductions are listed finds a page without reading through all of them, in the order of the list.
CREATE INDEX approvals_by_department ON approvals (department, due_time, approval_id);
CREATE INDEX approvals_by_proposer ON approvals (proposer, due_time, approval_id);
CREATE INDEX approvals_by_level ON approvals (level, due_time, approval_id);
CREATE INDEX approvals_urgent ON approvals (due_time, approval_id) WHERE urgent;
CREATE INDEX approvals_overdue ON approvals (due_time, approval_id, most) WHERE overdue;

-- An amount is looked for in the order of the list: what does not cost so much is passed over within the index.
CREATE INDEX approvals_by_due_and_amount ON approvals (due_time, approval_id, most);
DROP INDEX approvals_by_due;

CREATE INDEX claims_by_owner ON claims (owner, due_time, claim_id);
CREATE INDEX claims_by_state ON claims (state, due_time, claim_id);

CREATE INDEX deductions_by_state ON deductions (state, create_time, deduction_id) WHERE state < 5;
