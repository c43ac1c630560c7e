package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// selectOpen lists cycles with an open duty of a kind, and series with touches that are PLANNED (1) or ASKED (2).
const selectOpen = `SELECT kind, complaint_id, cycle, due FROM (
	SELECT 1 AS kind, complaint_id, cycle, MIN(due_time) AS due FROM duties WHERE state = 1 AND kind = ? GROUP BY complaint_id, cycle
	UNION ALL
	SELECT 3 AS kind, complaint_id, cycle, MIN(due_time) AS due FROM touches WHERE state IN (1, 2) AND number > 0 GROUP BY complaint_id, cycle
	) work WHERE (complaint_id, cycle, kind) > (?, ?, ?) ORDER BY complaint_id, cycle, kind LIMIT ?`

// OpenSeries implements followup.SeriesStore. Of the duties only the reply that an authority waits for is kept beyond the end of its cycle; of the
// others intake tells, whose cycle is open.
func (s *Store) OpenSeries(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error) {
	var from struct {
		complaint   string
		cycle, kind int32
	}
	if after != "" {
		if _, err := fmt.Sscanf(after, "%d %d %s", &from.cycle, &from.kind, &from.complaint); err != nil {
			return nil, "", errors.New("followup: no place in a list of open work: " + after)
		}
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		work, next = nil, ""
		return tx.Ask(ctx, func(scan func(...any) error) error {
			w := &eventv1.OpenWork{}
			var id string
			var due int64
			if err := scan(&w.Kind, &id, &w.Cycle, &due); err != nil {
				return err
			}
			if len(work)+1 == limit {
				next = fmt.Sprintf("%d %d %s", w.GetCycle(), w.GetKind(), id)
			}
			w.Name, w.DueTime = "complaints/"+id, timestamppb.New(sqldb.Time(due))
			w.Subject = w.GetName()
			work = append(work, w)
			return nil
		}, selectOpen, int32(policyv1.DutyKind_AUTHORITY_REPLY), from.complaint, from.cycle, from.kind, limit)
	})
	return work, next, s.db.Failure(err)
}
