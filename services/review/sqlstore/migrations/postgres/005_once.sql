-- The review that opened an improvement; empty for one that somebody opened by hand, and for what a review opened a second time before there
-- was this bound. Of one subject a period opens one, whatever became of it.
ALTER TABLE improvements ADD COLUMN review TEXT NOT NULL DEFAULT '';

UPDATE improvements SET review = opener WHERE opener LIKE 'reviews/%' AND NOT EXISTS (
  SELECT 1 FROM improvements AS earlier WHERE earlier.opener = improvements.opener AND earlier.subject = improvements.subject
    AND (earlier.create_time, earlier.improvement_id) < (improvements.create_time, improvements.improvement_id));

CREATE UNIQUE INDEX improvements_of_review ON improvements (review, subject) WHERE review <> '';

-- The call by which somebody had a version made, so that the call repeated is answered with that version.
ALTER TABLE reviews ADD COLUMN run TEXT NOT NULL DEFAULT '';
