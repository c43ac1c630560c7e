package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/figures"
	"github.com/redress-dev/redress/services/review/period"
)

// ReviewStores are the stores of one database that a review needs.
type ReviewStores struct {
	// Outcomes, Improvements and Reviews are over the same database.
	Outcomes     review.OutcomeStore
	Improvements review.ImprovementStore
	Reviews      review.PeriodStore
}

// zone is the time zone of the tests.
func zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// begin is a Monday in it.
func begin() time.Time { return time.Date(2026, time.November, 2, 0, 0, 0, 0, zone()) }

// bands are the times between which records are counted.
func bands() []time.Duration { return []time.Duration{time.Hour, 24 * time.Hour, 72 * time.Hour} }

// RunSums checks that sums are those of the records counted one by one. Open gives stores of an empty database.
func RunSums(t *testing.T, open func(t *testing.T) ReviewStores) {
	t.Helper()
	t.Run("sums are what records add up to", func(t *testing.T) { sumsReconcile(t, open(t)) })
	t.Run("what was counted is counted again", func(t *testing.T) { sumsAgain(t, open(t)) })
	t.Run("nothing adds up to nothing", func(t *testing.T) {
		sums, err := open(t).Reviews.Sum(t.Context(), queryOf(reviewv1.Review_MONTHLY))
		require.NoError(t, err)
		require.Equal(t, figures.Sums{Usual: figures.Usual{Subjects: map[figures.Subject]int64{}}, Weeks: make([]figures.WeekSum, 3)}, sums)
	})
	t.Run("what differs by case or white space is one", func(t *testing.T) { writtenOtherwise(t, open(t)) })
	t.Run("examples are the latest of a case", func(t *testing.T) { examples(t, open(t)) })
}

func queryOf(kind reviewv1.Review_Kind) review.SumQuery {
	p := period.Of(kind, begin().AddDate(0, 0, 16), zone())
	return review.SumQuery{Period: p, Handling: bands(), Contact: bands()[:2], Weeks: p.Weeks(3), UsualFrom: p.Before(2).Start, Cases: true}
}

// any is a record as no complaint would have it, with everything that matters.
func anyOutcome(source *rand.Rand, n int) review.Outcome {
	end := begin().Add(time.Duration(source.Int64N(int64(28 * 24 * time.Hour)))).UTC().Truncate(time.Microsecond)
	start := end.Add(-time.Duration(source.Int64N(int64(120 * time.Hour)))).Truncate(time.Microsecond)
	if source.IntN(20) == 0 {
		end = begin().AddDate(0, 0, 7*source.IntN(5)).UTC() // At the very beginning of a week.
	}
	f := review.Facts{
		Reference: "R", Customer: "customers/0198c1b00000700080000000ab", StartTime: start, EndTime: end, Category: policyv1.Scenario(source.IntN(4)),
		Result: intakev1.Complaint_Outcome(source.IntN(8)), Department: []string{"", "departments/billing", "departments/quality"}[source.IntN(3)],
		Escalations: int32(max(0, source.IntN(4)-2)), Repeated: source.IntN(5) == 0,
		Causes: []policyv1.Cause{policyv1.Cause(1 + source.IntN(3)), policyv1.Cause(1 + source.IntN(3))},
	}
	if source.IntN(2) == 0 {
		f.Product, f.Fault = fmt.Sprintf([]string{"lock %d", " Lock  %d"}[source.IntN(2)], source.IntN(2)), []string{"", "jams", "rusts", "JAMS"}[source.IntN(4)]
	}
	if source.IntN(3) > 0 {
		f.FirstContact = start.Add(time.Duration(source.Int64N(int64(30 * time.Hour)))).Truncate(time.Microsecond)
	}
	for range source.IntN(3) {
		f.Money = append(f.Money, review.Money{
			Basis: remedyv1.Option_Basis(1 + len(f.Money)), Held: source.Int64N(3) * 100, Spent: source.Int64N(3) * 1000,
		})
	}
	for range source.IntN(4) {
		f.Duties = append(f.Duties, review.Duty{
			Name: "d", Kind: policyv1.DutyKind_PROMISE, Verdict: policyv1.Verdict(source.IntN(4)), Breached: source.IntN(3) == 0,
		})
	}
	return review.Outcome{
		Complaint: fmt.Sprintf("%026d", n), Cycle: 1, Version: 1, Origin: reviewv1.Outcome_WRITTEN, RecordTime: end, Recorder: "services/worker",
		Facts: f, Satisfaction: int32(source.IntN(6)), Retention: reviewv1.Outcome_Retention(source.IntN(3)),
	}
}

// write writes a version of a record.
func (s ReviewStores) write(t *testing.T, o review.Outcome) {
	t.Helper()
	change := review.Change{Complaint: o.Complaint, Cycle: o.Cycle}
	_, err := s.Outcomes.ChangeOutcome(t.Context(), change, func(last *review.Outcome, _ *review.Answer) (*review.Outcome, error) {
		if last != nil {
			o.Version, o.Supersedes, o.Origin = last.Version+1, last.Version, reviewv1.Outcome_CORRECTED
		}
		return &o, nil
	})
	require.NoError(t, err)
}

// fill writes records, every fifth of them twice, and returns those that count: the last versions.
func (s ReviewStores) fill(t *testing.T, source *rand.Rand, from, n int) []review.Outcome {
	t.Helper()
	var current []review.Outcome
	for i := from; i < from+n; i++ {
		o := anyOutcome(source, i)
		s.write(t, o)
		if i%5 == 0 {
			o = anyOutcome(source, i)
			s.write(t, o)
		}
		current = append(current, o)
	}
	return current
}

// naive counts those records that ended in a time and that pick wants, one by one.
func naive(all []review.Outcome, from, until time.Time, pick func(*review.Outcome) bool) (c figures.Counts) {
	for i := range all {
		o := &all[i]
		f := &o.Facts
		if f.EndTime.Before(from) || !f.EndTime.Before(until) || f.Result == intakev1.Complaint_MERGED || f.Result == intakev1.Complaint_NOT_A_COMPLAINT || !pick(o) {
			continue
		}
		one := figures.Counts{Records: 1}
		if f.Escalations > 0 {
			one.Escalated = 1
		}
		if f.Repeated {
			one.Repeated = 1
		}
		for _, m := range f.Money {
			one.Money += m.Held + m.Spent
		}
		if one.Money > 0 {
			one.WithMoney = 1
		}
		for _, d := range f.Duties {
			if d.Verdict != policyv1.Verdict_VERDICT_UNSPECIFIED {
				one.Promises++
				if d.Verdict == policyv1.Verdict_MET && !d.Breached {
					one.Kept++
				}
			}
		}
		if !f.FirstContact.IsZero() {
			one.Contacted, one.ContactMillis = 1, max(0, f.FirstContact.Sub(f.StartTime).Milliseconds())
		}
		one.HandlingMillis = max(0, f.EndTime.Sub(f.StartTime).Milliseconds())
		if o.Satisfaction > 0 {
			one.Answered = 1
		}
		if o.Satisfaction >= 4 {
			one.Satisfied = 1
		}
		if o.Retention == reviewv1.Outcome_LOST {
			one.Lost = 1
		}
		c = c.Plus(one)
	}
	return c
}

func everything(*review.Outcome) bool { return true }

// sumsReconcile: whatever is told can be counted from the records one by one.
func sumsReconcile(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	all := s.fill(t, rand.New(rand.NewPCG(7, 8)), 0, 300)
	for _, kind := range []reviewv1.Review_Kind{reviewv1.Review_DAILY, reviewv1.Review_WEEKLY, reviewv1.Review_MONTHLY} {
		query := queryOf(kind)
		sums, err := s.Reviews.Sum(t.Context(), query)
		require.NoError(t, err)
		require.Equal(t, int64(360), sums.Highest)
		p := query.Period
		told := figures.New(figures.Rules{TypicalLeast: 1, TypicalMost: 100, SharePercent: 1, FrequentLeast: 1, Handling: bands(), Contact: bands()[:2]}, sums)
		require.Equal(t, naive(all, p.Start, p.End, everything), told.Total, kind)
		require.NotZero(t, told.Total.Records)
		for _, c := range slices.Concat(told.Categories, told.Faults) {
			of := func(o *review.Outcome) bool {
				if c.Product != "" {
					return review.Subject{Product: o.Facts.Product, Fault: o.Facts.Fault}.Key() == review.Subject(c.Subject).Key()
				}
				return o.Facts.Category == c.Category
			}
			require.Equal(t, naive(all, p.Start, p.End, of), c.Counts)
			require.InDelta(t, float64(c.Records)/float64(told.Total.Records), c.Share, 1e-12)
			if c.Subject != (figures.Subject{}) {
				usual := naive(all, query.UsualFrom, p.Start, of).Records
				before := naive(all, query.UsualFrom, p.Start, everything).Records
				require.InDelta(t, figures.Rate(usual, before), c.Usual, 1e-12)
			}
		}
		for _, d := range told.Digests {
			require.Equal(t, naive(all, p.Start, p.End, func(o *review.Outcome) bool { return o.Facts.Department == d.Department }), d.Counts)
		}
		for i, week := range query.Weeks {
			require.Equal(t, naive(all, week.Start, week.End, everything), told.Weeks[i].Total)
			var inWeek int64
			for _, c := range told.Weeks[i].Categories {
				got := naive(all, week.Start, week.End, func(o *review.Outcome) bool { return o.Facts.Category == c.Category })
				require.Equal(t, got.Records, c.Records)
				inWeek += c.Records
			}
			require.Equal(t, told.Weeks[i].Total.Records, inWeek)
		}
		bandsReconcile(t, all, p, told)
		casesReconcile(t, all, p, told)
	}
}

func bandsReconcile(t *testing.T, all []review.Outcome, p period.Period, told *figures.Figures) {
	t.Helper()
	inside := func(b figures.Band, d time.Duration) bool { // What is below 0 is in the first.
		return b.Band != figures.Never && (b.From == 0 || d >= b.From) && (b.To == 0 || d < b.To)
	}
	for _, b := range told.Handling {
		got := naive(all, p.Start, p.End, func(o *review.Outcome) bool { return inside(b, o.Facts.Handling()) })
		require.Equal(t, [2]int64{got.Records, got.Escalated}, [2]int64{b.Records, b.Escalated}, b)
	}
	for _, b := range told.Contact {
		got := naive(all, p.Start, p.End, func(o *review.Outcome) bool {
			if o.Facts.FirstContact.IsZero() {
				return b.Band == figures.Never
			}
			return inside(b, o.Facts.FirstContact.Sub(o.Facts.StartTime))
		})
		require.Equal(t, [2]int64{got.Records, got.Escalated}, [2]int64{b.Records, b.Escalated}, b)
	}
}

func casesReconcile(t *testing.T, all []review.Outcome, p period.Period, told *figures.Figures) {
	t.Helper()
	require.NotEmpty(t, told.Typical)
	for _, c := range told.Typical {
		got := naive(all, p.Start, p.End, func(o *review.Outcome) bool {
			return o.Facts.Category == c.Category && slices.Contains(o.Facts.Causes, c.Cause)
		})
		require.Equal(t, [2]int64{got.Records, got.Escalated}, [2]int64{c.Records, c.Escalated}, c)
	}
}

// sumsAgain: whoever remembers the highest sequence gets the same sums, whatever was corrected or written since.
func sumsAgain(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	source := rand.New(rand.NewPCG(9, 10))
	s.fill(t, source, 0, 60)
	query := queryOf(reviewv1.Review_MONTHLY)
	before, err := s.Reviews.Sum(t.Context(), query)
	require.NoError(t, err)
	s.fill(t, source, 30, 60) // New versions of half of them, and others.
	now, err := s.Reviews.Sum(t.Context(), query)
	require.NoError(t, err)
	require.NotEqual(t, before, now)
	query.Highest = before.Highest
	again, err := s.Reviews.Sum(t.Context(), query)
	require.NoError(t, err)
	require.Equal(t, before, again)
}

func examples(t *testing.T, s ReviewStores) {
	covers.Requirement(t, "REV-1")
	query := queryOf(reviewv1.Review_DAILY)
	source := rand.New(rand.NewPCG(11, 12))
	for i := range 5 {
		o := anyOutcome(source, i)
		o.Facts.EndTime, o.Facts.Result = query.Period.Start.Add(time.Duration(i)*time.Hour), intakev1.Complaint_EXPLAINED
		o.Facts.Category, o.Facts.Causes = policyv1.Scenario_QUALITY, []policyv1.Cause{policyv1.Cause_STAFF_COLD, policyv1.Cause_STAFF_COLD}
		if i == 4 {
			o.Facts.Causes = nil
		}
		s.write(t, o)
	}
	query.Highest = 5
	ids, err := s.Reviews.Examples(t.Context(), query, figures.CaseCell{Category: policyv1.Scenario_QUALITY, Cause: policyv1.Cause_STAFF_COLD}, 3)
	require.NoError(t, err)
	require.Equal(t, []string{fmt.Sprintf("%026d", 3), fmt.Sprintf("%026d", 2), fmt.Sprintf("%026d", 1)}, ids)
}
