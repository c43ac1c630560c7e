package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/figures"
)

// given is what the ledger has of a record on all bases.
const given = `held + spent_entitlement + spent_fault + spent_goodwill`

// counted are the columns of figures.Counts, in the order of its fields. Times are added up in milliseconds, so that the sum of very many fits.
const counted = `COUNT(*), COUNT(CASE WHEN escalation_count > 0 THEN 1 END), COUNT(CASE WHEN repeated THEN 1 END),
	COUNT(CASE WHEN ` + given + ` > 0 THEN 1 END), CAST(COALESCE(SUM(` + given + `), 0) AS BIGINT),
	CAST(COALESCE(SUM(judged_promises), 0) AS BIGINT), CAST(COALESCE(SUM(kept_promises), 0) AS BIGINT), COUNT(CASE WHEN first_contact_time <> 0 THEN 1 END),
	CAST(COALESCE(SUM(CASE WHEN first_contact_time > start_time THEN (first_contact_time - start_time) / 1000 ELSE 0 END), 0) AS BIGINT),
	CAST(COALESCE(SUM(CASE WHEN end_time > start_time THEN (end_time - start_time) / 1000 ELSE 0 END), 0) AS BIGINT),
	COUNT(CASE WHEN satisfaction > 0 THEN 1 END), COUNT(CASE WHEN satisfaction >= 4 THEN 1 END), COUNT(CASE WHEN retention = 2 THEN 1 END)`

// into is where counted go.
func into(c *figures.Counts) []any {
	return []any{
		&c.Records, &c.Escalated, &c.Repeated, &c.WithMoney, &c.Money, &c.Promises, &c.Kept, &c.Contacted, &c.ContactMillis, &c.HandlingMillis,
		&c.Answered, &c.Satisfied, &c.Lost,
	}
}

// stretch is a condition with its arguments: records whose cycles ended in a time, in the version that was the last by a sequence.
type stretch struct {
	highest int64
}

func (s stretch) where(from, until time.Time) (string, []any) {
	return `end_time >= ? AND end_time < ? AND sequence <= ? AND (superseded_by = 0 OR superseded_by > ?) AND result NOT IN (?, ?)`, []any{
		sqldb.Micros(from), sqldb.Micros(until), s.highest, s.highest, int32(intakev1.Complaint_MERGED), int32(intakev1.Complaint_NOT_A_COMPLAINT),
	}
}

// Sum implements review.PeriodStore. All that it reads is one state of the database.
func (s *Store) Sum(ctx context.Context, query review.SumQuery) (sums figures.Sums, err error) {
	var written *writing
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		sums, written = figures.Sums{Highest: query.Highest, Usual: figures.Usual{Subjects: map[figures.Subject]int64{}}}, newWriting()
		if query.Highest == 0 {
			if err := tx.QueryRow(ctx, `SELECT last FROM places WHERE id = 1`).Scan(&sums.Highest); err != nil {
				return fmt.Errorf("the highest sequence: %w", err)
			}
		}
		in := stretch{highest: sums.Highest}
		err := errors.Join(
			askGroups(ctx, tx, &sums, written, in, query), askWeeks(ctx, tx, &sums, in, query), askUsual(ctx, tx, &sums, written, in, query),
		)
		if err == nil && query.Cases {
			err = askCases(ctx, tx, &sums, in, query)
		}
		return err
	})
	written.show(&sums)
	return sums, s.db.Failure(err)
}

// group is what records have in common that are counted together.
type group struct {
	department, product, fault string
	category                   policyv1.Scenario
	handling, contact          int
}

// askGroups counts the period by all that it is divided by, at once: grouping is most of the work, whatever by, so the divisions are made of the
// smallest groups here.
func askGroups(ctx context.Context, tx *sqldb.Tx, sums *figures.Sums, written *writing, in stretch, query review.SumQuery) error {
	handling, args := band(`(end_time - start_time)`, query.Handling)
	contact, more := band(`(first_contact_time - start_time)`, query.Contact)
	where, rest := in.where(query.Period.Start, query.Period.End)
	args = append(append(args, more...), rest...)
	divided := newDivisions(sums)
	return tx.Ask(ctx, func(scan func(...any) error) error {
		var g group
		var counts figures.Counts
		var first int64
		err := scan(append([]any{&g.department, &g.category, &g.product, &g.fault, &g.handling, &g.contact, &first}, into(&counts)...)...)
		g.product, g.fault = written.note(g.product, g.fault, first)
		divided.add(&g, counts)
		return err
	}, `SELECT department, category, product, fault_code, `+handling+` AS handling, CASE WHEN first_contact_time = 0 THEN -1 ELSE `+contact+` END AS contact,
		MIN(sequence), `+counted+` FROM outcomes WHERE `+where+` GROUP BY 1, 2, 3, 4, 5, 6`, args...)
}

// divisions are sums that are being made, with where each part of them stands.
type divisions struct {
	sums              *figures.Sums
	cells, faults     map[group]int
	handling, contact map[int]int
}

func newDivisions(sums *figures.Sums) *divisions {
	return &divisions{sums: sums, cells: map[group]int{}, faults: map[group]int{}, handling: map[int]int{}, contact: map[int]int{}}
}

func (d *divisions) add(g *group, counts figures.Counts) {
	cell := group{department: g.department, category: g.category}
	i, ok := d.cells[cell]
	if !ok {
		i, d.cells[cell] = len(d.sums.Cells), len(d.sums.Cells)
		d.sums.Cells = append(d.sums.Cells, figures.Cell{Department: g.department, Category: g.category})
	}
	d.sums.Cells[i].Counts = d.sums.Cells[i].Plus(counts)
	addBand(&d.sums.Handling, d.handling, g.handling, counts)
	addBand(&d.sums.Contact, d.contact, g.contact, counts)
	if g.product == "" || g.fault == "" {
		return
	}
	fault := group{department: g.department, product: g.product, fault: g.fault}
	if i, ok = d.faults[fault]; !ok {
		i, d.faults[fault] = len(d.sums.Faults), len(d.sums.Faults)
		d.sums.Faults = append(d.sums.Faults, figures.FaultCell{Department: g.department, Product: g.product, Fault: g.fault})
	}
	d.sums.Faults[i].Counts = d.sums.Faults[i].Plus(counts)
}

// addBand counts a group in its band.
func addBand(bands *[]figures.BandCell, at map[int]int, band int, counts figures.Counts) {
	i, ok := at[band]
	if !ok {
		i, at[band] = len(*bands), len(*bands)
		*bands = append(*bands, figures.BandCell{Band: band})
	}
	(*bands)[i].Records += counts.Records
	(*bands)[i].Escalated += counts.Escalated
}

// band is the index of the band in which a time lies: how many of the bounds it has reached.
func band(column string, bounds []time.Duration) (string, []any) {
	if len(bounds) == 0 {
		return `0`, nil
	}
	terms, args := make([]string, len(bounds)), make([]any, len(bounds))
	for i, bound := range bounds {
		terms[i], args[i] = `CASE WHEN `+column+` >= ? THEN 1 ELSE 0 END`, bound.Microseconds()
	}
	return strings.Join(terms, ` + `), args
}

// askWeeks counts weeks, and the categories in each. Without groups nothing need be sorted, which is most of the work.
func askWeeks(ctx context.Context, tx *sqldb.Tx, sums *figures.Sums, in stretch, query review.SumQuery) error {
	categories := categoriesOf()
	sums.Weeks = make([]figures.WeekSum, len(query.Weeks))
	var failed []error
	for i, week := range query.Weeks {
		where, args := in.where(week.Start, week.End)
		failed = append(failed, tx.Ask(ctx, func(scan func(...any) error) error {
			sum := &sums.Weeks[i]
			counts := make([]int64, len(categories))
			err := scan(append(into(&sum.Total), places(counts)...)...)
			sum.Categories = found(categories, counts)
			return err
		}, `SELECT `+counted+countEach(categories)+` FROM outcomes WHERE `+where, args...))
	}
	return errors.Join(failed...)
}

// categoriesOf are all that a record may have, in order.
func categoriesOf() []policyv1.Scenario {
	var all []policyv1.Scenario
	for _, number := range slices.Sorted(maps.Keys(policyv1.Scenario_name)) {
		all = append(all, policyv1.Scenario(number))
	}
	return all
}

// countEach are further columns: how many records have each category.
func countEach(categories []policyv1.Scenario) string {
	var text strings.Builder
	for _, category := range categories {
		fmt.Fprintf(&text, `, COUNT(CASE WHEN category = %d THEN 1 END)`, category)
	}
	return text.String()
}

func places(counts []int64) []any {
	all := make([]any, len(counts))
	for i := range counts {
		all[i] = &counts[i]
	}
	return all
}

// found are the categories that there are records of; nil for none.
func found(categories []policyv1.Scenario, counts []int64) map[policyv1.Scenario]int64 {
	var all map[policyv1.Scenario]int64
	for i, n := range counts {
		if n > 0 {
			if all == nil {
				all = map[policyv1.Scenario]int64{}
			}
			all[categories[i]] = n
		}
	}
	return all
}

// askUsual counts the subjects of the periods before.
func askUsual(ctx context.Context, tx *sqldb.Tx, sums *figures.Sums, written *writing, in stretch, query review.SumQuery) error {
	where, args := in.where(query.UsualFrom, query.Period.Start)
	categories := categoriesOf()
	return errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
		counts := make([]int64, len(categories))
		err := scan(append([]any{&sums.Usual.Records}, places(counts)...)...)
		for category, n := range found(categories, counts) {
			if category != policyv1.Scenario_SCENARIO_UNSPECIFIED {
				sums.Usual.Subjects[figures.Subject{Category: category}] = n
			}
		}
		return err
	}, `SELECT COUNT(*)`+countEach(categories)+` FROM outcomes WHERE `+where, args...), tx.Ask(ctx, func(scan func(...any) error) error {
		var fault figures.Subject
		var n, first int64
		err := scan(&fault.Product, &fault.Fault, &n, &first)
		if fault.Product, fault.Fault = written.note(fault.Product, fault.Fault, first); fault != (figures.Subject{}) {
			sums.Usual.Subjects[fault] += n
		}
		return err
	}, `SELECT product, fault_code, COUNT(*), MIN(sequence) FROM outcomes WHERE `+where+` AND product <> '' AND fault_code <> '' GROUP BY product, fault_code`, args...))
}

func askCases(ctx context.Context, tx *sqldb.Tx, sums *figures.Sums, in stretch, query review.SumQuery) error {
	where, args := in.where(query.Period.Start, query.Period.End)
	return tx.Ask(ctx, func(scan func(...any) error) error {
		var cell figures.CaseCell
		err := scan(&cell.Category, &cell.Cause, &cell.Records, &cell.Escalated)
		sums.Cases = append(sums.Cases, cell)
		return err
	}, `SELECT category, cause, COUNT(*), COUNT(CASE WHEN escalation_count > 0 THEN 1 END) FROM outcomes JOIN outcome_causes USING (sequence)
		WHERE `+where+` GROUP BY category, cause`, args...)
}

// Examples implements review.PeriodStore.
func (s *Store) Examples(ctx context.Context, query review.SumQuery, of figures.CaseCell, limit int) (ids []string, err error) {
	where, args := stretch{highest: query.Highest}.where(query.Period.Start, query.Period.End)
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		ids = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT complaint_id FROM outcomes JOIN outcome_causes USING (sequence) WHERE `+where+` AND category = ? AND cause = ?
			ORDER BY end_time DESC, sequence DESC LIMIT ?`, append(args, int32(of.Category), int32(of.Cause), limit)...)
	})
	return ids, s.db.Failure(err)
}

// insertCauses writes what caused a version, each cause once.
func insertCauses(ctx context.Context, tx *sqldb.Tx, sequence int64, causes []policyv1.Cause) error {
	for _, cause := range causes {
		err := tx.Queue(ctx, nil, `INSERT INTO outcome_causes (sequence, cause) VALUES (?, ?) ON CONFLICT (sequence, cause) DO NOTHING`, sequence, int32(cause))
		if err != nil {
			return fmt.Errorf("insert cause: %w", err)
		}
	}
	return nil
}
