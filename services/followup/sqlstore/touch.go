package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var _ followup.SeriesStore = (*Store)(nil)

const touchColumns = `t.complaint_id, t.cycle, t.number, t.customer, t.state, t.mode, t.asked_by, t.plan_time, t.begin_time, t.due_time,
	t.ask_time, t.expire_time, t.remind_times, t.reminders, t.calls, t.merged_into, t.stop_reason, t.done, t.satisfaction, t.comment, t.told,
	t.way, t.answer_time, t.agent, t.reopened, t.retention, t.improvements, t.named, t.stop_wished`

// mostNeighbours is how many touches about other complaints of a customer are looked at; a customer who has more of them is met by these.
const mostNeighbours = 100

// scanTouch reads touchColumns.
func scanTouch(scan func(dest ...any) error) (*followup.Touch, error) {
	t := &followup.Touch{}
	var plan, begin, due, asked, expires, answered int64
	var reminds, improved, named string
	a := &t.Answer
	if err := scan(&t.Complaint, &t.Cycle, &t.Number, &t.Customer, &t.State, &t.Mode, &t.By, &plan, &begin, &due, &asked, &expires, &reminds,
		&t.Reminders, &t.Calls, &t.MergedInto, &t.StopReason, &a.Done, &a.Satisfaction, &a.Comment, &a.Told, &a.Way, &answered, &a.Agent,
		&a.Reopened, &a.Retention, &improved, &named, &a.Stop); err != nil {
		return nil, fmt.Errorf("read touches: %w", err)
	}
	t.PlanTime, t.BeginTime, t.DueTime = sqldb.Time(plan), sqldb.Time(begin), sqldb.Time(due)
	t.AskTime, t.ExpireTime, a.Time = sqldb.Time(asked), sqldb.Time(expires), sqldb.Time(answered)
	if len(a.Comment) == 0 {
		a.Comment = nil
	}
	if len(a.Told) == 0 {
		a.Told = nil
	}
	if named != "" {
		t.Named = strings.Split(named, " ")
	}
	var err error
	if t.RemindTimes, err = splitTimes(reminds); err == nil && improved != "" {
		err = json.Unmarshal([]byte(improved), &t.Improvements)
	}
	return t, err
}

// askTouches asks for the touches that the rest of the statement selects, and adds them to the list.
func askTouches(ctx context.Context, tx *sqldb.Tx, list *[]*followup.Touch, rest string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		t, err := scanTouch(scan)
		*list = append(*list, t)
		return err
	}, `SELECT `+touchColumns+` FROM touches t `+rest, args...)
}

// askSeries asks for what a change judges a series by.
func askSeries(ctx context.Context, tx *sqldb.Tx, c *followup.Case, change followup.Change) error {
	var err error
	if change.Touches {
		err = askTouches(ctx, tx, &c.Touches, `WHERE t.complaint_id = ? ORDER BY t.cycle, t.number`, change.Complaint)
	}
	if !change.Neighbours.IsZero() {
		const others = `WHERE t.customer = (SELECT customer FROM complaints WHERE complaint_id = ?) AND t.complaint_id <> ? AND `
		err = errors.Join(err,
			askTouches(ctx, tx, &c.Neighbours, others+`t.state = 1 ORDER BY t.due_time, t.complaint_id, t.number LIMIT ?`,
				change.Complaint, change.Complaint, mostNeighbours),
			askTouches(ctx, tx, &c.Neighbours, others+`t.ask_time <> 0 AND t.ask_time >= ? ORDER BY t.ask_time DESC LIMIT ?`,
				change.Complaint, change.Complaint, sqldb.Micros(change.Neighbours), mostNeighbours))
	}
	return err
}

// Touch implements followup.SeriesStore.
func (s *Store) Touch(ctx context.Context, complaint string, cycle, number int32) (followup.Touch, error) {
	return s.oneTouch(ctx, `WHERE t.complaint_id = ? AND t.cycle = ? AND t.number = ?`, complaint, cycle, number)
}

// Survey implements followup.SeriesStore.
func (s *Store) Survey(ctx context.Context, hash string) (followup.Touch, error) {
	return s.oneTouch(ctx, `JOIN surveys s ON s.complaint_id = t.complaint_id AND s.cycle = t.cycle AND s.number = t.number
		WHERE s.token_hash = ?`, hash)
}

// oneTouch reads the one touch that the rest of the statement selects.
func (s *Store) oneTouch(ctx context.Context, rest string, args ...any) (followup.Touch, error) {
	var list []*followup.Touch
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return errors.Join(askTouches(ctx, tx, &list, rest, args...), tx.Flush(ctx))
	})
	switch {
	case err != nil:
		return followup.Touch{}, s.db.Failure(err)
	case len(list) == 0:
		return followup.Touch{}, followup.ErrUnknown
	default:
		return *list[0], nil
	}
}

// Touches implements followup.SeriesStore.
func (s *Store) Touches(ctx context.Context, query followup.TouchQuery) ([]followup.TouchRow, error) {
	rest, args, err := listing(query)
	if err != nil {
		return nil, err
	}
	var rows []followup.TouchRow
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var list []*followup.Touch
		err := errors.Join(askTouches(ctx, tx, &list, rest, args...), tx.Flush(ctx))
		if err != nil || len(list) == 0 {
			rows = nil
			return err
		}
		rows = make([]followup.TouchRow, len(list))
		for i, t := range list {
			rows[i].Touch = *t
		}
		return readMerged(ctx, tx, rows)
	})
	return rows, s.db.Failure(err)
}

// listing is the rest of the statement that selects a page of touches, and its arguments.
func listing(query followup.TouchQuery) (rest string, args []any, err error) {
	where, err := filter.Parse(touchFields(query.Now), query.Filter)
	if err != nil {
		return "", nil, err
	}
	conditions := []string{`t.number > 0`}
	add := func(condition string, with ...any) {
		conditions, args = append(conditions, condition), append(args, with...)
	}
	if query.Complaint != "" {
		add(`t.complaint_id = ?`, query.Complaint)
	}
	if where.SQL != "" {
		add(where.SQL, where.Args...)
	}
	if at := query.After; at != nil {
		add(`(t.due_time, t.complaint_id, t.cycle, t.number) > (?, ?, ?, ?)`, sqldb.Micros(at.DueTime), at.Complaint, at.Cycle, at.Number)
	}
	return `WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY t.due_time, t.complaint_id, t.cycle, t.number LIMIT ?`,
		append(args, query.Limit), nil
}

// readMerged fills in which touches go with those of a list.
func readMerged(ctx context.Context, tx *sqldb.Tx, rows []followup.TouchRow) error {
	at, args := make(map[string]int, len(rows)), make([]any, len(rows))
	for i := range rows {
		at[rows[i].Touch.Name()], args[i] = i, rows[i].Touch.Name()
	}
	var merged []*followup.Touch
	err := errors.Join(askTouches(ctx, tx, &merged, `WHERE t.merged_into <> '' AND t.merged_into IN (?`+strings.Repeat(", ?", len(rows)-1)+
		`) ORDER BY t.complaint_id, t.cycle, t.number`, args...), tx.Flush(ctx))
	for _, t := range merged {
		row := &rows[at[t.MergedInto]]
		row.Merged = append(row.Merged, t.Name())
	}
	return err
}

// touchFields are the fields that touches can be filtered by. Overdue is computed for the moment of reading (CLK-1).
func touchFields(now time.Time) map[string]filter.Field {
	return map[string]filter.Field{
		"state":      {Column: "t.state", Kind: filter.Enum, Names: followupv1.FollowUp_State_value},
		"mode":       {Column: "t.mode", Kind: filter.Enum, Names: followupv1.FollowUp_Mode_value},
		"due_time":   {Column: "t.due_time", Kind: filter.Time},
		"owner":      {Column: "t.assignee"},
		"department": {Column: "t.department"},
		"cycle":      {Column: "t.cycle", Kind: filter.Int},
		"overdue": {
			Column: `((t.state = 1 AND t.merged_into = '' OR t.state = 2 AND t.mode = 1) AND t.due_time < ?)`, Args: []any{sqldb.Micros(now)},
			Kind: filter.Bool,
		},
	}
}

// writeSeries writes what follows a resolution.
func writeSeries(ctx context.Context, tx *sqldb.Tx, changes *followup.Changes) error {
	for _, t := range changes.Planned {
		err := tx.Queue(ctx, nil, `INSERT INTO touches (`+strings.ReplaceAll(touchColumns, "t.", "")+`, department, assignee)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
			COALESCE((SELECT department FROM complaints WHERE complaint_id = ?), ''),
			COALESCE((SELECT assignee FROM complaints WHERE complaint_id = ?), ''))`,
			append(append([]any{t.Complaint, t.Cycle, t.Number, t.Customer}, touchValues(t)...), t.Complaint, t.Complaint)...)
		if err != nil {
			return fmt.Errorf("write touch: %w", err)
		}
	}
	for _, t := range changes.Retouched {
		err := tx.Queue(ctx, nil, `UPDATE touches SET state = ?, mode = ?, asked_by = ?, plan_time = ?, begin_time = ?, due_time = ?, ask_time = ?,
			expire_time = ?, remind_times = ?, reminders = ?, calls = ?, merged_into = ?, stop_reason = ?, done = ?, satisfaction = ?,
			comment = ?, told = ?, way = ?, answer_time = ?, agent = ?, reopened = ?, retention = ?, improvements = ?,
			named = ?, stop_wished = ?
			WHERE complaint_id = ? AND cycle = ? AND number = ?`,
			append(touchValues(t), t.Complaint, t.Cycle, t.Number)...)
		if err != nil {
			return fmt.Errorf("write touch: %w", err)
		}
	}
	if s := changes.Survey; s != nil {
		err := tx.Queue(ctx, nil, `INSERT INTO surveys (token_hash, complaint_id, cycle, number) VALUES (?, ?, ?, ?)
			ON CONFLICT (token_hash) DO NOTHING`, s.Hash, s.Complaint, s.Cycle, s.Number)
		if err != nil {
			return fmt.Errorf("write survey: %w", err)
		}
	}
	return nil
}

// passTouches has the touches of a complaint be those of who is in charge of it, by whom they are listed.
func passTouches(ctx context.Context, tx *sqldb.Tx, c followup.Complaint) error {
	err := tx.Queue(ctx, nil, `UPDATE touches SET department = ?, assignee = ? WHERE complaint_id = ?`, c.Department, c.Assignee, c.ID)
	if err != nil {
		return fmt.Errorf("pass touches: %w", err)
	}
	return nil
}

// touchValues are the values of the columns that may change, in the order of touchColumns.
func touchValues(t *followup.Touch) []any {
	a := &t.Answer
	return []any{
		int32(t.State), int32(t.Mode), int32(t.By), sqldb.Micros(t.PlanTime), sqldb.Micros(t.BeginTime), sqldb.Micros(t.DueTime),
		sqldb.Micros(t.AskTime), sqldb.Micros(t.ExpireTime), joinTimes(t.RemindTimes), t.Reminders, t.Calls, t.MergedInto, t.StopReason,
		a.Done, a.Satisfaction, filled(a.Comment), filled(a.Told), int32(a.Way), sqldb.Micros(a.Time), a.Agent, a.Reopened,
		int32(a.Retention), joinImprovements(t.Improvements), strings.Join(t.Named, " "), a.Stop,
	}
}

// joinImprovements is what scanTouch reads; empty for none.
func joinImprovements(list []followup.Improvement) string {
	if len(list) == 0 {
		return ""
	}
	text, _ := json.Marshal(list) // Of strings alone.
	return string(text)
}
