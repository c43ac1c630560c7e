package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
)

const outcomeColumns = `sequence, superseded_by, complaint_id, cycle, version, origin, record_time, recorder, reference, customer, policy_version,
	channel, result, start_time, end_time, first_contact_time, severity, category, established, product, fault_code, cause_department,
	department, assignee, contacts, attempts, transfers, chases, re_explanations, escalation_count, escalation_level, responsibility,
	ruling_reason, repeated, satisfaction, retention, handling_cost, lesson, lesson_version, reason, details`

// details are what of a record has no column.
type details struct {
	// Duties are what was owed.
	Duties []review.Duty
	// Causes are what caused it.
	Causes []policyv1.Cause
	// Kinds are of what was accepted.
	Kinds []remedyv1.Option_Kind
	// Money is by basis.
	Money []review.Money
	// Answer is the customer's last one.
	Answer *review.Answer `json:",omitempty"`
}

func scanOutcome(scan func(...any) error) (o review.Outcome, err error) {
	var recorded, start, end, contact int64
	var rest string
	f := &o.Facts
	err = scan(&o.Sequence, &o.SupersededBy, &o.Complaint, &o.Cycle, &o.Version, &o.Origin, &recorded, &o.Recorder, &f.Reference, &f.Customer,
		&f.PolicyVersion, &f.Channel, &f.Result, &start, &end, &contact, &f.Severity, &f.Category, &f.Established, &f.Product, &f.Fault,
		&f.CauseDepartment, &f.Department, &f.Assignee, &f.Contacts, &f.Attempts, &f.Transfers, &f.Chases, &f.ReExplanations, &f.Escalations,
		&f.Level, &f.Responsibility, &f.RulingReason, &f.Repeated, &o.Satisfaction, &o.Retention, &o.HandlingCost, &o.Lesson, &o.LessonVersion,
		&o.Reason, &rest)
	if err != nil {
		return o, err
	}
	o.RecordTime, f.StartTime, f.EndTime, f.FirstContact = sqldb.Time(recorded), sqldb.Time(start), sqldb.Time(end), sqldb.Time(contact)
	o.Supersedes = o.Version - 1 // Every version replaces the one before.
	o.Lesson, o.Reason = none(o.Lesson), none(o.Reason)
	var d details
	err = json.Unmarshal([]byte(rest), &d)
	f.Duties, f.Causes, f.Kinds, f.Money, o.Answer = d.Duties, d.Causes, d.Kinds, d.Money, d.Answer
	return o, err
}

// askOutcome asks for a version of a record, 0 for the last.
func askOutcome(ctx context.Context, tx *sqldb.Tx, found **review.Outcome, complaint string, cycle, version int32) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		o, err := scanOutcome(scan)
		*found = &o
		return err
	}, `SELECT `+outcomeColumns+` FROM outcomes WHERE complaint_id = ? AND cycle = ? AND (? = 0 OR version = ?) ORDER BY version DESC LIMIT 1`,
		complaint, cycle, version, version)
}

// ChangeOutcome implements review.OutcomeStore. The row of places is locked from before the record is read until the commit.
func (s *Store) ChangeOutcome(
	ctx context.Context, change review.Change, decide func(*review.Outcome, *review.Answer) (*review.Outcome, error),
) (done review.Done, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var last *review.Outcome
		var said *review.Answer
		var place int64
		cause := eventlog.Cause{Event: change.Event, Command: change.Command, Result: change.Result}
		done.Repeated, done.Result, err = s.log.Begin(ctx, tx, cause, func() error {
			return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&place) }, `SELECT last FROM places WHERE id = 1`+tx.Dialect().ForUpdate())
		})
		if err != nil || done.Repeated {
			return err
		}
		// Asked behind the lock: what another one has written meanwhile is seen.
		err = errors.Join(askOutcome(ctx, tx, &last, change.Complaint, change.Cycle, 0), askAnswer(ctx, tx, &said, change.Complaint, change.Cycle), tx.Flush(ctx))
		if err != nil {
			return err
		}
		if change.Answer != nil {
			if said, err = keepAnswer(ctx, tx, change, said); err != nil {
				return err
			}
		}
		next, err := decide(last, said)
		if err != nil || next == nil {
			return err
		}
		next.Sequence = place + 1
		return s.writeOutcome(ctx, tx, last, next)
	})
	return done, s.db.Failure(err)
}

// writeOutcome writes a version, marks the one that it replaces, and records the event.
func (s *Store) writeOutcome(ctx context.Context, tx *sqldb.Tx, last, next *review.Outcome) error {
	if err := tx.Queue(ctx, nil, `UPDATE places SET last = ? WHERE id = 1`, next.Sequence); err != nil {
		return fmt.Errorf("take a place: %w", err)
	}
	if last != nil {
		if err := tx.Queue(ctx, nil, `UPDATE outcomes SET superseded_by = ? WHERE sequence = ?`, next.Sequence, last.Sequence); err != nil {
			return fmt.Errorf("supersede outcome: %w", err)
		}
	}
	if err := insertOutcome(ctx, tx, next); err != nil {
		return err
	}
	return s.log.Record(ctx, tx, next.Draft())
}

func insertOutcome(ctx context.Context, tx *sqldb.Tx, o *review.Outcome) error {
	f := &o.Facts
	rest, err := json.Marshal(details{Duties: f.Duties, Causes: f.Causes, Kinds: f.Kinds, Money: f.Money, Answer: o.Answer})
	if err != nil {
		return fmt.Errorf("details of outcome: %w", err)
	}
	judged, kept := f.Promises()
	args := []any{
		o.Sequence, o.SupersededBy, o.Complaint, o.Cycle, o.Version, int32(o.Origin), sqldb.Micros(o.RecordTime), o.Recorder, f.Reference,
		f.Customer, f.PolicyVersion, int32(f.Channel), int32(f.Result), sqldb.Micros(f.StartTime), sqldb.Micros(f.EndTime),
		sqldb.Micros(f.FirstContact), int32(f.Severity), int32(f.Category), int32(f.Established), f.Product, f.Fault, f.CauseDepartment,
		f.Department, f.Assignee, f.Contacts, f.Attempts, f.Transfers, f.Chases, f.ReExplanations, f.Escalations, f.Level,
		int32(f.Responsibility), int32(f.RulingReason), f.Repeated, o.Satisfaction, int32(o.Retention), o.HandlingCost, some(o.Lesson),
		o.LessonVersion, some(o.Reason), string(rest),
		// What only sums read.
		f.Held(), f.Spent(remedyv1.Option_ENTITLEMENT), f.Spent(remedyv1.Option_FAULT), f.Spent(remedyv1.Option_GOODWILL), f.Broken(), judged, kept,
	}
	err = tx.Queue(ctx, nil, `INSERT INTO outcomes (`+outcomeColumns+`, held, spent_entitlement, spent_fault, spent_goodwill, broken_duties,
		judged_promises, kept_promises) VALUES (?`+strings.Repeat(`, ?`, len(args)-1)+`)`, args...)
	if err != nil {
		return fmt.Errorf("insert outcome: %w", err)
	}
	return insertCauses(ctx, tx, o.Sequence, f.Causes)
}

// Outcome implements review.OutcomeStore.
func (s *Store) Outcome(ctx context.Context, complaint string, cycle, version int32) (review.Outcome, error) {
	var last *review.Outcome
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		last = nil
		return askOutcome(ctx, tx, &last, complaint, cycle, version)
	})
	switch {
	case err != nil:
		return review.Outcome{}, s.db.Failure(err)
	case last == nil:
		return review.Outcome{}, review.ErrUnknown
	}
	return *last, nil
}

// Escalated implements review.OutcomeStore.
func (s *Store) Escalated(ctx context.Context, query review.EscalatedQuery) (t review.Tally, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		t = review.Tally{}
		subject, args := `category = ?`, []any{int32(query.Subject.Category)}
		if query.Subject.Product != "" {
			var err error
			if subject, args, err = askWritten(ctx, tx, query.Subject); err != nil || len(args) == 0 {
				return err
			}
		}
		return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&t.Count, &t.Escalated) },
			`SELECT COUNT(*), COUNT(CASE WHEN escalation_count > 0 THEN 1 END) FROM outcomes WHERE `+subject+` AND superseded_by = 0 AND result NOT IN (?, ?)
				AND start_time >= ? AND start_time < ?`,
			// What was merged, or was none, is no complaint of its own.
			append(args, int32(intakev1.Complaint_MERGED), int32(intakev1.Complaint_NOT_A_COMPLAINT), sqldb.Micros(query.From), sqldb.Micros(query.Until))...)
	})
	return t, s.db.Failure(err)
}

// askWritten is a condition with its arguments: the subject in any of the ways in which it was written; no arguments when it never was. The words
// are read from the index of them, and folded here: databases do not agree on what is the same word.
func askWritten(ctx context.Context, tx *sqldb.Tx, subject review.Subject) (string, []any, error) {
	var terms []string
	var args []any
	key := subject.Key()
	err := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
		var as review.Subject
		err := scan(&as.Product, &as.Fault)
		if as.Key() == key {
			terms, args = append(terms, `(product = ? AND fault_code = ?)`), append(args, as.Product, as.Fault)
		}
		return err
	}, `SELECT DISTINCT product, fault_code FROM outcomes WHERE product <> ''`), tx.Flush(ctx))
	return `product <> '' AND (` + strings.Join(terms, ` OR `) + `)`, args, err
}
