// Package figures says what the sums of a period mean (REV-1): rates, shares beside the usual ones, what is typical, what too many complaints
// are about. It reads nothing but sums, which whoever keeps the records makes; counts are whole numbers, so that anybody who counts the
// records one by one gets the same.
package figures

import (
	"cmp"
	"maps"
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Rules are the policy's numbers.
type Rules struct {
	// TypicalLeast is how many of a day make a case typical, TypicalMost how many such cases are named.
	TypicalLeast, TypicalMost int
	// SharePercent and FrequentLeast are the share and the count from which a subject is frequent.
	SharePercent, FrequentLeast int64
	// Handling and Contact are the times between which records are counted, rising.
	Handling, Contact []time.Duration
}

// Subject is what complaints have in common: a category, or the fault of a product.
type Subject struct {
	// Category is unset for the fault of a product, and for what was not assessed.
	Category policyv1.Scenario
	// Product and Fault are empty for a category.
	Product, Fault string
}

// Cell is what the records of one department and one category amount to.
type Cell struct {
	Counts

	// Department was in charge: its name; empty for nobody.
	Department string
	// Category is unset for what was not assessed.
	Category policyv1.Scenario
}

// FaultCell is what the records of one department and one fault of a product amount to.
type FaultCell struct {
	Counts

	// Department was in charge: its name; empty for nobody.
	Department string
	// Product and Fault are the fault of a product.
	Product, Fault string
}

// CaseCell counts the records of one category that have one cause.
type CaseCell struct {
	// Category and Cause are what they have in common.
	Category policyv1.Scenario
	Cause    policyv1.Cause
	// Records is how many, Escalated how many of them were.
	Records, Escalated int64
}

// BandCell counts the records in a band: that of index 0 lies before the first of the rules' times. Never is -1.
type BandCell struct {
	// Band is the index.
	Band int
	// Records is how many, Escalated how many of them were.
	Records, Escalated int64
}

// Never is the band of those to whom it did not happen.
const Never = -1

// WeekSum is what the records amount to that ended in a week.
type WeekSum struct {
	// Total is all of them.
	Total Counts
	// Categories is how many there are of each; those of none are not there.
	Categories map[policyv1.Scenario]int64
}

// Usual is how many records there were in the periods before.
type Usual struct {
	// Records are all.
	Records int64
	// Subjects are those of a subject.
	Subjects map[Subject]int64
}

// share is the usual one; 0 of nothing.
func (u Usual) share(of Subject) float64 { return Rate(u.Subjects[of], u.Records) }

// Sums are what the records of a period add up to, each counted once, by what is asked about them.
type Sums struct {
	// Highest is the highest sequence among all records when they were counted.
	Highest int64
	// Cells are by department and category.
	Cells []Cell
	// Faults are by department, product and fault, of those that have both of the latter.
	Faults []FaultCell
	// Cases are by category and cause.
	Cases []CaseCell
	// Handling and Contact are by the bands of the rules.
	Handling, Contact []BandCell
	// Weeks are in order.
	Weeks []WeekSum
	// Usual is of the periods before.
	Usual Usual
}

// Tally is what the records of one subject amount to.
type Tally struct {
	Counts
	Subject

	// Share is of all, Usual that of the periods before.
	Share, Usual float64
	// Department was in charge of the most of them: its name; empty for nobody, and within a digest.
	Department string
}

// Digest is what a department has to know.
type Digest struct {
	Counts

	// Department is its name; empty for nobody.
	Department string
	// Share is of all records.
	Share float64
	// Categories have the share of the department's records.
	Categories []Tally
}

// Band is a stretch of time and the records in it.
type Band struct {
	BandCell

	// From is included, To is not; To is 0 for the last, which has no end.
	From, To time.Duration
}

// Week is what ended in a week.
type Week struct {
	// Total is all of it.
	Total Counts
	// Categories are by number of their enum.
	Categories []CategoryShare
}

// CategoryShare is how many records have a category.
type CategoryShare struct {
	// Category is unset for what was not assessed.
	Category policyv1.Scenario
	// Records is how many, Share their part of all.
	Records int64
	Share   float64
}

// Figures are what a review tells.
type Figures struct {
	// Total is all records together.
	Total Counts
	// Categories and Faults are the most frequent first.
	Categories, Faults []Tally
	// Handling and Contact have every band, in order; that of Never is last.
	Handling, Contact []Band
	// Weeks are in order.
	Weeks []Week
	// Typical are the cases that came again and again, the most frequent first.
	Typical []CaseCell
	// Frequent are the subjects that too many complaints are about.
	Frequent []Tally
	// Digests are by department.
	Digests []Digest
	// UsualRecords is how many records there are of the periods before; without any, nothing is usual.
	UsualRecords int64
}

// New says what sums mean.
func New(rules Rules, sums Sums) *Figures {
	f := &Figures{Weeks: showWeeks(sums.Weeks), UsualRecords: sums.Usual.Records}
	categories, faults, byDepartment := subjects{}, subjects{}, map[string][]Tally{}
	for _, cell := range sums.Cells {
		f.Total = f.Total.Plus(cell.Counts)
		subject := Subject{Category: cell.Category}
		categories.add(subject, cell.Department, cell.Counts)
		byDepartment[cell.Department] = append(byDepartment[cell.Department], Tally{Counts: cell.Counts, Subject: subject})
	}
	for _, cell := range sums.Faults {
		faults.add(Subject{Product: cell.Product, Fault: cell.Fault}, cell.Department, cell.Counts)
	}
	f.Categories, f.Faults = categories.tallies(f.Total.Records, sums.Usual), faults.tallies(f.Total.Records, sums.Usual)
	f.digest(byDepartment)
	f.Handling = bands(rules.Handling, sums.Handling)
	f.Contact = bands(rules.Contact, sums.Contact)
	f.Typical = typical(rules, sums.Cases)
	f.Frequent = slices.Concat(rules.frequent(f.Categories, f.Total.Records), rules.frequent(f.Faults, f.Total.Records))
	return f
}

// subjects collects what the records of each subject amount to, by department.
type subjects map[Subject]map[string]Counts

func (s subjects) add(subject Subject, department string, counts Counts) {
	if s[subject] == nil {
		s[subject] = map[string]Counts{}
	}
	s[subject][department] = s[subject][department].Plus(counts)
}

// tallies are the subjects, the most frequent first.
func (s subjects) tallies(records int64, usual Usual) []Tally {
	var all []Tally
	for subject, departments := range s {
		t := Tally{Subject: subject, Usual: usual.share(subject)}
		var most int64
		for _, department := range slices.Sorted(maps.Keys(departments)) {
			counts := departments[department]
			t.Counts = t.Plus(counts)
			if department != "" && counts.Records > most {
				t.Department, most = department, counts.Records
			}
		}
		t.Share = Rate(t.Records, records)
		all = append(all, t)
	}
	slices.SortFunc(all, byCount)
	return all
}

// digest makes a digest for each department.
func (f *Figures) digest(cells map[string][]Tally) {
	for department, categories := range cells {
		d := Digest{Department: department}
		for _, cell := range categories {
			d.Counts = d.Plus(cell.Counts)
		}
		d.Share = Rate(d.Records, f.Total.Records)
		for _, cell := range categories {
			cell.Share = Rate(cell.Records, d.Records)
			d.Categories = append(d.Categories, cell)
		}
		slices.SortFunc(d.Categories, byCount)
		f.Digests = append(f.Digests, d)
	}
	slices.SortFunc(f.Digests, func(a, b Digest) int { return cmp.Compare(a.Department, b.Department) })
}

// showWeeks puts the weeks side by side.
func showWeeks(sums []WeekSum) []Week {
	weeks := make([]Week, len(sums))
	for i, sum := range sums {
		weeks[i].Total = sum.Total
		for _, category := range slices.Sorted(maps.Keys(sum.Categories)) {
			records := sum.Categories[category]
			share := CategoryShare{Category: category, Records: records, Share: Rate(records, sum.Total.Records)}
			weeks[i].Categories = append(weeks[i].Categories, share)
		}
	}
	return weeks
}

// frequent are the subjects that too many complaints are about: their share and their count are at least the policy's. The share is
// compared as whole numbers, so that 30 of 100 are 30 percent and 29 are not. What was not assessed is no subject.
func (r Rules) frequent(all []Tally, records int64) []Tally {
	var found []Tally
	for _, t := range all {
		if t.Subject != (Subject{}) && t.Records >= r.FrequentLeast && t.Records*100 >= r.SharePercent*records {
			found = append(found, t)
		}
	}
	return found
}

// typical are the cases that came at least so often, the most frequent first, and no more than may be named. One without category or
// cause is none.
func typical(rules Rules, cells []CaseCell) []CaseCell {
	var found []CaseCell
	for _, cell := range cells {
		if cell.Records >= int64(rules.TypicalLeast) && cell.Category != 0 && cell.Cause != 0 {
			found = append(found, cell)
		}
	}
	slices.SortFunc(found, func(a, b CaseCell) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Cause, b.Cause))
	})
	return found[:min(len(found), rules.TypicalMost)]
}

// bands puts cells into all bands that the bounds make.
func bands(bounds []time.Duration, cells []BandCell) []Band {
	all := make([]Band, len(bounds)+2)
	for i := range all {
		all[i].Band = i
		if i > 0 && i <= len(bounds) {
			all[i].From = bounds[i-1]
		}
		if i < len(bounds) {
			all[i].To = bounds[i]
		}
	}
	never := &all[len(bounds)+1]
	never.Band = Never
	for _, cell := range cells {
		into := never
		if cell.Band != Never {
			into = &all[cell.Band]
		}
		into.Records += cell.Records
		into.Escalated += cell.Escalated
	}
	return all
}

// byCount is the most frequent first; what has no subject is last.
func byCount(a, b Tally) int {
	none := func(t Tally) int {
		if t.Subject == (Subject{}) {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(none(a), none(b)), cmp.Compare(b.Records, a.Records), cmp.Compare(a.Category, b.Category),
		cmp.Compare(a.Product, b.Product), cmp.Compare(a.Fault, b.Fault))
}
