-- The directory is routing's own from now on. version grows with every change; 0: nothing was ever written, 1: departments and agents
-- were the policy's until now, and nobody was told of them.
CREATE TABLE directory (
  one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO directory (one, version) SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM departments) THEN 1 ELSE 0 END;

-- content is the resource as its JSON. What queries ask for has columns of its own.
DELETE FROM departments WHERE active = 0;
ALTER TABLE departments ADD COLUMN content TEXT NOT NULL DEFAULT '';
UPDATE departments SET content = json_object('name', 'departments/' || department_id, 'displayName', display_name,
  'manager', CASE manager WHEN '' THEN '' ELSE 'agents/' || manager END,
  'supervisor', CASE supervisor WHEN '' THEN '' ELSE 'agents/' || supervisor END, 'alias', json(CASE alias WHEN 'null' THEN '{}' ELSE alias END));
ALTER TABLE departments DROP COLUMN display_name;
ALTER TABLE departments DROP COLUMN manager;
ALTER TABLE departments DROP COLUMN supervisor;
ALTER TABLE departments DROP COLUMN alias;
ALTER TABLE departments DROP COLUMN active;

-- Who took complaints until now took them in every language.
ALTER TABLE agents ADD COLUMN content TEXT NOT NULL DEFAULT '';
UPDATE agents SET content = json_object('name', 'agents/' || agent_id, 'displayName', display_name, 'department', 'departments/' || department,
  'supervisor', CASE supervisor WHEN '' THEN '' ELSE 'agents/' || supervisor END,
  'takesComplaints', json(CASE takes_complaints WHEN 1 THEN 'true' ELSE 'false' END),
  'languages', json('["zh-Hans", "zh-Hant", "en"]'), 'active', json(CASE active WHEN 1 THEN 'true' ELSE 'false' END));
ALTER TABLE agents DROP COLUMN display_name;
ALTER TABLE agents DROP COLUMN supervisor;
ALTER TABLE agents DROP COLUMN takes_complaints;

CREATE TABLE teams (
  team_name TEXT NOT NULL PRIMARY KEY,
  content   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose open complaints there are, for somebody who leaves, and whether a department has any.
CREATE INDEX complaints_by_assignee ON complaints (assignee) WHERE ended = 0;
CREATE INDEX complaints_by_department ON complaints (department) WHERE ended = 0;

-- The language the customer speaks, and who is complained about: an agent's id, empty for nobody of the directory.
ALTER TABLE complaints ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE complaints ADD COLUMN target_agent TEXT NOT NULL DEFAULT '';
