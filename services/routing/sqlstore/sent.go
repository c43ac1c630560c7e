package sqlstore

import (
	"context"
	"errors"
	"strings"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// sentSlice bounds the notices that one transaction records as sent: it holds the locks of their complaints.
const sentSlice = 200

// drafting makes the event of what became of a notice.
type drafting = func(n routing.Notice, cycle int32, o routing.Outcome) eventlog.Draft

// Settle implements routing.GatherStore. The complaint of a notice that is told by itself is locked first.
func (s *Store) Settle(ctx context.Context, t routing.Telling, o routing.Outcome, draft drafting) error {
	return s.db.Failure(s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var alone []routing.Notice
		if t.Notice != nil {
			alone = append(alone, *t.Notice)
		}
		cycles, err := lockCycles(ctx, tx, alone)
		if err != nil {
			return err
		}
		sent, unrecorded := int64(0), 0
		if o.State == routingv1.Notice_SENT {
			sent = sqldb.Micros(o.Time)
		}
		if t.Notice == nil && o.State != routingv1.Notice_WAITING {
			unrecorded = 1
		}
		n, err := tx.Exec(ctx, "UPDATE gathered_notices SET state = ?, send_time = ?, channel = ?, problem = ?, unrecorded = ? WHERE id = ? AND state = 1",
			int32(o.State), sent, int32(o.Channel), o.Problem, unrecorded, t.ID)
		if err != nil || n == 0 || t.Notice == nil {
			return err
		}
		alone[0].Telling = &t
		return s.record(ctx, tx, alone[0], cycles[t.Notice.Complaint], o, draft)
	}))
}

// record notes what became of a notice and the event of it, unless that is on record.
func (s *Store) record(ctx context.Context, tx *sqldb.Tx, n routing.Notice, cycle int32, o routing.Outcome, draft drafting) error {
	set, args := "recorded = ? WHERE recorded < ? AND", []any{int32(o.State), int32(o.State)}
	if o.State == routingv1.Notice_SENT {
		set, args = "send_time = ? WHERE", []any{sqldb.Micros(o.Time)}
	}
	changed, err := tx.Exec(ctx, "UPDATE notices SET "+set+" send_time = 0 AND complaint_id = ? AND notice_id = ?", append(args, n.Complaint, n.ID)...)
	if err != nil || changed == 0 {
		return err
	}
	return s.log.Record(ctx, tx, draft(n, cycle, o))
}

// Record implements routing.GatherStore. The complaints are locked in their order, and what was recorded by somebody else until then
// is left alone.
func (s *Store) Record(ctx context.Context, draft func(n routing.Notice, cycle int32, o routing.Outcome) eventlog.Draft) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		notices, outcomes, err := askSettled(ctx, tx)
		if err != nil {
			return err
		}
		more = len(notices) == sentSlice
		cycles, err := lockCycles(ctx, tx, notices)
		if err != nil {
			return err
		}
		for i, n := range notices {
			if err := s.record(ctx, tx, n, cycles[n.Complaint], outcomes[i], draft); err != nil {
				return err
			}
		}
		if more {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE gathered_notices SET unrecorded = 0 WHERE unrecorded = 1 AND NOT EXISTS (SELECT 1 FROM notices n
			WHERE n.gathered = gathered_notices.id AND n.send_time = 0 AND n.recorded < gathered_notices.state)`)
		return err
	})
	return more && err == nil, s.db.Failure(err)
}

// askSettled reads notices that were told, or given up, with others, of which that is not on record.
func askSettled(ctx context.Context, tx *sqldb.Tx) (notices []routing.Notice, outcomes []routing.Outcome, err error) {
	err = errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var row noticeRow
		t, err := scanTelling(scan, row.into()...)
		n := row.notice()
		n.Telling = &t
		o := routing.Outcome{State: t.State, Time: t.SendTime, Channel: t.Channel, Problem: t.Problem}
		if t.State == routingv1.Notice_DEAD {
			o.Time = time.Time{} // Now: of an attempt that failed the time is not kept.
		}
		notices, outcomes = append(notices, n), append(outcomes, o)
		return err
	}, "SELECT "+tellingColumns+", "+noticeColumns+` FROM gathered_notices g JOIN notices n ON n.gathered = g.id
		WHERE g.unrecorded = 1 AND n.send_time = 0 AND n.recorded < g.state ORDER BY n.complaint_id, n.notice_id LIMIT ?`, sentSlice),
		tx.Flush(ctx))
	return notices, outcomes, err
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
