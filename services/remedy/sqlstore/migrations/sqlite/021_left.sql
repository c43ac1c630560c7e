-- Whether somebody has left, as routing told; of what it told before this was kept nobody has.
ALTER TABLE people ADD COLUMN gone INTEGER NOT NULL DEFAULT FALSE;
