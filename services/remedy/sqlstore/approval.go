package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.ApprovalStore = (*Store)(nil)

const selectApproval = `SELECT approval_id, complaint_id, remedy_id, revision, cycle, customer, state, needed, cash, urgent, beyond_caps, overdue,
	most, proposer, department, create_time, end_time, version, evidence, authors FROM approvals `

func scanApproval(scan func(...any) error) (a remedy.Approval, err error) {
	var created, ended int64
	var authors string
	err = scan(&a.ID, &a.Complaint, &a.Remedy, &a.Revision, &a.Cycle, &a.Customer, &a.State, &a.Needed, &a.Cash, &a.Urgent, &a.Beyond,
		&a.Overdue, &a.Most, &a.Proposer, &a.Department, &created, &ended, &a.Version, &a.Evidence, &authors)
	if authors != "" {
		a.Authors = strings.Fields(authors)
	}
	a.CreateTime, a.EndTime, a.Evidence = sqldb.Time(created), sqldb.Time(ended), none(a.Evidence)
	return a, err
}

// askApprovals asks for those approvals that the rest of the statement selects, and for their steps, which the condition selects by the ids
// of approvals.
func askApprovals(ctx context.Context, tx *sqldb.Tx, list *[]remedy.Approval, rest, of string, args ...any) error {
	*list = nil
	return errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			a, err := scanApproval(scan)
			*list = append(*list, a)
			return err
		}, selectApproval+rest, args...),
		tx.Ask(ctx, func(scan func(...any) error) error { return scanStep(scan, *list) },
			`SELECT approval_id, level, approver, named, passed, begin_time, due_time, remind_time, end_time, outcome, decider, comment
			FROM approval_steps WHERE approval_id `+of+` ORDER BY approval_id, step_number`, args...),
	)
}

// askPending asks for the approvals of a complaint that are pending, and for the one of an id.
func askPending(ctx context.Context, tx *sqldb.Tx, list *[]remedy.Approval, complaint, id string) error {
	const which = `WHERE complaint_id = ? AND (state = 1 OR approval_id = ?)`
	return askApprovals(ctx, tx, list, which+` ORDER BY create_time, approval_id`, `IN (SELECT approval_id FROM approvals `+which+`)`, complaint, id)
}

func scanStep(scan func(...any) error, list []remedy.Approval) error {
	var id, passed string
	var begun, due, reminds, ended int64
	var s remedy.Step
	err := scan(&id, &s.Level, &s.Approver, &s.Named, &passed, &begun, &due, &reminds, &ended, &s.Outcome, &s.Decider, &s.Comment)
	s.BeginTime, s.DueTime, s.RemindTime, s.EndTime = sqldb.Time(begun), sqldb.Time(due), sqldb.Time(reminds), sqldb.Time(ended)
	s.Comment = none(s.Comment)
	if err == nil && passed != "" {
		err = json.Unmarshal([]byte(passed), &s.Passed)
	}
	for i := range list {
		if list[i].ID != id {
			continue
		}
		list[i].Steps = append(list[i].Steps, s)
		if s.Outcome != remedyv1.ApprovalStep_OUTCOME_UNSPECIFIED {
			list[i].Kept++
		}
	}
	return err
}

// putApproval writes an approval, and those of its steps that are not on record as they stay.
func putApproval(ctx context.Context, tx *sqldb.Tx, a *remedy.Approval) error {
	last := a.Steps[len(a.Steps)-1]
	err := tx.Queue(ctx, nil, `INSERT INTO approvals (approval_id, complaint_id, remedy_id, revision, cycle, customer, state, level, approver, due_time,
		needed, cash, urgent, beyond_caps, overdue, most, proposer, department, create_time, end_time, version, evidence, authors)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (approval_id) DO UPDATE SET state = excluded.state, level = excluded.level, approver = excluded.approver,
		due_time = excluded.due_time, needed = excluded.needed, overdue = excluded.overdue, end_time = excluded.end_time, version = excluded.version,
		evidence = excluded.evidence`,
		a.ID, a.Complaint, a.Remedy, a.Revision, a.Cycle, a.Customer, int32(a.State), last.Level, last.Approver, sqldb.Micros(last.DueTime),
		a.Needed, a.Cash, a.Urgent, a.Beyond, a.Overdue, a.Most, a.Proposer, a.Department, sqldb.Micros(a.CreateTime),
		sqldb.Micros(a.EndTime), a.Version, some(a.Evidence), strings.Join(a.Authors, " "))
	for i := a.Kept; err == nil && i < len(a.Steps); i++ {
		err = putStep(ctx, tx, a.ID, i, a.Steps[i])
	}
	if err != nil {
		return fmt.Errorf("put approval: %w", err)
	}
	return nil
}

func putStep(ctx context.Context, tx *sqldb.Tx, id string, number int, s remedy.Step) error {
	passed := ""
	if len(s.Passed) > 0 {
		text, err := json.Marshal(s.Passed)
		if err != nil {
			return err
		}
		passed = string(text)
	}
	return tx.Queue(ctx, nil, `INSERT INTO approval_steps (approval_id, step_number, level, approver, named, passed, begin_time, due_time,
		remind_time, end_time, outcome, decider, comment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (approval_id, step_number) DO UPDATE SET level = excluded.level, approver = excluded.approver, named = excluded.named,
		passed = excluded.passed, end_time = excluded.end_time, outcome = excluded.outcome, decider = excluded.decider, comment = excluded.comment`,
		id, number, s.Level, s.Approver, s.Named, passed, sqldb.Micros(s.BeginTime), sqldb.Micros(s.DueTime), sqldb.Micros(s.RemindTime),
		sqldb.Micros(s.EndTime), int32(s.Outcome), s.Decider, some(s.Comment))
}

// Approval implements remedy.ApprovalStore.
func (s *Store) Approval(ctx context.Context, id string) (remedy.Approval, error) {
	var list []remedy.Approval
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askApprovals(ctx, tx, &list, `WHERE approval_id = ?`, `= ?`, id)
	})
	if err == nil && len(list) == 0 {
		err = remedy.ErrUnknown
	}
	if err != nil {
		return remedy.Approval{}, s.db.Failure(err)
	}
	return list[0], nil
}

// Approvals implements remedy.ApprovalStore.
func (s *Store) Approvals(ctx context.Context, query remedy.ApprovalQuery) (list []remedy.Approval, err error) {
	where, err := filter.Parse(approvalFields(query.Digits), query.Filter)
	if err != nil {
		return nil, err
	}
	rest, args := `WHERE 1 = 1`+and(where), where.Args
	if at := query.After; at != nil {
		rest += ` AND (due_time, approval_id) > (?, ?)`
		args = append(args, sqldb.Micros(at.DueTime), at.ID)
	}
	rest += ` ORDER BY due_time, approval_id LIMIT ?`
	args = append(args, query.Limit)
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		// The page is found first, by an index alone where one has all that is asked for.
		page := `IN (SELECT approval_id FROM (SELECT approval_id FROM approvals ` + rest + `) AS page)`
		return askApprovals(ctx, tx, &list, `WHERE approval_id `+page+` ORDER BY due_time, approval_id`, page, args...)
	})
	return list, s.db.Failure(err)
}

// approvalFields are what approvals are listed by. Each is due after it was requested.
func approvalFields(digits int32) map[string]filter.Field {
	return map[string]filter.Field{
		"state":       {Column: "state", Kind: filter.Enum, Names: remedyv1.Approval_State_value, Implies: map[string]string{"PENDING": "state = 1"}},
		"approver":    {Column: "approver"},
		"proposer":    {Column: "proposer"},
		"department":  {Column: "department"},
		"level":       {Column: "level", Kind: filter.Int},
		"urgent":      {Column: "urgent", Kind: filter.Bool, Implies: map[string]string{"true": "urgent"}},
		"overdue":     {Column: "overdue", Kind: filter.Bool, Implies: map[string]string{"true": "overdue"}},
		"amount":      wholly("most", digits),
		"due_time":    {Column: "due_time", Kind: filter.Time},
		"create_time": {Column: "create_time", Kind: filter.Time, Until: "due_time"},
	}
}
