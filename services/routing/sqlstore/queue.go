package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var _ routing.QueueStore = (*Store)(nil)

const (
	// shards is how many rows share one count, so that changes seldom wait for each other.
	shards = 16
	// nothingDue stands for no due time, after all that there are.
	nothingDue = math.MaxInt64
	// mostUrgent minus the severity is the urgency, by which rows are ordered upwards.
	mostUrgent = 9
)

// Owe implements routing.QueueStore.
func (s *Store) Owe(ctx context.Context, e *eventv1.Event, owed routing.Owed) (bool, error) {
	repeated := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		repeated, _, err = s.log.Begin(ctx, tx, eventlog.Cause{Event: e}, func() error { return nil })
		if err != nil || repeated {
			return err
		}
		return putOwed(ctx, tx, owed)
	})
	return err == nil && !repeated, s.db.Failure(err)
}

// putOwed writes what is owed, and the next due time that follows from it. Events of one complaint come one after the other, so all that
// was told before is seen here.
func putOwed(ctx context.Context, tx *sqldb.Tx, owed routing.Owed) error {
	query, args := `DELETE FROM owed WHERE complaint_id = ? AND duty_id = ?`, []any{owed.Complaint, owed.Duty}
	switch owed.Step {
	case routing.Opened:
		query = `INSERT INTO owed (complaint_id, duty_id, kind, due_time) VALUES (?, ?, ?, ?) ON CONFLICT (complaint_id, duty_id) DO NOTHING`
		args = append(args, int32(owed.Kind), sqldb.Micros(owed.DueTime))
	case routing.Moved:
		query = `UPDATE owed SET due_time = ? WHERE complaint_id = ? AND duty_id = ?`
		args = []any{sqldb.Micros(owed.DueTime), owed.Complaint, owed.Duty}
	case routing.Done:
	}
	err := errors.Join(tx.Queue(ctx, nil, query, args...),
		tx.Queue(ctx, nil, `INSERT INTO queued (complaint_id, open, department, assignee, urgency, next_due)
			SELECT CAST(? AS TEXT), 0, '', '', 0, COALESCE(MIN(due_time), CAST(? AS BIGINT)) FROM owed WHERE complaint_id = ?
			ON CONFLICT (complaint_id) DO UPDATE SET next_due = excluded.next_due`, owed.Complaint, int64(nothingDue), owed.Complaint))
	if owed.Step == routing.Done {
		err = errors.Join(err, tx.Queue(ctx, nil, `DELETE FROM queued WHERE complaint_id = ? AND open = 0 AND next_due = ?`,
			owed.Complaint, int64(nothingDue)))
	}
	if err != nil {
		return fmt.Errorf("put owed: %w", err)
	}
	return nil
}

// putQueued writes where a complaint, which the transaction holds, stands in the queues, with the counts.
func putQueued(ctx context.Context, tx *sqldb.Tx, c routing.Complaint) error {
	err := count(ctx, tx, c.ID, -1)
	if c.Ended {
		err = errors.Join(err,
			tx.Queue(ctx, nil, `UPDATE queued SET open = 0, department = '', assignee = '' WHERE complaint_id = ?`, c.ID),
			tx.Queue(ctx, nil, `DELETE FROM queued WHERE complaint_id = ? AND next_due = ?`, c.ID, int64(nothingDue)))
	} else {
		err = errors.Join(err, tx.Queue(ctx, nil, `INSERT INTO queued (complaint_id, open, department, assignee, urgency, next_due)
			VALUES (?, 1, ?, ?, ?, ?) ON CONFLICT (complaint_id) DO UPDATE SET open = 1, department = excluded.department,
			assignee = excluded.assignee, urgency = excluded.urgency`,
			c.ID, c.Department, c.Assignee, urgency(c.Severity), int64(nothingDue)), count(ctx, tx, c.ID, 1))
	}
	if err != nil {
		return fmt.Errorf("put queued: %w", err)
	}
	return nil
}

// count adds to the count to which a complaint belongs as its row is now.
func count(ctx context.Context, tx *sqldb.Tx, complaint string, by int) error {
	return tx.Queue(ctx, nil, `INSERT INTO queue_counts (department, waiting, shard, complaint_count)
		SELECT department, CASE assignee WHEN '' THEN 1 ELSE 0 END, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM queued
		WHERE complaint_id = ? AND open = 1
		ON CONFLICT (department, waiting, shard) DO UPDATE SET complaint_count = queue_counts.complaint_count + excluded.complaint_count`,
		shardOf(complaint), by, complaint)
}

func shardOf(complaint string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(complaint)) // It never fails.
	return int64(h.Sum32() % shards)
}

func urgency(severity policyv1.Severity) int64 { return mostUrgent - int64(severity) }

// Queue implements routing.QueueStore. Each department, or person, is asked for by an index of its own, all in one message; what is first
// of all is first of one of them. Only what is on the page is read whole.
func (s *Store) Queue(ctx context.Context, sel routing.Selection) (list []routing.Queued, err error) {
	shelves, err := s.shelves(ctx, sel)
	if err != nil {
		return nil, s.db.Failure(err)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		places, err := first(ctx, tx, sel, shelves)
		if err == nil {
			list, err = whole(ctx, tx, places)
		}
		if err != nil {
			return fmt.Errorf("read queue: %w", err)
		}
		return nil
	})
	return list, s.db.Failure(err)
}

// place is where a complaint stands.
type place struct {
	complaint        string
	nextDue, urgency int64
}

// first finds the places of a page, in order.
func first(ctx context.Context, tx *sqldb.Tx, sel routing.Selection, shelves []string) (places []place, err error) {
	where, args := conditions(sel)
	if sel.After != nil {
		where += ` AND (next_due, urgency, complaint_id) > (?, ?, ?)`
		args = append(args, dueMicros(sel.After.DueTime), urgency(sel.After.Complaint.Severity), sel.After.Complaint.ID)
	}
	args = append(args, sel.Limit)
	for _, shelf := range shelves {
		err = errors.Join(err, tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var p place
			err := scan(&p.complaint, &p.nextDue, &p.urgency)
			places = append(places, p)
			return err
		}, `SELECT complaint_id, next_due, urgency FROM queued WHERE open = 1 AND `+where+` ORDER BY next_due, urgency, complaint_id LIMIT ?`,
			append([]any{shelf}, args...)...))
	}
	err = errors.Join(err, tx.Flush(ctx))
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.nextDue, b.nextDue), cmp.Compare(a.urgency, b.urgency), cmp.Compare(a.complaint, b.complaint))
	})
	return places[:min(len(places), sel.Limit)], err
}

// whole reads what stands at these places.
func whole(ctx context.Context, tx *sqldb.Tx, places []place) ([]routing.Queued, error) {
	if len(places) == 0 {
		return nil, nil
	}
	list, at, ids := make([]routing.Queued, len(places)), map[string]int{}, make([]any, len(places))
	for i, p := range places {
		at[p.complaint], ids[i] = i, p.complaint
	}
	err := tx.Ask(ctx, func(scan func(dest ...any) error) error {
		q, err := scanQueued(scan)
		if i := at[q.Complaint.ID]; err == nil {
			if list[i] = q; places[i].nextDue != nothingDue {
				list[i].DueTime = sqldb.Time(places[i].nextDue)
			}
		}
		return err
	}, `SELECT complaint_id, customer, target_kind, severity, cycle, department, assignee, reason, assigned_cycle, assign_time, language, target_agent, also_about, needs, taken_from,
		COALESCE((SELECT duty_id FROM owed o WHERE o.complaint_id = c.complaint_id ORDER BY due_time, duty_id LIMIT 1), ''),
		COALESCE((SELECT kind FROM owed o WHERE o.complaint_id = c.complaint_id ORDER BY due_time, duty_id LIMIT 1), 0)
		FROM complaints c WHERE complaint_id IN (?`+strings.Repeat(`, ?`, len(ids)-1)+`)`, ids...)
	return list, errors.Join(err, tx.Flush(ctx))
}

func scanQueued(scan func(dest ...any) error) (routing.Queued, error) {
	var q routing.Queued
	var target, severity, kind int32
	var assigned int64
	var needs, about string
	c := &q.Complaint
	err := scan(&c.ID, &c.Customer, &target, &severity, &c.Cycle, &c.Department, &c.Assignee, &c.Reason, &c.AssignedCycle, &assigned,
		&c.Language, &c.TargetAgent, &about, &needs, &c.TakenFrom, &q.Duty, &kind)
	c.TargetKind, c.Severity, c.AssignTime = policyv1.TargetKind(target), policyv1.Severity(severity), sqldb.Time(assigned)
	q.Kind, c.AlsoAbout = policyv1.DutyKind(kind), words(about)
	return q, errors.Join(err, unpack(needs, &c.Needs))
}

// Count implements routing.QueueStore.
func (s *Store) Count(ctx context.Context, sel routing.Selection) (total int, err error) {
	shelves, err := s.shelves(ctx, sel)
	if err != nil {
		return 0, s.db.Failure(err)
	}
	where, args := conditions(sel)
	args = append(args, sel.Limit)
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		total = 0
		for _, shelf := range shelves {
			err := tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var n int
				err := scan(&n)
				total += n
				return err
			}, `SELECT COUNT(*) FROM (SELECT 1 FROM queued WHERE open = 1 AND `+where+` LIMIT ?) q`, append([]any{shelf}, args...)...)
			if err != nil {
				return fmt.Errorf("count queue: %w", err)
			}
		}
		return nil
	})
	return min(total, sel.Limit), s.db.Failure(err)
}

// shelves are the departments, or people, of a selection.
func (s *Store) shelves(ctx context.Context, sel routing.Selection) ([]string, error) {
	if sel.Assignees != nil || sel.Departments != nil {
		return slices.Concat(sel.Assignees, sel.Departments), nil
	}
	standing, err := s.Standing(ctx)
	var all []string
	for department := range standing {
		all = append(all, department)
	}
	return all, err
}

// conditions is what holds for the rows of a selection; its first placeholder is that of the department or person. Literals are those of
// the partial indexes.
func conditions(sel routing.Selection) (where string, args []any) {
	parts := []string{`department = ?`}
	if sel.Assignees != nil {
		parts = []string{`assignee <> ''`, `assignee = ?`}
	}
	if sel.Waiting {
		parts = append(parts, `assignee = ''`)
	}
	if !sel.From.IsZero() {
		parts, args = append(parts, `next_due >= ?`), append(args, sqldb.Micros(sel.From))
	}
	if !sel.Before.IsZero() {
		parts, args = append(parts, `next_due < ?`), append(args, sqldb.Micros(sel.Before))
	}
	if sel.Severity != policyv1.Severity_SEVERITY_UNSPECIFIED {
		parts, args = append(parts, `urgency = ?`), append(args, urgency(sel.Severity))
	}
	return strings.Join(parts, ` AND `), args
}

func dueMicros(due time.Time) int64 {
	if due.IsZero() {
		return nothingDue
	}
	return sqldb.Micros(due)
}

// Standing implements routing.QueueStore.
func (s *Store) Standing(ctx context.Context) (standing map[string]routing.Standing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		standing = map[string]routing.Standing{}
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var department string
			var waiting, count int64
			err := scan(&department, &waiting, &count)
			one := standing[department]
			one.Open += int(count)
			if waiting != 0 {
				one.Waiting += int(count)
			}
			standing[department] = one
			return err
		}, `SELECT department, waiting, CAST(SUM(complaint_count) AS BIGINT) FROM queue_counts GROUP BY department, waiting`)
	})
	return standing, s.db.Failure(err)
}

// Reassign implements routing.QueueStore. Rows are locked in the order of Change.
func (s *Store) Reassign(ctx context.Context, complaint string, cause eventlog.Cause, decide func(*routing.Case) error) (repeated bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c, offers, last := &routing.Case{}, &routing.HandOffCase{}, &eventlog.Place{}
		var err error
		repeated, _, err = s.log.Begin(ctx, tx, cause, func() error {
			c.Escalations = nil
			return errors.Join(askComplaint(ctx, tx, c, complaint, tx.Dialect().ForUpdate()), askEscalations(ctx, tx, c, complaint),
				askHandOffs(ctx, tx, offers, complaint),
				s.log.AskLast(ctx, tx, "complaints/"+complaint, last))
		})
		if err != nil || repeated {
			return err
		}
		c.Offers = offers.HandOffs
		c.Candidates = func(department string) ([]routing.Candidate, error) { return s.candidates(ctx, tx, c, department) }
		if err := decide(c); err != nil {
			return err
		}
		return s.write(ctx, tx, complaint, c.Changes, last)
	})
	return repeated, s.db.Failure(err)
}
