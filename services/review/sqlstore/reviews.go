package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

var _ review.PeriodStore = (*Store)(nil)

// AddReview implements review.PeriodStore. The row of places is locked until the commit, so that two versions are not one.
func (s *Store) AddReview(
	ctx context.Context, change review.Change, draft review.PeriodDraft, finish func(int32, []review.Opening) ([]byte, error),
) (done review.Done, err error) {
	id := draft.Period.ID()
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var place, version, whole int64
		cause := eventlog.Cause{Command: change.Command, Result: change.Result}
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&place) }, `SELECT last FROM places WHERE id = 1`+tx.Dialect().ForUpdate())
		})
		if err != nil || done.Repeated {
			return err
		}
		err := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error { return scan(&version, &whole) },
			`SELECT COALESCE(MAX(version), 0), COUNT(CASE WHEN complete THEN 1 END) FROM reviews WHERE review_id = ?`, id), tx.Flush(ctx))
		if err != nil {
			return fmt.Errorf("versions of review: %w", err)
		}
		if draft.Once && whole > 0 {
			done.Repeated = true
			return nil
		}
		opened, err := s.open(ctx, tx, &draft)
		if err != nil {
			return err
		}
		next := int32(version) + 1
		kept, err := finish(next, opened)
		if err != nil {
			return err
		}
		return s.writeReview(ctx, tx, &draft, reviewRow{next, change.Result, kept}, opened)
	})
	return done, s.db.Failure(err)
}

// open opens what is proposed, or finds what is open.
func (s *Store) open(ctx context.Context, tx *sqldb.Tx, draft *review.PeriodDraft) ([]review.Opening, error) {
	opened := make([]review.Opening, len(draft.Proposed))
	for n := range draft.Proposed {
		proposed := &draft.Proposed[n]
		already, err := s.openImprovement(ctx, tx, proposed)
		if err != nil {
			return nil, err
		}
		if already == "" {
			opened[n] = review.Opening{Improvement: proposed.Name(), Now: true, Own: true}
			continue
		}
		var opener string
		err = tx.QueryRow(ctx, `SELECT opener FROM improvements WHERE improvement_id = ?`, strings.TrimPrefix(already, "improvements/")).Scan(&opener)
		if err != nil {
			return nil, fmt.Errorf("who opened %s: %w", already, err)
		}
		opened[n] = review.Opening{Improvement: already, Own: opener == draft.Name()}
	}
	return opened, nil
}

// reviewRow is a version with the result of the command that has it made, if any, and what is kept.
type reviewRow struct {
	version int32
	run     string
	kept    []byte
}

// writeReview writes a version, marks the one before, and records the event.
func (s *Store) writeReview(ctx context.Context, tx *sqldb.Tx, draft *review.PeriodDraft, row reviewRow, opened []review.Opening) error {
	err := errors.Join(
		tx.Queue(ctx, nil, `UPDATE reviews SET latest = FALSE WHERE review_id = ? AND latest`, draft.Period.ID()),
		tx.Queue(ctx, nil, `INSERT INTO reviews (review_id, version, latest, kind, start_time, complete, record_count, highest_sequence, create_time, kept, run)
			VALUES (?, ?, TRUE, ?, ?, ?, ?, ?, ?, ?, ?)`, draft.Period.ID(), row.version, int32(draft.Period.Kind), sqldb.Micros(draft.Period.Start),
			draft.Complete, draft.Records, draft.Highest, sqldb.Micros(draft.CreateTime), row.kept, row.run),
	)
	if err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return s.log.Record(ctx, tx, draft.Draft(row.version, opened))
}

// MadeBy implements review.PeriodStore.
func (s *Store) MadeBy(ctx context.Context, id, result string) (version int32, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		version = 0
		return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&version) },
			`SELECT version FROM reviews WHERE review_id = ? AND run = ? AND run <> ''`, id, result)
	})
	return version, s.db.Failure(err)
}

// Review implements review.PeriodStore.
func (s *Store) Review(ctx context.Context, id string, version int32) (kept []byte, err error) {
	found := false
	where, args := `latest`, []any{id}
	if version > 0 {
		where, args = `version = ?`, append(args, version)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Ask(ctx, func(scan func(...any) error) error {
			found = true
			return scan(&kept)
		}, `SELECT kept FROM reviews WHERE review_id = ? AND `+where, args...)
	})
	if err == nil && !found {
		return nil, review.ErrUnknown
	}
	return kept, s.db.Failure(err)
}

// Reviews implements review.PeriodStore.
func (s *Store) Reviews(ctx context.Context, query review.PeriodQuery) (rows []review.PeriodRow, err error) {
	rest, args := `WHERE latest`, []any(nil)
	if query.Kind != reviewv1.Review_KIND_UNSPECIFIED {
		rest, args = rest+` AND kind = ?`, append(args, int32(query.Kind))
	}
	if at := query.After; at != nil {
		rest, args = rest+` AND (start_time, review_id) < (?, ?)`, append(args, sqldb.Micros(at.StartTime), at.ID)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		rows = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var row review.PeriodRow
			var start int64
			err := scan(&row.ID, &start, &row.Kept)
			row.StartTime = sqldb.Time(start)
			rows = append(rows, row)
			return err
		}, `SELECT review_id, start_time, kept FROM reviews `+rest+` ORDER BY start_time DESC, review_id DESC LIMIT ?`, append(args, query.Limit)...)
	})
	return rows, s.db.Failure(err)
}

// Reviewed implements review.PeriodStore.
func (s *Store) Reviewed(ctx context.Context, kind reviewv1.Review_Kind, from time.Time) (ids []string, first time.Time, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		ids, first = nil, time.Time{}
		return errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT DISTINCT review_id FROM reviews WHERE complete AND kind = ? AND start_time >= ? ORDER BY review_id`, int32(kind), sqldb.Micros(from)),
			tx.Ask(ctx, func(scan func(...any) error) error {
				var at int64
				err := scan(&at)
				first = sqldb.Time(at)
				return err
			}, `SELECT end_time FROM outcomes ORDER BY end_time LIMIT 1`))
	})
	return ids, first, s.db.Failure(err)
}
