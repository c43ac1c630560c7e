package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

const improvementColumns = `improvement_id, state, subject, category, product, fault_code, owner, opener, create_time, due_time, overdue_time,
	complete_time, check_time, version, details, review`

// plain are what of an improvement has no column.
type plain struct {
	// Plan, Evidence, Completer and Reason are words, and who says them.
	Plan, Evidence, Completer, Reason string
	// Texts are what customers are told.
	Texts []review.Text
	// Figures and Effect are the numbers; nil for none.
	Figures *review.Figures
	Effect  *review.Effect
	// AboveTime is when whoever stands above the owner was told that it is overdue, in microseconds; 0 before.
	AboveTime int64 `json:",omitempty"`
}

func scanImprovement(scan func(...any) error) (i review.Improvement, err error) {
	var created, due, overdue, completed, check int64
	var rest, subject, opened string // What a review opened says so by its opener, too.
	err = scan(&i.ID, &i.State, &subject, &i.Subject.Category, &i.Subject.Product, &i.Subject.Fault, &i.Owner, &i.Opener, &created, &due, &overdue,
		&completed, &check, &i.Version, &rest, &opened)
	if err != nil {
		return i, err
	}
	i.CreateTime, i.DueTime, i.OverdueTime = sqldb.Time(created), sqldb.Time(due), sqldb.Time(overdue)
	i.CompleteTime, i.CheckTime = sqldb.Time(completed), sqldb.Time(check)
	var p plain
	err = json.Unmarshal([]byte(rest), &p)
	i.AboveTime = sqldb.Time(p.AboveTime)
	i.Plan, i.Evidence, i.Completer, i.AbandonReason, i.Texts, i.Figures, i.Effect = p.Plan, p.Evidence, p.Completer, p.Reason, p.Texts, p.Figures, p.Effect
	return i, err
}

func improvementArgs(i *review.Improvement) ([]any, error) {
	rest, err := json.Marshal(plain{
		Plan: i.Plan, Evidence: i.Evidence, Completer: i.Completer, Reason: i.AbandonReason, Texts: i.Texts, Figures: i.Figures, Effect: i.Effect,
		AboveTime: sqldb.Micros(i.AboveTime),
	})
	if err != nil {
		return nil, fmt.Errorf("details of improvement: %w", err)
	}
	return []any{
		i.ID, int32(i.State), i.Subject.Key(), int32(i.Subject.Category), i.Subject.Product, i.Subject.Fault, i.Owner, i.Opener,
		sqldb.Micros(i.CreateTime), sqldb.Micros(i.DueTime), sqldb.Micros(i.OverdueTime), sqldb.Micros(i.CompleteTime),
		sqldb.Micros(i.CheckTime), i.Version, string(rest), reviewOf(i),
	}, nil
}

// reviewOf is the review that opens an improvement; empty when somebody does.
func reviewOf(i *review.Improvement) string {
	if strings.HasPrefix(i.Opener, "reviews/") {
		return i.Opener
	}
	return ""
}

// openImprovement writes one with its event in a transaction, unless one of the same subject is open or waits for its check, or the same review
// has opened one, whatever became of that: then opened is that one's name. A review opens its improvements by this, in the transaction in which
// it is written.
func (s *Store) openImprovement(ctx context.Context, tx *sqldb.Tx, i *review.Improvement) (opened string, err error) {
	args, err := improvementArgs(i)
	if err != nil {
		return "", err
	}
	var wrote int64
	err = errors.Join(tx.AskChanged(ctx, func(n int64) { wrote = n }, `INSERT INTO improvements (`+improvementColumns+`) VALUES (?`+
		strings.Repeat(`, ?`, len(args)-1)+`) ON CONFLICT DO NOTHING`, args...), tx.Flush(ctx))
	if err != nil {
		return "", fmt.Errorf("open improvement: %w", err)
	}
	if wrote == 1 {
		draft := i.Draft(i.Opener, i.CreateTime, i.Opened())
		draft.First = true
		return "", s.log.Record(ctx, tx, draft)
	}
	var id string
	err = tx.QueryRow(ctx, `SELECT improvement_id FROM improvements WHERE subject = ? AND (state IN (1, 2) OR (review <> '' AND review = ?))
		ORDER BY CASE WHEN review <> '' AND review = ? THEN 0 ELSE 1 END LIMIT 1`, i.Subject.Key(), reviewOf(i), reviewOf(i)).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("the improvement that is there: %w", err)
	}
	return (&review.Improvement{ID: id}).Name(), nil
}

// OpenImprovement implements review.ImprovementStore.
func (s *Store) OpenImprovement(
	ctx context.Context, change review.Change, i review.Improvement,
) (opened string, done review.Done, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		opened = ""
		cause := eventlog.Cause{Command: change.Command, Result: change.Result}
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error { return nil })
		if err != nil || done.Repeated {
			return err
		}
		if opened, err = s.openImprovement(ctx, tx, &i); err == nil && opened != "" {
			return errTaken // The key is not claimed for what was refused.
		}
		return err
	})
	if errors.Is(err, errTaken) {
		err = nil
	}
	return opened, done, s.db.Failure(err)
}

// errTaken undoes an opening that found another one.
var errTaken = errors.New("sqlstore: an improvement of the subject is open")

// askImprovement asks for one; locked for a change.
func askImprovement(ctx context.Context, tx *sqldb.Tx, found **review.Improvement, id, lock string) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		i, err := scanImprovement(scan)
		*found = &i
		return err
	}, `SELECT `+improvementColumns+` FROM improvements WHERE improvement_id = ?`+lock, id)
}

// ChangeImprovement implements review.ImprovementStore. The row is locked from before it is read until the commit.
func (s *Store) ChangeImprovement(
	ctx context.Context, change review.Change, decide func(*review.Improvement) ([]*eventv1.Payload, error),
) (done review.Done, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var i *review.Improvement
		last := &eventlog.Place{}
		cause := eventlog.Cause{Command: change.Command, Result: change.Result}
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			return askImprovement(ctx, tx, &i, change.Improvement, tx.Dialect().ForUpdate())
		})
		switch {
		case err != nil || done.Repeated:
			return err
		case i == nil:
			return review.ErrUnknown
		}
		told, err := decide(i)
		if err != nil || len(told) == 0 {
			return err
		}
		if err := errors.Join(s.log.AskLast(ctx, tx, i.Name(), last), tx.Flush(ctx)); err != nil {
			return err
		}
		i.Version++
		return s.writeImprovement(ctx, tx, i, told, change.Actor, last)
	})
	return done, s.db.Failure(err)
}

// writeImprovement writes a change with its events.
func (s *Store) writeImprovement(
	ctx context.Context, tx *sqldb.Tx, i *review.Improvement, told []*eventv1.Payload, actor string, last *eventlog.Place,
) error {
	args, err := improvementArgs(i)
	if err != nil {
		return err
	}
	err = tx.Queue(ctx, nil, `INSERT INTO improvements (`+improvementColumns+`) VALUES (?`+strings.Repeat(`, ?`, len(args)-1)+`)
		ON CONFLICT (improvement_id) DO UPDATE SET state = excluded.state, owner = excluded.owner, due_time = excluded.due_time,
		overdue_time = excluded.overdue_time, complete_time = excluded.complete_time, check_time = excluded.check_time,
		version = excluded.version, details = excluded.details`, args...)
	if err != nil {
		return fmt.Errorf("write improvement: %w", err)
	}
	drafts := make([]eventlog.Draft, len(told))
	for n, p := range told {
		drafts[n] = i.Draft(actor, time.Time{}, p)
	}
	drafts[0].Last = last
	return s.log.Record(ctx, tx, drafts...)
}

// Improvement implements review.ImprovementStore.
func (s *Store) Improvement(ctx context.Context, id string) (review.Improvement, error) {
	var found *review.Improvement
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		found = nil
		return askImprovement(ctx, tx, &found, id, "")
	})
	switch {
	case err != nil:
		return review.Improvement{}, s.db.Failure(err)
	case found == nil:
		return review.Improvement{}, review.ErrUnknown
	}
	return *found, nil
}

// Improvements implements review.ImprovementStore.
func (s *Store) Improvements(ctx context.Context, query review.ImprovementQuery) ([]review.Improvement, error) {
	where, err := filter.Parse(map[string]filter.Field{
		"state":       {Column: "state", Kind: filter.Enum, Names: reviewv1.Improvement_State_value},
		"owner":       {Column: "owner"},
		"category":    {Column: "category", Kind: filter.Enum, Names: policyv1.Scenario_value},
		"product":     {Column: "product"},
		"fault_code":  {Column: "fault_code"},
		"due_time":    {Column: "due_time", Kind: filter.Time},
		"create_time": {Column: "create_time", Kind: filter.Time},
		"overdue": {
			Column: "(CASE WHEN state = 1 AND due_time <= ? THEN TRUE ELSE FALSE END)", Args: []any{sqldb.Micros(query.Now)}, Kind: filter.Bool,
			Implies: map[string]string{"true": "state = 1"},
		},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	rest, args := `WHERE 1 = 1`+and(where), where.Args
	if at := query.After; at != nil {
		rest, args = rest+` AND (create_time, improvement_id) < (?, ?)`, append(args, sqldb.Micros(at.CreateTime), at.ID)
	}
	return s.improvements(ctx, rest+` ORDER BY create_time DESC, improvement_id DESC LIMIT ?`, append(args, query.Limit)...)
}

// Improved implements review.ImprovementStore.
func (s *Store) Improved(ctx context.Context, subjects []review.Subject, after time.Time, limit int) ([]review.Improvement, error) {
	var args []any
	for _, subject := range subjects {
		args = append(args, subject.Key())
	}
	done := fmt.Sprintf(`complete_time <> 0 AND state IN (%d, %d, %d)`, reviewv1.Improvement_DONE, reviewv1.Improvement_EFFECTIVE,
		reviewv1.Improvement_NOT_JUDGED)
	return s.improvements(ctx, `WHERE `+done+` AND subject IN (?`+strings.Repeat(`, ?`, len(subjects)-1)+`) AND complete_time > ?
		ORDER BY complete_time DESC, improvement_id DESC LIMIT ?`, append(args, sqldb.Micros(after), limit)...)
}

func (s *Store) improvements(ctx context.Context, rest string, args ...any) (list []review.Improvement, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			i, err := scanImprovement(scan)
			list = append(list, i)
			return err
		}, `SELECT `+improvementColumns+` FROM improvements `+rest, args...)
	})
	return list, s.db.Failure(err)
}
