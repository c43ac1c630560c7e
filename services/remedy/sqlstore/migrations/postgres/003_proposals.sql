-- A proposal has revisions, version is its etag. objection and review_comment are sealed. What was proposed before is the first revision
-- of its proposal.
ALTER TABLE remedies ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE remedies ADD COLUMN revise_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN history_seen BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE remedies ADD COLUMN objection BYTEA NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN approval TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN granter TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN grant_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE remedies ADD COLUMN most BIGINT NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN review_state BIGINT NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN reviewer TEXT NOT NULL DEFAULT '';
ALTER TABLE remedies ADD COLUMN review_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE remedies ADD COLUMN review_comment BYTEA NOT NULL DEFAULT '';

UPDATE remedies SET revise_time = create_time;

-- What was decided alone (APPR-4).
CREATE INDEX remedies_reviewed ON remedies (grant_time, complaint_id, remedy_id) WHERE review_state <> 0;

-- What each option of a revision gives: options and their parts are numbered from 0. items (ids, one after the other), exceptional and play
-- are of the option, and on its part 0. The contents are sealed. currency is empty where a part has no amount. Amounts are as they were
-- sent, in any currency: what was proposed before the policy named one stays as it is.
CREATE TABLE remedy_parts (
  complaint_id       TEXT COLLATE "C" NOT NULL,
  remedy_id          TEXT COLLATE "C" NOT NULL,
  revision           BIGINT NOT NULL,
  option_number      BIGINT NOT NULL,
  part_number        BIGINT NOT NULL,
  kind               BIGINT NOT NULL,
  basis              BIGINT NOT NULL,
  contents           BYTEA NOT NULL,
  currency           TEXT NOT NULL,
  units              BIGINT NOT NULL,
  nanos              BIGINT NOT NULL,
  fulfil_time        BIGINT NOT NULL,
  cash               BOOLEAN NOT NULL,
  threshold_currency TEXT NOT NULL,
  threshold_units    BIGINT NOT NULL,
  threshold_nanos    BIGINT NOT NULL,
  expire_time        BIGINT NOT NULL,
  owner              TEXT NOT NULL,
  items              TEXT NOT NULL,
  exceptional        BOOLEAN NOT NULL,
  play               TEXT NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, revision, option_number, part_number)
);

INSERT INTO remedy_parts SELECT complaint_id, remedy_id, 1, option_number, 0, kind, basis, contents, currency, units, nanos, fulfil_time,
  FALSE, '', 0, 0, 0, '', '', FALSE, '' FROM remedy_options;

DROP TABLE remedy_options;

-- What the customer was told of a revision, and what came of it. words and answer_words are sealed; answer is a Remedy.State, 0 for none.
CREATE TABLE remedy_offers (
  complaint_id    TEXT COLLATE "C" NOT NULL,
  remedy_id       TEXT COLLATE "C" NOT NULL,
  revision        BIGINT NOT NULL,
  teller          TEXT NOT NULL,
  way             BIGINT NOT NULL,
  offer_time      BIGINT NOT NULL,
  words           BYTEA NOT NULL,
  answer_by       BIGINT NOT NULL,
  reminded        BOOLEAN NOT NULL,
  answer          BIGINT NOT NULL,
  answer_option   BIGINT NOT NULL,
  answer_words    BYTEA NOT NULL,
  wanted_currency TEXT NOT NULL,
  wanted_units    BIGINT NOT NULL,
  wanted_nanos    BIGINT NOT NULL,
  answer_time     BIGINT NOT NULL,
  actor           TEXT NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, revision)
);

-- The parts of what was accepted. state is 0 while it is owed, 1 when it was kept, 2 when it was released.
CREATE TABLE remedy_owed (
  complaint_id TEXT COLLATE "C" NOT NULL,
  remedy_id    TEXT COLLATE "C" NOT NULL,
  part_number  BIGINT NOT NULL,
  promise      TEXT NOT NULL,
  state        BIGINT NOT NULL,
  PRIMARY KEY (complaint_id, remedy_id, part_number)
);
