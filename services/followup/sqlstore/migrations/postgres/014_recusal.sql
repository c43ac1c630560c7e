-- Whom a complaint is about, names one after the other: they do not decide on it. Of what was received before nobody tells.
ALTER TABLE complaints ADD COLUMN about TEXT NOT NULL DEFAULT '';

-- When somebody is told next that more time is asked for and nobody has decided; 0 for never.
ALTER TABLE duties ADD COLUMN extension_tell BIGINT NOT NULL DEFAULT 0;
CREATE INDEX duties_extension_tell ON duties (extension_tell, duty_id) WHERE extension_tell > 0;
