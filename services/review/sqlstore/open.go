package sqlstore

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// OpenImprovements implements review.ImprovementStore; 1 is OPEN, and 2 is DONE, which waits for its check.
func (s *Store) OpenImprovements(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		work, next = nil, ""
		return tx.Ask(ctx, func(scan func(...any) error) error {
			w := &eventv1.OpenWork{Kind: eventv1.WorkKind_OPEN_IMPROVEMENT}
			var id string
			var state int32
			var due, check int64
			if err := scan(&id, &state, &due, &check); err != nil {
				return err
			}
			if len(work)+1 == limit {
				next = id
			}
			if state != 1 {
				due = check
			}
			w.Name, w.DueTime = "improvements/"+id, timestamppb.New(sqldb.Time(due))
			w.Subject = w.GetName()
			work = append(work, w)
			return nil
		}, `SELECT improvement_id, state, due_time, check_time FROM improvements WHERE improvement_id > ? AND state IN (1, 2)
			ORDER BY improvement_id LIMIT ?`, after, limit)
	})
	return work, next, s.db.Failure(err)
}
