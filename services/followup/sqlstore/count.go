package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// CountDuties counts what is owed now, by kind: all that is open, and of that what is overdue at the time now. It reads an
// index of the open duties alone, so that its cost follows them and not the years on record.
func (s *Store) CountDuties(ctx context.Context, now time.Time) (open, overdue map[policyv1.DutyKind]int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		open, overdue = map[policyv1.DutyKind]int64{}, map[policyv1.DutyKind]int64{}
		// 1 is OPEN, written out as the index has it.
		rows, err := tx.Query(ctx, `SELECT kind, COUNT(*), SUM(CASE WHEN due_time < ? THEN 1 ELSE 0 END)
			FROM duties WHERE state = 1 GROUP BY kind`, sqldb.Micros(now))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var kind policyv1.DutyKind
			var owed, late int64
			if err := rows.Scan(&kind, &owed, &late); err != nil {
				return err
			}
			open[kind], overdue[kind] = owed, late
		}
		return rows.Err()
	})
	if err != nil {
		return nil, nil, s.db.Failure(fmt.Errorf("count duties: %w", err))
	}
	return open, overdue, nil
}
