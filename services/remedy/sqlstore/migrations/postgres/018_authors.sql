-- Who wrote a part of a version that was taken over from an earlier one: whoever did does not approve it.
ALTER TABLE approvals ADD COLUMN authors TEXT NOT NULL DEFAULT '';
