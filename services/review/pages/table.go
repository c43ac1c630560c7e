package pages

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// columns are those of the table. A row has what it is about, how many, and what they amount to; a cell is empty where that is
// of nothing. The last ones are for programs: what the subject is in the contract's words.
func columns() []string {
	return []string{
		"review", "version", "section", "department", "subject", "record_count", "share", "usual_share", "escalated_count", "repeated_count",
		"money_count", "money", "currency", "promise_count", "kept_count", "contacted_count", "mean_seconds_to_contact", "mean_handling_seconds",
		"answered_count", "satisfied_count", "lost_count", "improvement",
		"category", "cause", "product", "fault_code", "department_name",
	}
}

// Table writes all numbers of a review as CSV with a header. A text that a spreadsheet would take for a formula gets an apostrophe before it.
func Table(r *reviewv1.Review) ([]byte, error) {
	t := table{review: r, rows: [][]string{columns()}}
	words, err := in("en") // The table is for programs.
	if err != nil {
		return nil, err
	}
	t.add(row{section: "total", share: whole(r.GetTotal()), tally: r.GetTotal()})
	for _, c := range r.GetCategories() {
		t.subject("category", c, words)
	}
	for _, f := range r.GetFaults() {
		t.subject("fault", f, words)
	}
	t.bands("handling_time", r.GetHandlingBands(), words)
	t.bands("time_to_contact", r.GetContactBands(), words)
	for _, week := range r.GetWeeks() {
		t.add(row{section: "week", subject: week.GetFirstDate(), share: whole(week.GetTotal()), tally: week.GetTotal()})
		for _, c := range week.GetCategories() {
			t.add(row{
				section: "week_category", subject: week.GetFirstDate() + " " + words.category(c.GetCategory()), share: share(c.GetShare()), only: recordCount,
				tally: &reviewv1.Tally{RecordCount: c.GetRecordCount()}, of: &reviewv1.Subject{Category: c.GetCategory()},
			})
		}
	}
	for _, d := range r.GetDepartments() {
		t.add(row{section: "department", department: d, share: share(d.GetShare()), tally: d.GetTally()})
		for _, c := range d.GetCategories() {
			t.add(row{
				section: "department_category", department: d, subject: words.subject(c.GetSubject()), share: share(c.GetShare()), tally: c.GetTally(),
				of: c.GetSubject(),
			})
		}
	}
	for _, c := range r.GetTypicalCases() {
		t.add(row{
			section: "typical_case", subject: words.category(c.GetCategory()) + " " + words.cause(c.GetCause()), only: escalatedCount,
			tally: &reviewv1.Tally{RecordCount: c.GetRecordCount(), EscalatedCount: c.GetEscalatedCount()},
			of:    &reviewv1.Subject{Category: c.GetCategory()}, cause: c.GetCause(),
		})
	}
	for _, f := range r.GetFrequentSubjects() {
		t.add(row{
			section: "frequent_subject", subject: words.subject(f.GetSubject()), share: share(f.GetFigures().GetShare()),
			usual: t.usual(f.GetFigures().GetUsualShare()), improvement: f.GetImprovement(), of: f.GetSubject(),
			only:  escalatedCount,
			tally: &reviewv1.Tally{RecordCount: int64(f.GetFigures().GetCount()), EscalatedCount: int64(f.GetFigures().GetEscalated())},
		})
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.WriteAll(t.rows); err != nil {
		return nil, fmt.Errorf("pages: table: %w", err)
	}
	return text.Bytes(), nil
}

// table is one that is being written.
type table struct {
	review *reviewv1.Review
	rows   [][]string
}

// row is one before it is written.
type row struct {
	section, subject, share, usual, improvement string
	department                                  *reviewv1.DepartmentDigest
	tally                                       *reviewv1.Tally
	of                                          *reviewv1.Subject
	cause                                       policyv1.Cause
	// only is what the tally has, if that is not all.
	only extent
}

// extent is how much of a tally is known: a review says less of a band than of a category. What is not known is no 0.
type extent int

const (
	everything extent = iota
	escalatedCount
	recordCount
)

func (t *table) add(r row) {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	tally := r.tally
	cells := []string{
		t.review.GetName(), n(int64(t.review.GetVersion())), r.section, harmless(r.department.GetDepartment()), harmless(r.subject),
		n(tally.GetRecordCount()), r.share, r.usual, n(tally.GetEscalatedCount()), n(tally.GetRepeatedCount()), n(tally.GetMoneyCount()), sum(tally),
		tally.GetMoney().GetCurrencyCode(), n(tally.GetPromiseCount()), n(tally.GetKeptCount()), n(tally.GetContactedCount()),
		seconds(tally.GetMeanTimeToContact(), tally.GetContactedCount()), seconds(tally.GetMeanHandlingTime(), tally.GetRecordCount()),
		n(tally.GetAnsweredCount()), n(tally.GetSatisfiedCount()), n(tally.GetLostCount()), r.improvement,
		code(r.of.GetCategory(), r.of.GetCategory() != 0), code(r.cause, r.cause != 0), harmless(r.of.GetProduct()), harmless(r.of.GetFaultCode()),
		harmless(r.department.GetDisplayName()),
	}
	at := func(column string) int { return slices.Index(columns(), column) }
	switch r.only {
	case recordCount:
		clear(cells[at("escalated_count"):at("improvement")])
	case escalatedCount:
		clear(cells[at("repeated_count"):at("improvement")])
	case everything:
	}
	t.rows = append(t.rows, cells)
}

func (t *table) subject(section string, c *reviewv1.SubjectTally, words *words) {
	t.add(row{
		section: section, subject: words.subject(c.GetSubject()), share: share(c.GetShare()), usual: t.usual(c.GetUsualShare()), tally: c.GetTally(),
		of: c.GetSubject(),
	})
}

func (t *table) bands(section string, bands []*reviewv1.Band, words *words) {
	for _, band := range bands {
		t.add(row{
			section: section, subject: words.band(band), share: share(rate(band.GetRecordCount(), t.review.GetRecordCount())), only: escalatedCount,
			tally: &reviewv1.Tally{RecordCount: band.GetRecordCount(), EscalatedCount: band.GetEscalatedCount()},
		})
	}
}

// usual is a share of the periods before; empty where there are none.
func (t *table) usual(value float64) string {
	if t.review.GetUsualRecordCount() == 0 && value == 0 {
		return ""
	}
	return share(value)
}

// whole is the share of all of something; empty for nothing.
func whole(tally *reviewv1.Tally) string {
	if tally.GetRecordCount() == 0 {
		return ""
	}
	return "1"
}

// code is a word of the contract, if it is set.
func code(word fmt.Stringer, set bool) string {
	if !set {
		return ""
	}
	return word.String()
}

// harmless keeps spreadsheets from taking a code that somebody made up for a formula.
func harmless(text string) string {
	if text != "" && bytes.ContainsAny([]byte(text[:1]), "=+-@\t\r") {
		return "'" + text
	}
	return text
}

func share(value float64) string { return strconv.FormatFloat(value, 'f', 6, 64) }

// seconds is a mean of so many; empty for one of none.
func seconds(mean *durationpb.Duration, of int64) string {
	if of == 0 || mean == nil {
		return ""
	}
	return strconv.FormatFloat(mean.AsDuration().Seconds(), 'f', 3, 64)
}

// sum is an amount with four digits after the point, as many as any currency has.
func sum(tally *reviewv1.Tally) string {
	return fmt.Sprintf("%d.%04d", tally.GetMoney().GetUnits(), tally.GetMoney().GetNanos()/100_000)
}
