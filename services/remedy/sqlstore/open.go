package sqlstore

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// OpenApprovals implements remedy.ApprovalStore; 1 is PENDING.
func (s *Store) OpenApprovals(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		work, next = nil, ""
		return tx.Ask(ctx, func(scan func(...any) error) error {
			w := &eventv1.OpenWork{Kind: eventv1.WorkKind_PENDING_APPROVAL}
			var id, complaint string
			var due int64
			if err := scan(&id, &complaint, &w.Cycle, &due); err != nil {
				return err
			}
			if len(work)+1 == limit {
				next = id
			}
			w.Name, w.Subject, w.DueTime = "approvals/"+id, "complaints/"+complaint, timestamppb.New(sqldb.Time(due))
			work = append(work, w)
			return nil
		}, `SELECT approval_id, complaint_id, cycle, due_time FROM approvals WHERE approval_id > ? AND state = 1 ORDER BY approval_id LIMIT ?`,
			after, limit)
	})
	return work, next, s.db.Failure(err)
}
