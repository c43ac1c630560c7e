package sqlstore

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ intake.RebuildStore = (*Store)(nil)

// BeginRebuild implements intake.RebuildStore.
func (s *Store) BeginRebuild(ctx context.Context, settings string, restart bool) (at intake.Rebuilt, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// Whoever writes the index holds this, so that nothing is written between the old one and the new one.
		if _, err := counters(ctx, tx); err != nil {
			return err
		}
		at = intake.Rebuilt{}
		begunBy, some := "", int64(0)
		if err := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
			return scan(&at.After.Complaint, &at.After.Message, &at.Texts, &begunBy, &some)
		}, `SELECT complaint, message, texts, settings, (SELECT COUNT(*) FROM (SELECT 1 FROM index_texts LIMIT 1) AS one)
			FROM index_rebuild WHERE id = 1`), tx.Flush(ctx)); err != nil {
			return err
		}
		if begunBy == settings && !restart && (some > 0 || at.Texts == 0) {
			return nil
		}
		at = intake.Rebuilt{}
		return errors.Join(reset(ctx, tx), tx.Queue(ctx, nil, "DELETE FROM index_rebuild WHERE id = 1"),
			tx.Queue(ctx, nil, "INSERT INTO index_rebuild (id, complaint, message, texts, settings) VALUES (1, '', '', 0, ?)", settings))
	})
	return at, err
}

// TextsOnRecord implements intake.RebuildStore.
func (s *Store) TextsOnRecord(ctx context.Context) (count int64, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT (SELECT COUNT(*) FROM complaints) + (SELECT COUNT(*) FROM messages)").Scan(&count)
	})
	return count, err
}

// selectPlaces lists where texts stand. The comparison of rows has it begin behind the place, not at the first message.
const selectPlaces = `SELECT complaint, message FROM (
		SELECT * FROM (SELECT id AS complaint, '' AS message FROM complaints WHERE id > ? ORDER BY id LIMIT ?) AS filed
		UNION ALL
		SELECT * FROM (SELECT complaint, id AS message FROM messages WHERE (complaint, id) > (?, ?)
			ORDER BY complaint, id LIMIT ?) AS said) AS texts
	ORDER BY complaint, message LIMIT ?`

// PlacesAfter implements intake.RebuildStore. What a complaint was filed with stands before its messages.
func (s *Store) PlacesAfter(ctx context.Context, after intake.Place, limit int) (places []intake.Place, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		places = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var place intake.Place
			err := scan(&place.Complaint, &place.Message)
			places = append(places, place)
			return err
		}, selectPlaces, after.Complaint, limit, after.Complaint, after.Message, limit, limit)
	})
	return places, err
}

// SaveRebuild implements intake.RebuildStore.
func (s *Store) SaveRebuild(ctx context.Context, at intake.Rebuilt) error {
	return s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Queue(ctx, nil, "UPDATE index_rebuild SET complaint = ?, message = ?, texts = ? WHERE id = 1 AND texts < ?",
			at.After.Complaint, at.After.Message, at.Texts, at.Texts)
	})
}

// EndRebuild implements intake.RebuildStore.
func (s *Store) EndRebuild(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Queue(ctx, nil, "DELETE FROM index_rebuild WHERE id = 1")
	})
}
