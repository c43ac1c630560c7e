package sqlstore

import (
	"context"
	"errors"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// sentSlice bounds the notices that one transaction records as sent: it holds the locks of their complaints.
const sentSlice = 200

// Record implements routing.GatherStore. The complaints are locked in their order, and what was recorded by somebody else until then
// is left alone.
func (s *Store) Record(ctx context.Context, draft func(n routing.Notice, cycle int32) (eventlog.Draft, bool)) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		sent, err := askSent(ctx, tx)
		if err != nil {
			return err
		}
		more = len(sent) == sentSlice
		cycles, err := lockCycles(ctx, tx, sent)
		if err != nil {
			return err
		}
		var drafts []eventlog.Draft
		for _, n := range sent {
			changed, err := tx.Exec(ctx, "UPDATE notices SET send_time = ? WHERE complaint_id = ? AND notice_id = ? AND send_time = 0",
				sqldb.Micros(n.SendTime), n.Complaint, n.ID)
			if err != nil {
				return err
			}
			if changed == 0 {
				continue
			}
			if d, wanted := draft(n, cycles[n.Complaint]); wanted {
				drafts = append(drafts, d)
			}
		}
		return s.log.Record(ctx, tx, drafts...)
	})
	return more && err == nil, s.db.Failure(err)
}

// askSent reads notices that were told with others and are not on record as sent.
func askSent(ctx context.Context, tx *sqldb.Tx) (sent []routing.Notice, err error) {
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var n routing.Notice
		var kind int32
		var due, told int64
		err := scan(&n.Complaint, &n.ID, &n.Duty, &kind, &n.Recipient, &n.Level, &due, &told)
		n.Kind, n.DueTime, n.SendTime = policyv1.DutyKind(kind), sqldb.Time(due), sqldb.Time(told)
		sent = append(sent, n)
		return err
	}, `SELECT n.complaint_id, n.notice_id, n.duty_id, n.kind, n.recipient, n.level, n.due_time, g.send_time
		FROM notices n JOIN gathered_notices g ON g.id = n.gathered
		WHERE n.send_time = 0 AND n.gathered <> '' AND g.send_time > 0 ORDER BY n.complaint_id, n.notice_id LIMIT ?`, sentSlice),
		tx.Flush(ctx))
	return sent, err
}

// lockCycles locks the complaints of notices and reads the newest cycle of each.
func lockCycles(ctx context.Context, tx *sqldb.Tx, notices []routing.Notice) (map[string]int32, error) {
	cycles := make(map[string]int32, len(notices))
	if len(notices) == 0 {
		return cycles, nil
	}
	var ids []any
	for _, n := range notices {
		ids = append(ids, n.Complaint)
	}
	err := tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var id string
		var cycle int32
		err := scan(&id, &cycle)
		cycles[id] = cycle
		return err
	}, "SELECT complaint_id, cycle FROM complaints WHERE complaint_id IN (?"+strings.Repeat(", ?", len(ids)-1)+") ORDER BY complaint_id"+
		tx.Dialect().ForUpdate(), ids...)
	return cycles, errors.Join(err, tx.Flush(ctx))
}
