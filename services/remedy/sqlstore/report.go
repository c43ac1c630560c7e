package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.LedgerStore = (*Store)(nil)

// wholly is a column of the smallest unit of the currency, which callers compare with whole amounts.
func wholly(column string, digits int32) filter.Field {
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	return filter.Field{Column: column, Kind: filter.Int, Scale: scale}
}

// and adds a condition, if there is one.
func and(where filter.Where) string {
	if where.SQL == "" {
		return ""
	}
	return " AND " + where.SQL
}

// Grants implements remedy.LedgerStore.
func (s *Store) Grants(ctx context.Context, query remedy.LedgerQuery) (list []remedy.Remedy, err error) {
	where, err := filter.Parse(map[string]filter.Field{
		"state":       {Column: "review_state", Kind: filter.Enum, Names: remedyv1.GrantReview_State_value},
		"proposer":    {Column: "proposer"},
		"department":  {Column: "department"},
		"amount":      wholly("most", query.Digits),
		"create_time": {Column: "create_time", Kind: filter.Time},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	args := where.Args
	after := ""
	if at := query.After; at != nil {
		complaint, id, _ := strings.Cut(at.ID, "/")
		after = ` AND (grant_time, complaint_id, remedy_id) > (?, ?, ?)`
		args = append(args, sqldb.Micros(at.Time), complaint, id)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var names [][2]string
		err := tx.Ask(ctx, func(scan func(...any) error) error {
			var name [2]string
			err := scan(&name[0], &name[1])
			names = append(names, name)
			return err
		}, `SELECT complaint_id, remedy_id FROM remedies WHERE review_state <> 0`+and(where)+after+
			` ORDER BY grant_time, complaint_id, remedy_id LIMIT ?`, append(args, query.Limit)...)
		if err == nil {
			err = tx.Flush(ctx)
		}
		if err != nil {
			return err
		}
		found := make([][]remedy.Remedy, len(names))
		for i, name := range names {
			if err := askRemedies(ctx, tx, &found[i], name[0], `AND remedy_id = ?`, name[1]); err != nil {
				return err
			}
		}
		if err := tx.Flush(ctx); err != nil {
			return err
		}
		list = nil
		for _, one := range found {
			list = append(list, one...)
		}
		return nil
	})
	return list, s.db.Failure(err)
}

// entryFields are what entries can be filtered by.
func entryFields(digits int32) map[string]filter.Field {
	return map[string]filter.Field{
		"kind":        {Column: "kind", Kind: filter.Enum, Names: remedyv1.LedgerEntry_Kind_value},
		"basis":       {Column: "basis", Kind: filter.Enum, Names: remedyv1.Option_Basis_value},
		"remedy":      {Column: "('complaints/' || complaint_id || '/remedies/' || remedy_id)"},
		"complaint":   {Column: "('complaints/' || complaint_id)"},
		"customer":    {Column: "customer"},
		"department":  {Column: "department"},
		"month":       {Column: "month"},
		"alone":       {Column: "alone"},
		"beyond_caps": {Column: "beyond_caps", Kind: filter.Bool},
		"amount":      wholly("minor", digits),
		"create_time": {Column: "create_time", Kind: filter.Time},
	}
}

// Ledger implements remedy.LedgerStore.
func (s *Store) Ledger(ctx context.Context, query remedy.LedgerQuery) (list []remedy.Entry, err error) {
	where, err := filter.Parse(entryFields(query.Digits), query.Filter)
	if err != nil {
		return nil, err
	}
	args, after := where.Args, ""
	if at := query.After; at != nil {
		after = ` AND (create_time, entry_id) > (?, ?)`
		args = append(args, sqldb.Micros(at.Time), at.ID)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			list = append(list, e)
			return err
		}, `SELECT `+entryColumns+` FROM ledger_entries WHERE 1 = 1`+and(where)+after+` ORDER BY create_time, entry_id LIMIT ?`,
			append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// parted are the columns that add up entries: whole millions and the rest of what was held, released and spent. No sum of them is too great.
func parted() string {
	var columns []string
	for _, kind := range []remedyv1.LedgerEntry_Kind{remedyv1.LedgerEntry_HOLD, remedyv1.LedgerEntry_RELEASE, remedyv1.LedgerEntry_SPEND} {
		for _, operator := range []string{"/", "%"} {
			columns = append(columns, fmt.Sprintf("CAST(COALESCE(SUM(CASE kind WHEN %d THEN minor %s 1000000 ELSE 0 END), 0) AS BIGINT)", kind, operator))
		}
	}
	return strings.Join(columns, ", ") + ", COUNT(DISTINCT complaint_id || '/' || remedy_id)"
}

// Totals implements remedy.LedgerStore.
func (s *Store) Totals(ctx context.Context, query remedy.LedgerQuery) (totals []remedy.Total, all remedy.Total, err error) {
	where, err := filter.Parse(entryFields(query.Digits), query.Filter)
	if err != nil {
		return nil, all, err
	}
	into := func(t *remedy.Total, first ...any) []any {
		return append(first, &t.Held[0], &t.Held[1], &t.Released[0], &t.Released[1], &t.Spent[0], &t.Spent[1], &t.Remedies)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		totals, all = nil, remedy.Total{}
		err := tx.Ask(ctx, func(scan func(...any) error) error {
			var t remedy.Total
			err := scan(into(&t, &t.Month, &t.Department, &t.Basis)...)
			totals = append(totals, t)
			return err
		}, `SELECT month, department, basis, `+parted()+` FROM ledger_entries WHERE 1 = 1`+and(where)+
			` GROUP BY month, department, basis ORDER BY month, department, basis LIMIT ?`, append(append([]any(nil), where.Args...), query.Limit)...)
		if err != nil {
			return err
		}
		return tx.Ask(ctx, func(scan func(...any) error) error { return scan(into(&all)...) },
			`SELECT `+parted()+` FROM ledger_entries WHERE 1 = 1`+and(where), where.Args...)
	})
	return totals, all, s.db.Failure(err)
}

// Budgets implements remedy.LedgerStore.
func (s *Store) Budgets(ctx context.Context, query remedy.BudgetQuery) (list []remedy.Used, err error) {
	where, err := filter.Parse(map[string]filter.Field{"month": {Column: "month"}}, query.Filter)
	if err != nil {
		return nil, err
	}
	condition, args := `1 = 1`, []any(nil)
	if where.SQL == "" {
		condition, args = `month = ?`, []any{query.Month}
	}
	args = append(args, where.Args...)
	condition += and(where)
	if query.Department != "" {
		condition += ` AND department = ?`
		args = append(args, query.Department)
	}
	if len(query.After) == 2 {
		condition += ` AND (month, department) > (?, ?)`
		args = append(args, query.After[0], query.After[1])
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var u remedy.Used
			err := scan(&u.Department, &u.Month, &u.Held, &u.Spent)
			list = append(list, u)
			return err
		}, `SELECT department, month, held, spent FROM budgets WHERE `+condition+` ORDER BY month, department LIMIT ?`, append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// History implements remedy.LedgerStore. When a complaint of before this was kept was received is not known; it is listed last.
func (s *Store) History(ctx context.Context, customer, but string, since time.Time, limit int) (list []remedy.Past, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		at := map[string]int{}
		err := tx.Ask(ctx, func(scan func(...any) error) error {
			c, err := scanComplaint(scan)
			at[c.ID] = len(list)
			list = append(list, remedy.Past{Complaint: c})
			return err
		}, `SELECT `+complaintColumns+` FROM complaints WHERE customer = ? AND complaint_id <> ? AND survivor = '' AND (receive_time >= ? OR receive_time = 0)
			ORDER BY receive_time DESC, complaint_id DESC LIMIT ?`, customer, but, sqldb.Micros(since), limit)
		if err != nil {
			return err
		}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			var minor int64
			err := scan(&id, &minor)
			if i, ok := at[id]; ok {
				list[i].Given += minor
			}
			return err
		}, `WITH RECURSIVE place (origin, complaint_id) AS (
				SELECT DISTINCT complaint_id, complaint_id FROM ledger_entries WHERE customer = ? AND `+capped+`
				UNION SELECT p.origin, c.survivor FROM place p JOIN complaints c ON c.complaint_id = p.complaint_id WHERE c.survivor <> ''
			) SELECT p.complaint_id, CASE e.kind WHEN 1 THEN e.minor WHEN 2 THEN -e.minor ELSE 0 END
			FROM ledger_entries e JOIN place p ON p.origin = e.complaint_id JOIN complaints c ON c.complaint_id = p.complaint_id
			WHERE c.survivor = '' AND e.customer = ? AND e.`+capped, customer, customer)
	})
	return list, s.db.Failure(err)
}
