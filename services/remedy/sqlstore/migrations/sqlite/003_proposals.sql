-- A proposal has revisions, version is its etag. objection and review_comment are sealed. What was proposed before is the first revision
-- of its proposal.
ALTER TABLE remedies ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE remedies ADD COLUMN revise_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN history_seen INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE remedies ADD COLUMN objection BLOB NOT NULL DEFAULT x'';
ALTER TABLE remedies ADD COLUMN approval TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN granter TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN grant_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN alone INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE remedies ADD COLUMN most INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN review_state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN reviewer TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN review_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN review_comment BLOB NOT NULL DEFAULT x'';

UPDATE remedies SET revise_time = create_time;

-- What was decided alone (APPR-4).
CREATE INDEX remedies_reviewed ON remedies (grant_time, complaint_id, remedy_id) WHERE review_state <> 0;

-- What each option of a revision gives: options and their parts are numbered from 0. items (ids, one after the other), exceptional and play
-- are of the option, and on its part 0. The contents are sealed. currency is empty where a part has no amount. Amounts are as they were
-- sent, in any currency: what was proposed before the policy named one stays as it is.
CREATE TABLE remedy_parts (
  complaint_id       TEXT NOT NULL,
  remedy_id          TEXT NOT NULL,
  revision           INTEGER NOT NULL,
  option_number      INTEGER NOT NULL,
  part_number        INTEGER NOT NULL,
  kind               INTEGER NOT NULL,
  basis              INTEGER NOT NULL,
  contents           BLOB NOT NULL,
  currency           TEXT NOT NULL,
  units              INTEGER NOT NULL,
  nanos              INTEGER NOT NULL,
  fulfil_time        INTEGER NOT NULL,
  cash               INTEGER NOT NULL,
  threshold_currency TEXT NOT NULL,
  threshold_units    INTEGER NOT NULL,
  threshold_nanos    INTEGER NOT NULL,
  expire_time        INTEGER NOT NULL,
  owner              TEXT NOT NULL,
  items              TEXT NOT NULL,
  exceptional        INTEGER NOT NULL,
  play               TEXT NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, revision, option_number, part_number)
) STRICT, WITHOUT ROWID;

INSERT INTO remedy_parts SELECT complaint_id, remedy_id, 1, option_number, 0, kind, basis, contents, currency, units, nanos, fulfil_time,
  FALSE, '', 0, 0, 0, '', '', FALSE, '' FROM remedy_options;

DROP TABLE remedy_options;

-- What the customer was told of a revision, and what came of it. words and answer_words are sealed; answer is a Remedy.State, 0 for none.
CREATE TABLE remedy_offers (
  complaint_id    TEXT NOT NULL,
  remedy_id       TEXT NOT NULL,
  revision        INTEGER NOT NULL,
  teller          TEXT NOT NULL,
  way             INTEGER NOT NULL,
  offer_time      INTEGER NOT NULL,
  words           BLOB NOT NULL,
  answer_by       INTEGER NOT NULL,
  reminded        INTEGER NOT NULL,
  answer          INTEGER NOT NULL,
  answer_option   INTEGER NOT NULL,
  answer_words    BLOB NOT NULL,
  wanted_currency TEXT NOT NULL,
  wanted_units    INTEGER NOT NULL,
  wanted_nanos    INTEGER NOT NULL,
  answer_time     INTEGER NOT NULL,
  actor           TEXT NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, revision)
) STRICT, WITHOUT ROWID;

-- The parts of what was accepted. state is 0 while it is owed, 1 when it was kept, 2 when it was released.
CREATE TABLE remedy_owed (
  complaint_id TEXT NOT NULL,
  remedy_id    TEXT NOT NULL,
  part_number  INTEGER NOT NULL,
  promise      TEXT NOT NULL,
  state        INTEGER NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, part_number)
) STRICT, WITHOUT ROWID;
