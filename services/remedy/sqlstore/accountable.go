package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// askAccounts asks for what deductions of a complaint are suggested by.
func askAccounts(ctx context.Context, tx *sqldb.Tx, a *remedy.Accounts, complaint string) error {
	a.Above = func(names []string) (map[string]string, error) { return above(ctx, tx, names) }
	a.Months = func(month string, agents []string) (map[string]remedy.Month, error) {
		return months(ctx, tx, month, agents)
	}
	return errors.Join(
		tx.Ask(ctx, func(scan func(...any) error) error {
			var r remedy.Ruling
			var concerned string
			err := scan(&r.Name, &r.Cycle, &r.Responsibility, &r.Reason, &concerned, &r.State)
			r.Concerned = words(concerned)
			a.Rulings = append(a.Rulings, r)
			return err
		}, `SELECT ruling, cycle, responsibility, reason, concerned, state FROM rulings WHERE complaint_id = ? ORDER BY ruling`, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var d remedy.Duty
			var due, recorded int64
			err := scan(&d.ID, &d.Cycle, &d.Kind, &due, &d.Owner, &d.Broken, &recorded, &d.Recorder)
			d.DueTime, d.RecordTime = sqldb.Time(due), sqldb.Time(recorded)
			a.Duties = append(a.Duties, d)
			return err
		}, `SELECT duty_id, cycle, kind, due_time, owner, broken, record_time, recorder FROM duties WHERE complaint_id = ?
			ORDER BY due_time, duty_id`, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var assigned remedy.Assignment
			var since int64
			err := scan(&assigned.Position, &assigned.Agent, &since)
			assigned.Time = sqldb.Time(since)
			a.Assignments = append(a.Assignments, assigned)
			return err
		}, `SELECT position, agent, since FROM assignments WHERE complaint_id = ? ORDER BY position`, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error {
			d, err := scanDeduction(scan)
			a.Deductions = append(a.Deductions, d)
			return err
		}, `SELECT `+deductionColumns+` FROM deductions WHERE complaint_id = ? ORDER BY create_time, deduction_id`, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error { return scan(&a.Spent) },
			`SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) FROM ledger_entries WHERE complaint_id = ? AND kind = 3 AND `+capped, complaint),
		tx.Ask(ctx, func(scan func(...any) error) error { return scan(&a.Recovered) },
			`SELECT CAST(COALESCE(SUM(recovered), 0) AS BIGINT) FROM claims WHERE complaint_id = ?`, complaint),
	)
}

// words splits names; nil for none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

// above reads who stands directly above each of some people.
func above(ctx context.Context, tx *sqldb.Tx, names []string) (map[string]string, error) {
	found := map[string]string{}
	for _, name := range names {
		err := tx.Ask(ctx, func(scan func(...any) error) error {
			var who string
			err := scan(&who)
			if who != "" {
				found[name] = who
			}
			return err
		}, `SELECT above FROM people WHERE name = ?`, name)
		if err != nil {
			return nil, fmt.Errorf("who is above: %w", err)
		}
	}
	return found, tx.Flush(ctx)
}

// left reads whether somebody has left.
func left(ctx context.Context, tx *sqldb.Tx, name string) (gone bool, err error) {
	err = tx.Ask(ctx, func(scan func(...any) error) error { return scan(&gone) }, `SELECT gone FROM people WHERE name = ?`, name)
	if err != nil {
		return false, fmt.Errorf("who has left: %w", err)
	}
	err = tx.Flush(ctx)
	return gone, err
}

// months locks a month of some people, in the order in which they are told, and reads how it stands for each. Each statement sees what was
// committed before it: all is read behind the locks.
func months(ctx context.Context, tx *sqldb.Tx, month string, agents []string) (map[string]remedy.Month, error) {
	all := map[string]remedy.Month{}
	for _, agent := range agents {
		err := errors.Join(
			tx.Queue(ctx, nil, `INSERT INTO deduction_months (agent, month) VALUES (?, ?) ON CONFLICT (agent, month) DO NOTHING`, agent, month),
			tx.Ask(ctx, func(scan func(...any) error) error { return scan(new(string)) },
				`SELECT agent FROM deduction_months WHERE agent = ? AND month = ?`+tx.Dialect().ForUpdate(), agent, month),
			tx.Ask(ctx, func(scan func(...any) error) error {
				m := all[agent]
				err := scan(&m.Taken, &m.Confirmed)
				all[agent] = m
				return err
			}, `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN state IN (4, 6) THEN amount ELSE 0 END), 0) AS BIGINT)
				FROM deductions WHERE agent = ? AND month = ? AND state <> 5`, agent, month),
			tx.Ask(ctx, func(scan func(...any) error) error {
				m := all[agent]
				err := scan(&m.Tellings, &m.Pay)
				all[agent] = m
				return err
			}, `SELECT number, pay FROM deduction_pays WHERE agent = ? AND month = ? ORDER BY number DESC LIMIT 1`, agent, month),
		)
		if err != nil {
			return nil, fmt.Errorf("lock a month: %w", err)
		}
	}
	return all, tx.Flush(ctx)
}

// putAccounts writes what was heard of what deductions are suggested by, and the deductions.
func putAccounts(ctx context.Context, tx *sqldb.Tx, complaint string, changes remedy.Changes) error {
	var all []error
	queue := func(query string, args ...any) { all = append(all, tx.Queue(ctx, nil, query, args...)) }
	for _, r := range changes.Rulings {
		queue(`INSERT INTO rulings (complaint_id, ruling, cycle, responsibility, reason, concerned, state) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (complaint_id, ruling) DO UPDATE SET state = excluded.state`,
			complaint, r.Name, r.Cycle, int32(r.Responsibility), int32(r.Reason), strings.Join(r.Concerned, " "), int32(r.State))
	}
	if d := changes.Duty; d != nil {
		queue(`INSERT INTO duties (complaint_id, duty_id, cycle, kind, due_time, owner, broken, record_time, recorder)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (complaint_id, duty_id) DO UPDATE SET kind = excluded.kind, due_time = excluded.due_time, broken = excluded.broken,
			owner = CASE excluded.owner WHEN '' THEN duties.owner ELSE excluded.owner END,
			recorder = CASE excluded.record_time WHEN 0 THEN duties.recorder ELSE excluded.recorder END,
			record_time = CASE excluded.record_time WHEN 0 THEN duties.record_time ELSE excluded.record_time END`,
			cmp.Or(d.Complaint, complaint), d.ID, d.Cycle, int32(d.Kind), sqldb.Micros(d.DueTime), d.Owner, d.Broken, sqldb.Micros(d.RecordTime), d.Recorder)
	}
	if a := changes.Assignment; a != nil {
		queue(`INSERT INTO assignments (complaint_id, position, agent, since) VALUES (?, ?, ?, ?)
			ON CONFLICT (complaint_id, position) DO NOTHING`, complaint, a.Position, a.Agent, sqldb.Micros(a.Time))
	}
	if p := changes.Person; p != nil {
		queue(`INSERT INTO people (name, above, gone) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET above = excluded.above, gone = excluded.gone`, p.Name, p.Above, p.Left)
	}
	for _, p := range changes.Pays {
		queue(`INSERT INTO deduction_pays (agent, month, number, pay, teller, correction, tell_time) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			p.Agent, p.Month, p.Number, p.Amount, p.Teller, p.Correction, sqldb.Micros(p.Time))
	}
	for i := range changes.Deductions {
		all = append(all, putDeduction(ctx, tx, &changes.Deductions[i]))
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("put accounts: %w", err)
	}
	return nil
}
