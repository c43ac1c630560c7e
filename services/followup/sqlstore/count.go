package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// CountDuties counts what is owed now, by kind: all that is open, of that what is due from the time now until before the time soon, and
// what is overdue at the time now. It reads an index of the open duties alone, so that its cost follows them and not the years on record.
func (s *Store) CountDuties(ctx context.Context, now, soon time.Time) (open, near, overdue map[policyv1.DutyKind]int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		open, near, overdue = map[policyv1.DutyKind]int64{}, map[policyv1.DutyKind]int64{}, map[policyv1.DutyKind]int64{}
		// 1 is OPEN, written out as the index has it.
		rows, err := tx.Query(ctx, `SELECT kind, COUNT(*), SUM(CASE WHEN due_time >= ? AND due_time < ? THEN 1 ELSE 0 END),
			SUM(CASE WHEN due_time < ? THEN 1 ELSE 0 END) FROM duties WHERE state = 1 GROUP BY kind`,
			sqldb.Micros(now), sqldb.Micros(soon), sqldb.Micros(now))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var kind policyv1.DutyKind
			var owed, next, late int64
			if err := rows.Scan(&kind, &owed, &next, &late); err != nil {
				return err
			}
			open[kind], near[kind], overdue[kind] = owed, next, late
		}
		return rows.Err()
	})
	if err != nil {
		return nil, nil, nil, s.db.Failure(fmt.Errorf("count duties: %w", err))
	}
	return open, near, overdue, nil
}
