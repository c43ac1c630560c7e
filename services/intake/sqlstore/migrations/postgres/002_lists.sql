-- Each filter of a list finds its first page in the order of the list. Where nobody asks for the value that complaints are
-- filed with, or nearly all have it (2 is severity NORMAL), the index leaves it out, so that filing does not pay for it.
DROP INDEX complaints_customer;
CREATE INDEX complaints_by_customer ON complaints (customer, receive_time, id);
CREATE INDEX complaints_by_state ON complaints (state, receive_time, id);
CREATE INDEX complaints_by_channel ON complaints (channel, receive_time, id);
CREATE INDEX complaints_by_assignee ON complaints (assignee, receive_time, id);
CREATE INDEX complaints_by_department ON complaints (department, receive_time, id);
CREATE INDEX complaints_by_outcome ON complaints (outcome, receive_time, id) WHERE outcome <> 0;
CREATE INDEX complaints_by_severity ON complaints (severity, receive_time, id) WHERE severity <> 2;
CREATE INDEX complaints_by_cycle ON complaints (receive_time, id) WHERE cycle <> 1;
