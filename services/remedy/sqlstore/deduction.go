package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.DeductionStore = (*Store)(nil)

const deductionColumns = `complaint_id, deduction_id, cycle, state, agent, as_manager, ruling, reason, duty_id, computation, loss, amount, month,
	hear_time, appeal_time, answer, grounds, decision, proposer, appeal_decider, decider, create_time, update_time, version, batch, export,
	further, told_time, told_evidence`

func scanDeduction(scan func(...any) error) (d remedy.Deduction, err error) {
	var computation string
	var hear, appeal, created, updated, told int64
	err = scan(&d.Complaint, &d.ID, &d.Cycle, &d.State, &d.Agent, &d.AsManager, &d.Ruling, &d.Reason, &d.Duty, &computation, &d.Loss, &d.Amount,
		&d.Month, &hear, &appeal, &d.Answer, &d.Grounds, &d.Decision, &d.Proposer, &d.AppealDecider, &d.Decider, &created, &updated, &d.Version,
		&d.Batch, &d.Export, &d.Further, &told, &d.ToldEvidence)
	d.ToldTime = sqldb.Time(told)
	d.HearTime, d.AppealTime, d.CreateTime, d.UpdateTime = sqldb.Time(hear), sqldb.Time(appeal), sqldb.Time(created), sqldb.Time(updated)
	if computation != "" {
		d.Computation = strings.Split(computation, "\n")
	}
	return d, err
}

// putDeduction writes a deduction as a new row or over the one that exists.
func putDeduction(ctx context.Context, tx *sqldb.Tx, d *remedy.Deduction) error {
	return tx.Queue(ctx, nil, `INSERT INTO deductions (`+deductionColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, deduction_id) DO UPDATE SET state = excluded.state, amount = excluded.amount,
		hear_time = excluded.hear_time, told_time = excluded.told_time, told_evidence = excluded.told_evidence,
		appeal_time = excluded.appeal_time, answer = excluded.answer, grounds = excluded.grounds, decision = excluded.decision,
		appeal_decider = excluded.appeal_decider, decider = excluded.decider, update_time = excluded.update_time, version = excluded.version,
		export = excluded.export`,
		d.Complaint, d.ID, d.Cycle, int32(d.State), d.Agent, d.AsManager, d.Ruling, int32(d.Reason), d.Duty, strings.Join(d.Computation, "\n"), d.Loss,
		d.Amount, d.Month, sqldb.Micros(d.HearTime), sqldb.Micros(d.AppealTime), d.Answer, d.Grounds, d.Decision, d.Proposer, d.AppealDecider,
		d.Decider, sqldb.Micros(d.CreateTime), sqldb.Micros(d.UpdateTime), d.Version, d.Batch, d.Export, d.Further,
		sqldb.Micros(d.ToldTime), d.ToldEvidence)
}

// askDeductions asks for those that the rest of the statement selects.
func askDeductions(ctx context.Context, tx *sqldb.Tx, list *[]remedy.Deduction, rest string, args ...any) error {
	*list = nil
	return tx.Ask(ctx, func(scan func(...any) error) error {
		d, err := scanDeduction(scan)
		*list = append(*list, d)
		return err
	}, `SELECT `+deductionColumns+` FROM deductions `+rest, args...)
}

// Deduction implements remedy.DeductionStore.
func (s *Store) Deduction(ctx context.Context, complaint, id string) (remedy.Deduction, error) {
	var list []remedy.Deduction
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askDeductions(ctx, tx, &list, `WHERE complaint_id = ? AND deduction_id = ?`, complaint, id)
	})
	switch {
	case err != nil:
		return remedy.Deduction{}, s.db.Failure(err)
	case len(list) == 0:
		return remedy.Deduction{}, remedy.ErrUnknown
	}
	return list[0], nil
}

// Pays implements remedy.DeductionStore.
func (s *Store) Pays(ctx context.Context, agent, month string) (list []remedy.Pay, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			p, told := remedy.Pay{Agent: agent, Month: month}, int64(0)
			err := scan(&p.Number, &p.Amount, &p.Teller, &p.Correction, &told)
			p.Time = sqldb.Time(told)
			list = append(list, p)
			return err
		}, `SELECT number, pay, teller, correction, tell_time FROM deduction_pays WHERE agent = ? AND month = ? ORDER BY number`, agent, month)
	})
	return list, s.db.Failure(err)
}

// standing is in which states deductions are on record that are in one of a name at the moment of reading: who was told and lets the time pass was heard.
// Those that are not decided yet are few, and have an index.
func standing() map[string]string {
	return map[string]string{
		"SUGGESTED": "state = 1 AND state < 5", "HEARD": "state IN (1, 2) AND state < 5", "APPEALED": "state = 3 AND state < 5",
		"CONFIRMED": "state = 4 AND state < 5",
	}
}

// Deductions implements remedy.DeductionStore.
func (s *Store) Deductions(ctx context.Context, query remedy.DeductionQuery) (list []remedy.Deduction, err error) {
	month, implied := "month", standing()
	if query.Subject != "" { // Somebody's own are few: they are found first, by no index of anything else.
		month, implied = "(month || '')", nil
	}
	where, err := filter.Parse(map[string]filter.Field{
		"state": {
			Column: "(CASE WHEN state = 1 AND told_time > 0 AND hear_time <= ? THEN 2 ELSE state END)", Args: []any{sqldb.Micros(query.Now)}, Kind: filter.Enum,
			Names: remedyv1.Deduction_State_value, Implies: implied,
		},
		"agent":       {Column: "agent"},
		"month":       {Column: month},
		"create_time": {Column: "create_time", Kind: filter.Time},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	rest, args := `WHERE 1 = 1`+and(where), where.Args
	add := func(condition string, values ...any) { rest, args = rest+" AND "+condition, append(args, values...) }
	if query.Complaint != "" {
		add(`complaint_id = ?`, query.Complaint)
	}
	if query.Batch != "" {
		add(`batch = ?`, query.Batch)
	}
	if query.Subject != "" {
		add(`(agent = ? OR proposer = ?)`, query.Subject, query.Subject)
	}
	if at := query.After; at != nil {
		add(`(create_time, deduction_id) > (?, ?)`, sqldb.Micros(at.Time), at.ID)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return askDeductions(ctx, tx, &list, rest+` ORDER BY create_time, deduction_id LIMIT ?`, append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// ready selects what may be exported of a month: what was confirmed, and follows a ruling that holds.
const ready = `FROM deductions d JOIN rulings r ON r.complaint_id = d.complaint_id AND r.ruling = d.ruling
	WHERE d.month = ? AND d.state = 4 AND r.state = 0 ORDER BY d.complaint_id, d.deduction_id LIMIT ?`

// Export implements remedy.DeductionStore. Whoever exports a month waits for those who do the same; the complaints are locked in their order,
// so that nothing is decided of them meanwhile.
func (s *Store) Export(
	ctx context.Context, export remedy.Export, mark func(*remedy.Deduction) eventlog.Draft,
) (list []remedy.Deduction, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		cause := eventlog.Cause{Command: export.Command, Result: export.ID}
		repeated, first, err := s.log.Begin(ctx, tx, cause, func() error { return nil })
		if err != nil {
			return err
		}
		if repeated {
			return errors.Join(askDeductions(ctx, tx, &list, `WHERE export = ? ORDER BY complaint_id, deduction_id`, first), tx.Flush(ctx))
		}
		locked, err := s.lockExport(ctx, tx, export)
		if err != nil {
			return fmt.Errorf("lock what is exported: %w", err)
		}
		all := make([]string, 0, 30)
		for column := range strings.SplitSeq(deductionColumns, ",") {
			all = append(all, "d."+strings.TrimSpace(column))
		}
		err = tx.Ask(ctx, func(scan func(...any) error) error {
			d, err := scanDeduction(scan)
			if locked[d.Complaint] { // What was confirmed since then is for the next call.
				list = append(list, d)
			}
			return err
		}, `SELECT `+strings.Join(all, ", ")+` `+ready, export.Month, export.Limit)
		if err := errors.Join(err, tx.Flush(ctx)); err != nil {
			return err
		}
		drafts := make([]eventlog.Draft, 0, len(list))
		for i := range list {
			drafts = append(drafts, mark(&list[i]))
			if err := putDeduction(ctx, tx, &list[i]); err != nil {
				return err
			}
		}
		return s.log.Record(ctx, tx, drafts...)
	})
	return list, s.db.Failure(err)
}

// lockExport locks the month, and the complaints of which something is to be exported.
func (s *Store) lockExport(ctx context.Context, tx *sqldb.Tx, export remedy.Export) (map[string]bool, error) {
	lock, locked := tx.Dialect().ForUpdate(), map[string]bool{}
	var complaints []string
	one := func(to *string) func(scan func(...any) error) error {
		return func(scan func(...any) error) error { return scan(to) }
	}
	err := errors.Join(
		tx.Queue(ctx, nil, `INSERT INTO deduction_exports (month) VALUES (?) ON CONFLICT (month) DO NOTHING`, export.Month),
		tx.Ask(ctx, one(new(string)), `SELECT month FROM deduction_exports WHERE month = ?`+lock, export.Month),
		tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			if !locked[id] {
				complaints = append(complaints, id)
			}
			locked[id] = true
			return err
		}, `SELECT d.complaint_id `+ready, export.Month, export.Limit),
		tx.Flush(ctx),
	)
	if err != nil {
		return nil, err
	}
	for _, id := range complaints {
		if err := tx.Ask(ctx, one(new(string)), `SELECT complaint_id FROM complaints WHERE complaint_id = ?`+lock, id); err != nil {
			return nil, err
		}
	}
	return locked, tx.Flush(ctx)
}
