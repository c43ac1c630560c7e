-- Who is in charge of the complaint of a touch, as in complaints: a list of the touches of one of them reads those alone.
ALTER TABLE touches ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE touches ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
UPDATE touches SET
  department = COALESCE((SELECT c.department FROM complaints c WHERE c.complaint_id = touches.complaint_id), ''),
  assignee = COALESCE((SELECT c.assignee FROM complaints c WHERE c.complaint_id = touches.complaint_id), '');
CREATE INDEX touches_by_assignee ON touches (assignee, state, due_time, complaint_id, cycle, number);
CREATE INDEX touches_by_department ON touches (department, state, due_time, complaint_id, cycle, number);
