-- Whose key sealed a file, where that is not the complaint's own customer: it came with what another one said there. And on which
-- complaint its message was said, where that is another one, which was merged into this. Both are empty for nearly all.
ALTER TABLE attachments ADD COLUMN customer TEXT NOT NULL DEFAULT '';
ALTER TABLE attachments ADD COLUMN said_on TEXT NOT NULL DEFAULT '';
