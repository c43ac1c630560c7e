package pages

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// columns are those of the table. A row has what it is about, how many, and what they amount to.
func columns() []string {
	return []string{
		"review", "version", "section", "department", "subject", "record_count", "share", "usual_share", "escalated_count", "repeated_count",
		"money_count", "money", "currency", "promise_count", "kept_count", "contacted_count", "mean_seconds_to_contact", "mean_handling_seconds",
		"answered_count", "satisfied_count", "lost_count", "improvement",
	}
}

// Table writes all numbers of a review as CSV with a header. A text that a spreadsheet would take for a formula gets an apostrophe before it.
func Table(r *reviewv1.Review) ([]byte, error) {
	t := table{review: r, rows: [][]string{columns()}}
	words, err := in("en") // The table is for programs.
	if err != nil {
		return nil, err
	}
	t.add("total", "", "", "1", "", r.GetTotal(), "")
	for _, c := range r.GetCategories() {
		t.add("category", "", words.subject(c.GetSubject()), share(c.GetShare()), share(c.GetUsualShare()), c.GetTally(), "")
	}
	for _, f := range r.GetFaults() {
		t.add("fault", "", words.subject(f.GetSubject()), share(f.GetShare()), share(f.GetUsualShare()), f.GetTally(), "")
	}
	t.bands("handling_time", r.GetHandlingBands(), words)
	t.bands("time_to_contact", r.GetContactBands(), words)
	for _, week := range r.GetWeeks() {
		t.add("week", "", week.GetFirstDate(), "1", "", week.GetTotal(), "")
		for _, c := range week.GetCategories() {
			t.add("week_category", "", week.GetFirstDate()+" "+words.category(c.GetCategory()), share(c.GetShare()), "",
				&reviewv1.Tally{RecordCount: c.GetRecordCount()}, "")
		}
	}
	for _, d := range r.GetDepartments() {
		t.add("department", d.GetDepartment(), "", share(d.GetShare()), "", d.GetTally(), "")
		for _, c := range d.GetCategories() {
			t.add("department_category", d.GetDepartment(), words.subject(c.GetSubject()), share(c.GetShare()), "", c.GetTally(), "")
		}
	}
	for _, c := range r.GetTypicalCases() {
		t.add("typical_case", "", words.category(c.GetCategory())+" "+plain(c.GetCause().String()), "", "",
			&reviewv1.Tally{RecordCount: c.GetRecordCount(), EscalatedCount: c.GetEscalatedCount()}, "")
	}
	for _, f := range r.GetFrequentSubjects() {
		t.add("frequent_subject", "", words.subject(f.GetSubject()), share(f.GetFigures().GetShare()), share(f.GetFigures().GetUsualShare()),
			&reviewv1.Tally{RecordCount: int64(f.GetFigures().GetCount()), EscalatedCount: int64(f.GetFigures().GetEscalated())}, f.GetImprovement())
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

func (t *table) add(section, department, subject, share, usual string, tally *reviewv1.Tally, improvement string) {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	t.rows = append(t.rows, []string{
		t.review.GetName(), n(int64(t.review.GetVersion())), section, harmless(department), harmless(subject), n(tally.GetRecordCount()), share, usual,
		n(tally.GetEscalatedCount()), n(tally.GetRepeatedCount()), n(tally.GetMoneyCount()), sum(tally), tally.GetMoney().GetCurrencyCode(),
		n(tally.GetPromiseCount()), n(tally.GetKeptCount()), n(tally.GetContactedCount()), seconds(tally.GetMeanTimeToContact().AsDuration().Seconds()),
		seconds(tally.GetMeanHandlingTime().AsDuration().Seconds()), n(tally.GetAnsweredCount()), n(tally.GetSatisfiedCount()), n(tally.GetLostCount()),
		improvement,
	})
}

func (t *table) bands(section string, bands []*reviewv1.Band, words *words) {
	for _, band := range bands {
		t.add(section, "", words.band(band), share(rate(band.GetRecordCount(), t.review.GetRecordCount())), "",
			&reviewv1.Tally{RecordCount: band.GetRecordCount(), EscalatedCount: band.GetEscalatedCount()}, "")
	}
}

// harmless keeps spreadsheets from taking a code that somebody made up for a formula.
func harmless(text string) string {
	if text != "" && bytes.ContainsAny([]byte(text[:1]), "=+-@\t\r") {
		return "'" + text
	}
	return text
}

func share(value float64) string { return strconv.FormatFloat(value, 'f', 6, 64) }

func seconds(value float64) string { return strconv.FormatFloat(value, 'f', 3, 64) }

// sum is an amount with four digits after the point, as many as any currency has.
func sum(tally *reviewv1.Tally) string {
	return fmt.Sprintf("%d.%04d", tally.GetMoney().GetUnits(), tally.GetMoney().GetNanos()/100_000)
}
