package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var _ routing.HandOffStore = (*Store)(nil)

// ChangeHandOff implements routing.HandOffStore. Rows are locked in the order of Change.
func (s *Store) ChangeHandOff(
	ctx context.Context, cause eventlog.Cause, complaint string, decide func(*routing.HandOffCase) error,
) (result string, repeated bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c, last := &routing.HandOffCase{}, &eventlog.Place{}
		var err error
		repeated, result, err = s.log.Begin(ctx, tx, cause, func() error {
			return errors.Join(askComplaint(ctx, tx, &c.Case, complaint, tx.Dialect().ForUpdate()), askHandOffs(ctx, tx, c, complaint),
				s.log.AskLast(ctx, tx, "complaints/"+complaint, last))
		})
		if err != nil || repeated {
			return err
		}
		result = cause.Result
		c.Candidates = func(department string) ([]routing.Candidate, error) {
			return s.candidates(ctx, tx, &c.Case, department)
		}
		c.Recipient = func(notice string) (string, error) { return recipient(ctx, tx, complaint, notice) }
		if err := decide(c); err != nil {
			return err
		}
		for _, h := range c.Put {
			if err := errors.Join(putHandOff(ctx, tx, h), endDropped(ctx, tx, h)); err != nil {
				return err
			}
		}
		return s.write(ctx, tx, complaint, c.Changes, last)
	})
	return result, repeated, s.db.Failure(err)
}

// HandOffs implements routing.HandOffStore.
func (s *Store) HandOffs(ctx context.Context, complaint string) (*routing.HandOffCase, error) {
	c := &routing.HandOffCase{}
	var version int64
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c.Ends = map[int32]time.Time{}
		return errors.Join(askComplaint(ctx, tx, &c.Case, complaint, ""), askHandOffs(ctx, tx, c, complaint),
			askVersion(ctx, tx, &version), tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var cycle int32
				var ended int64
				err := scan(&cycle, &ended)
				c.Ends[cycle] = sqldb.Time(ended)
				return err
			}, `SELECT cycle, end_time FROM cycle_ends WHERE complaint_id = ?`, complaint))
	})
	if err == nil && c.Complaint.ID == "" {
		err = routing.ErrUnknown
	}
	if err == nil {
		c.Directory, err = s.directory(ctx, version)
	}
	return c, s.db.Failure(err)
}

func askHandOffs(ctx context.Context, tx *sqldb.Tx, c *routing.HandOffCase, complaint string) error {
	c.HandOffs = nil
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var h routing.HandOff
		var state int32
		var items string
		var called, created, due, settled, decided, decideDue int64
		err := scan(&h.Complaint, &h.Number, &h.Cycle, &state, &h.FromDepartment, &h.Giver, &h.Proposer, &h.ToDepartment, &h.ToAgent, &items,
			&h.Customer, &h.Note, &h.ReturnReason, &h.Call.Attempt, &h.Call.Caller, &called, &created, &due, &settled, &h.Settler,
			&h.ReturnCount, &h.Decider, &decided, &decideDue, &h.Version)
		if err != nil {
			return err
		}
		h.State, h.Call.Time, h.CreateTime, h.DueTime = routingv1.HandOff_State(state), sqldb.Time(called), sqldb.Time(created), sqldb.Time(due)
		h.SettleTime, h.DecideTime, h.Note, h.ReturnReason = sqldb.Time(settled), sqldb.Time(decided), filled(h.Note), filled(h.ReturnReason)
		h.DecideDueTime = sqldb.Time(decideDue)
		if err := json.Unmarshal([]byte(items), &h.Items); err != nil {
			return fmt.Errorf("items of %s: %w", h.Name(), err)
		}
		c.HandOffs = append(c.HandOffs, h)
		return nil
	}, `SELECT complaint_id, number, cycle, state, from_department, giver, proposer, to_department, to_agent, items, customer, note,
		return_reason, call_attempt, caller, call_time, create_time, due_time, settle_time, settler, return_count, decider, decide_time, decide_due_time, version
		FROM hand_offs WHERE complaint_id = ? ORDER BY number`, complaint)
}

func putHandOff(ctx context.Context, tx *sqldb.Tx, h routing.HandOff) error {
	items, err := json.Marshal(h.Items)
	if err != nil {
		return fmt.Errorf("put hand-off: %w", err)
	}
	err = tx.Queue(ctx, nil, `INSERT INTO hand_offs (complaint_id, number, cycle, state, from_department, giver, proposer, to_department,
		to_agent, items, customer, note, return_reason, call_attempt, caller, call_time, create_time, due_time, settle_time, settler,
		return_count, decider, decide_time, decide_due_time, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, number) DO UPDATE SET state = excluded.state, items = excluded.items, return_reason = excluded.return_reason,
		settle_time = excluded.settle_time, settler = excluded.settler, return_count = excluded.return_count, decider = excluded.decider,
		decide_time = excluded.decide_time, decide_due_time = excluded.decide_due_time, version = excluded.version`,
		h.Complaint, h.Number, h.Cycle, int32(h.State), h.FromDepartment, h.Giver, h.Proposer, h.ToDepartment, h.ToAgent, string(items), h.Customer,
		bytesOf(h.Note), bytesOf(h.ReturnReason), h.Call.Attempt, h.Call.Caller, sqldb.Micros(h.Call.Time), sqldb.Micros(h.CreateTime),
		sqldb.Micros(h.DueTime), sqldb.Micros(h.SettleTime), h.Settler, h.ReturnCount, h.Decider, sqldb.Micros(h.DecideTime),
		sqldb.Micros(h.DecideDueTime), h.Version)
	if err != nil {
		return fmt.Errorf("put hand-off: %w", err)
	}
	return nil
}

// putEnd notes when a cycle ended, which ends somebody's time with the complaint.
func putEnd(ctx context.Context, tx *sqldb.Tx, e *eventv1.Event, complaint *routing.Complaint) error {
	if complaint == nil || !complaint.Ended || e.GetType() != "complaint_resolved" && e.GetType() != "complaint_closed" {
		return nil
	}
	err := tx.Queue(ctx, nil, `INSERT INTO cycle_ends (complaint_id, cycle, end_time) VALUES (?, ?, ?) ON CONFLICT (complaint_id, cycle) DO NOTHING`,
		complaint.ID, complaint.Cycle, sqldb.Micros(e.GetRecordTime().AsTime()))
	if err != nil {
		return fmt.Errorf("put end: %w", err)
	}
	return nil
}

// Unheard implements routing.HandOffStore.
func (s *Store) Unheard(ctx context.Context, complaint string, names []string) ([]string, error) {
	var told bool
	known := map[string]bool{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		told = false
		clear(known)
		args := []any{complaint}
		for _, name := range names {
			args = append(args, name)
		}
		return errors.Join(tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var parts int64
			err := scan(&parts)
			told = parts != 0
			return err
		}, `SELECT parts_told FROM complaints WHERE complaint_id = ?`, complaint), tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var name string
			err := scan(&name)
			known[name] = true
			return err
		}, `SELECT name FROM parts WHERE complaint_id = ? AND name IN (?`+strings.Repeat(`, ?`, len(names)-1)+`)`, args...))
	})
	if err != nil || !told {
		return nil, s.db.Failure(err)
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known[name] }), nil
}

// putParts notes what the complaint has from now on.
func putParts(ctx context.Context, tx *sqldb.Tx, complaint string, names []string) error {
	for _, name := range names {
		err := tx.Queue(ctx, nil, `INSERT INTO parts (complaint_id, name) VALUES (?, ?) ON CONFLICT (complaint_id, name) DO NOTHING`, complaint, name)
		if err != nil {
			return fmt.Errorf("put part: %w", err)
		}
	}
	return nil
}

// bytesOf is never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// filled is nil for an empty text, whatever the database makes of it.
func filled(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
