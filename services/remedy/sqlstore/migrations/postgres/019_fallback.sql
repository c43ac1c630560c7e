-- True for the parts of what is done if the customer wants none of the options: the last one of a revision.
ALTER TABLE remedy_parts ADD COLUMN fallback BOOLEAN NOT NULL DEFAULT FALSE;
