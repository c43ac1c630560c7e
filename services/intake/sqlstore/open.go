package sqlstore

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// OpenCycles implements intake.Store. An open complaint is in one of the states 1 to 3: RECEIVED, ACTIVE, RESOLVING.
func (s *Store) OpenCycles(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		work, next = nil, ""
		return tx.Ask(ctx, func(scan func(...any) error) error {
			w := &eventv1.OpenWork{Kind: eventv1.WorkKind_COMPLAINT_CYCLE}
			if err := scan(&w.Name, &w.Cycle); err != nil {
				return err
			}
			if len(work)+1 == limit {
				next = w.GetName()
			}
			w.Name = "complaints/" + w.GetName()
			w.Subject = w.GetName()
			work = append(work, w)
			return nil
		}, `SELECT id, cycle FROM complaints WHERE id > ? AND state IN (1, 2, 3) ORDER BY id LIMIT ?`, after, limit)
	})
	return work, next, s.db.Failure(err)
}
