package sqlstore

import (
	"context"
	"errors"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Numbers in the text of a statement let the engine use the partial indexes.
const (
	isCallback = `kind = 4`
	isOpen     = `state = 1`
)

// Callback implements followup.Store.
func (s *Store) Callback(ctx context.Context, complaint string, cycle int32) (c followup.Callback, err error) {
	var duties []*followup.Duty
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c, duties = followup.Callback{}, nil
		return errors.Join(
			askDuties(ctx, tx, &duties, `WHERE `+isCallback+` AND complaint_id = ? AND cycle = ?`, complaint, cycle),
			askAttempts(ctx, tx, func(a followup.Attempt) { c.Attempts = append(c.Attempts, a) },
				`a.complaint_id = ? AND a.cycle = ?`, complaint, cycle),
		)
	})
	switch {
	case err != nil:
		return followup.Callback{}, s.db.Failure(err)
	case len(duties) == 0:
		return followup.Callback{}, followup.ErrUnknown
	}
	c.Duty = *duties[0]
	return c, nil
}

// Callbacks implements followup.Store.
func (s *Store) Callbacks(ctx context.Context, query followup.CallbackQuery) ([]followup.Callback, error) {
	where, err := filter.Parse(filterFields(query.Now), query.Filter)
	if err != nil {
		return nil, err
	}
	conditions, args := []string{isCallback}, []any{}
	add := func(condition string, with ...any) {
		conditions, args = append(conditions, condition), append(args, with...)
	}
	if query.Complaint != "" {
		add(`complaint_id = ?`, query.Complaint)
	}
	if where.SQL != "" {
		add(where.SQL, where.Args...)
	}
	if onlyOverdue(query.Filter) {
		// Says the same in a way that an index can answer.
		add(isOpen+` AND due_time < ?`, sqldb.Micros(query.Now))
	}
	if at := query.After; at != nil {
		add(`(due_time, complaint_id, cycle) > (?, ?, ?)`, sqldb.Micros(at.DueTime), at.Complaint, at.Cycle)
	}
	return s.callbacks(ctx, `WHERE `+strings.Join(conditions, ` AND `)+` ORDER BY due_time, complaint_id, cycle LIMIT ?`,
		append(args, query.Limit)...)
}

// filterFields are the fields that callbacks can be filtered by. Overdue is
// computed for the moment of reading, never stored (CLK-1).
func filterFields(now time.Time) map[string]filter.Field {
	return map[string]filter.Field{
		"state":    {Column: "state", Kind: filter.Enum, Names: followupv1.Duty_State_value},
		"verdict":  {Column: "verdict", Kind: filter.Enum, Names: policyv1.Verdict_value, Sparse: "0"},
		"due_time": {Column: "due_time", Kind: filter.Time},
		"cycle":    {Column: "cycle", Kind: filter.Int, Sparse: "1"},
		"overdue":  {Column: "(" + isOpen + " AND due_time < ?)", Args: []any{sqldb.Micros(now)}, Kind: filter.Bool},
	}
}

// onlyOverdue recognises the commonest filter of all.
func onlyOverdue(text string) bool {
	switch strings.Join(strings.Fields(text), "") {
	case "overdue", "overdue=true":
		return true
	}
	return false
}

// callbacks reads the callback duties that the rest of the statement selects,
// and all their attempts by one query.
func (s *Store) callbacks(ctx context.Context, rest string, args ...any) ([]followup.Callback, error) {
	var list []followup.Callback
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var duties []*followup.Duty
		if err := errors.Join(askDuties(ctx, tx, &duties, rest, args...), tx.Flush(ctx)); err != nil {
			return err
		}
		list = make([]followup.Callback, len(duties))
		for i, d := range duties {
			list[i].Duty = *d
		}
		return readAttempts(ctx, tx, list)
	})
	return list, s.db.Failure(err)
}

// place is the key of a callback.
type place struct {
	complaint string
	cycle     int32
}

// readAttempts fills in the attempts of callbacks.
func readAttempts(ctx context.Context, tx *sqldb.Tx, list []followup.Callback) error {
	if len(list) == 0 {
		return nil
	}
	args, at := make([]any, len(list)), make(map[place]int, len(list))
	for i, c := range list {
		args[i] = c.Duty.Complaint
		at[place{c.Duty.Complaint, c.Duty.Cycle}] = i
	}
	return errors.Join(askAttempts(ctx, tx, func(a followup.Attempt) {
		// Attempts of the complaint's other cycles come along and are passed over.
		if i, ok := at[place{a.Complaint, a.Cycle}]; ok {
			list[i].Attempts = append(list[i].Attempts, a)
		}
	}, `a.complaint_id IN (?`+strings.Repeat(", ?", len(list)-1)+`)`, args...), tx.Flush(ctx))
}
