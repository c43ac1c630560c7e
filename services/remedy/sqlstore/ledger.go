package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

const entryColumns = `entry_id, kind, minor, basis, complaint_id, remedy_id, revision, customer, department, month, day, actor, alone,
	beyond_caps, create_time, hold_time, cause, hold_id`

func scanEntry(scan func(...any) error) (e remedy.Entry, err error) {
	var created, held int64
	err = scan(&e.ID, &e.Kind, &e.Minor, &e.Basis, &e.Complaint, &e.Remedy, &e.Revision, &e.Customer, &e.Department, &e.Month, &e.Day,
		&e.Actor, &e.Alone, &e.Beyond, &created, &held, &e.Cause, &e.Hold)
	e.Time, e.HoldTime = sqldb.Time(created), sqldb.Time(held)
	return e, err
}

// entries reads what the ledger has of a remedy, the oldest first.
func entries(ctx context.Context, tx *sqldb.Tx, complaint, id string) (list []remedy.Entry, err error) {
	err = tx.Ask(ctx, func(scan func(...any) error) error {
		e, err := scanEntry(scan)
		list = append(list, e)
		return err
	}, `SELECT `+entryColumns+` FROM ledger_entries WHERE complaint_id = ? AND remedy_id = ? ORDER BY create_time, entry_id`, complaint, id)
	if err == nil {
		err = tx.Flush(ctx)
	}
	return list, err
}

// capped is the condition for what counts for caps and budgets.
const capped = `basis <> 1`

// funds locks the rows of a grant, in their order, and reads what is used of them.
func funds(ctx context.Context, tx *sqldb.Tx, complaint string, keys remedy.FundKeys) (f remedy.Funds, err error) {
	lock := tx.Dialect().ForUpdate()
	one := func(to *int64) func(scan func(...any) error) error {
		return func(scan func(...any) error) error { return scan(to) }
	}
	// A row that is not there cannot be locked. Each statement sees what was committed before it: the sums of entries are read behind the locks.
	asks := []func() error{
		func() error {
			return tx.Queue(ctx, nil, `INSERT INTO customer_sums (customer, used) VALUES (?, 0) ON CONFLICT (customer) DO NOTHING`, keys.Customer)
		},
		func() error {
			return tx.Ask(ctx, one(new(int64)), `SELECT used FROM customer_sums WHERE customer = ?`+lock, keys.Customer)
		},
	}
	if keys.Agent != "" {
		asks = append(asks, func() error {
			return tx.Queue(ctx, nil, `INSERT INTO agent_days (agent, day, used) VALUES (?, ?, 0) ON CONFLICT (agent, day) DO NOTHING`, keys.Agent, keys.Day)
		}, func() error {
			return tx.Ask(ctx, one(&f.Day), `SELECT used FROM agent_days WHERE agent = ? AND day = ?`+lock, keys.Agent, keys.Day)
		})
	}
	asks = append(asks, func() error {
		return tx.Queue(ctx, nil, `INSERT INTO budgets (department, month, held, spent) VALUES (?, ?, 0, 0) ON CONFLICT (department, month) DO NOTHING`,
			keys.Department, keys.Month)
	}, func() error {
		return tx.Ask(ctx, one(&f.Budget), `SELECT held + spent FROM budgets WHERE department = ? AND month = ?`+lock, keys.Department, keys.Month)
	}, func() error { return askUsed(ctx, tx, &f, complaint, keys) })
	for _, ask := range asks {
		if err := ask(); err != nil {
			return f, fmt.Errorf("lock funds: %w", err)
		}
	}
	return f, tx.Flush(ctx)
}

// withMerged names the complaints that went on in one, at first or second hand. UNION and not UNION ALL, so that it ends whatever was told.
const withMerged = `WITH RECURSIVE merged (complaint_id) AS (
		SELECT complaint_id FROM complaints WHERE survivor = ?
		UNION SELECT c.complaint_id FROM complaints c JOIN merged m ON c.survivor = m.complaint_id
	) `

// merged reads what was proposed for the complaints that went on in one, with what the ledger has of it. There are few, if any.
func merged(ctx context.Context, tx *sqldb.Tx, complaint string) (given []remedy.Given, err error) {
	var complaints []string
	err = tx.Ask(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		complaints = append(complaints, id)
		return err
	}, withMerged+`SELECT complaint_id FROM merged ORDER BY complaint_id`, complaint)
	if err = errors.Join(err, tx.Flush(ctx)); err != nil {
		return nil, fmt.Errorf("find merged complaints: %w", err)
	}
	for _, id := range complaints {
		var list []remedy.Remedy
		if err := errors.Join(askRemedies(ctx, tx, &list, id, `ORDER BY create_time, remedy_id`), tx.Flush(ctx)); err != nil {
			return nil, fmt.Errorf("read remedies of a merged complaint: %w", err)
		}
		for _, r := range list {
			had, err := entries(ctx, tx, id, r.ID)
			if err != nil {
				return nil, err
			}
			given = append(given, remedy.Given{Remedy: r, Entries: had})
		}
	}
	return given, nil
}

// askUsed asks for the sums of entries that no row keeps: of the customer's period, and of the complaint.
func askUsed(ctx context.Context, tx *sqldb.Tx, f *remedy.Funds, complaint string, keys remedy.FundKeys) error {
	one := func(to *int64) func(scan func(...any) error) error {
		return func(scan func(...any) error) error { return scan(to) }
	}
	return errors.Join(
		tx.Ask(ctx, one(&f.Customer), `SELECT CAST(COALESCE(SUM(CASE kind WHEN 1 THEN minor WHEN 2 THEN -minor ELSE 0 END), 0) AS BIGINT)
			FROM ledger_entries WHERE customer = ? AND hold_time >= ? AND `+capped, keys.Customer, sqldb.Micros(keys.Since)),
		tx.Ask(ctx, one(&f.Complaint), withMerged+`SELECT CAST(COALESCE(SUM(CASE kind WHEN 1 THEN minor WHEN 2 THEN -minor ELSE 0 END), 0) AS BIGINT)
			FROM ledger_entries WHERE `+capped+` AND (complaint_id = ? OR complaint_id IN (SELECT complaint_id FROM merged))`,
			complaint, complaint),
	)
}

// Funds implements remedy.LedgerStore.
func (s *Store) Funds(ctx context.Context, complaint string, keys remedy.FundKeys) (f remedy.Funds, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		f = remedy.Funds{}
		one := func(to *int64) func(scan func(...any) error) error {
			return func(scan func(...any) error) error { return scan(to) }
		}
		return errors.Join(
			tx.Ask(ctx, one(&f.Day), `SELECT used FROM agent_days WHERE agent = ? AND day = ?`, keys.Agent, keys.Day),
			tx.Ask(ctx, one(&f.Budget), `SELECT held + spent FROM budgets WHERE department = ? AND month = ?`, keys.Department, keys.Month),
			askUsed(ctx, tx, &f, complaint, keys))
	})
	return f, s.db.Failure(err)
}

// Merged implements remedy.LedgerStore.
func (s *Store) Merged(ctx context.Context, complaint string) (given []remedy.Given, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		given, err = merged(ctx, tx, complaint)
		return err
	})
	return given, s.db.Failure(err)
}

// insertEntries adds to the ledger, and to the sums of it.
func insertEntries(ctx context.Context, tx *sqldb.Tx, list []remedy.Entry) error {
	if len(list) == 0 {
		return nil
	}
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	var args []any
	for _, e := range list {
		args = append(args, e.ID, int32(e.Kind), e.Minor, int32(e.Basis), e.Complaint, e.Remedy, e.Revision, e.Customer, e.Department, e.Month,
			e.Day, e.Actor, e.Alone, e.Beyond, sqldb.Micros(e.Time), sqldb.Micros(e.HoldTime), e.Cause, e.Hold)
	}
	err := tx.Queue(ctx, nil, `INSERT INTO ledger_entries (`+entryColumns+`) VALUES `+row+strings.Repeat(`, `+row, len(list)-1), args...)
	if err != nil {
		return fmt.Errorf("insert ledger entries: %w", err)
	}
	for _, add := range sums(list) {
		if err := tx.Queue(ctx, nil, add.statement, add.args...); err != nil {
			return fmt.Errorf("add to the sums: %w", err)
		}
	}
	return nil
}

// addition is what entries add to a row of sums.
type addition struct {
	statement string
	args      []any
	order     string
}

// sums are what entries add, in the order in which rows are locked.
func sums(list []remedy.Entry) []addition {
	var all []addition
	for _, e := range list {
		if !e.Capped() {
			continue
		}
		var used, held, spent int64
		switch e.Kind {
		case remedyv1.LedgerEntry_HOLD:
			used, held = e.Minor, e.Minor
		case remedyv1.LedgerEntry_RELEASE:
			used, held = -e.Minor, -e.Minor
		case remedyv1.LedgerEntry_SPEND:
			held, spent = -e.Minor, e.Minor
		case remedyv1.LedgerEntry_KIND_UNSPECIFIED:
		}
		all = append(all, addition{
			`INSERT INTO customer_sums (customer, used) VALUES (?, ?) ON CONFLICT (customer) DO UPDATE SET used = customer_sums.used + excluded.used`,
			[]any{e.Customer, used}, "1" + e.Customer,
		}, addition{
			`INSERT INTO budgets (department, month, held, spent) VALUES (?, ?, ?, ?)
			ON CONFLICT (department, month) DO UPDATE SET held = budgets.held + excluded.held, spent = budgets.spent + excluded.spent`,
			[]any{e.Department, e.Month, held, spent}, "3" + e.Department + "/" + e.Month,
		})
		if e.Alone != "" {
			all = append(all, addition{
				`INSERT INTO agent_days (agent, day, used) VALUES (?, ?, ?) ON CONFLICT (agent, day) DO UPDATE SET used = agent_days.used + excluded.used`,
				[]any{e.Alone, e.Day, used}, "2" + e.Alone + "/" + e.Day,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b addition) int { return cmp.Compare(a.order, b.order) })
	return all
}
