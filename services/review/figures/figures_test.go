package figures_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/review/figures"
)

const quality, logistics = policyv1.Scenario_QUALITY, policyv1.Scenario_LOGISTICS

func rules() figures.Rules {
	return figures.Rules{
		TypicalLeast: 3, TypicalMost: 2, SharePercent: 30, FrequentLeast: 10,
		Handling: []time.Duration{time.Hour, 24 * time.Hour}, Contact: []time.Duration{time.Hour},
	}
}

func of(category policyv1.Scenario, n int64) figures.Cell {
	return figures.Cell{Department: "quality", Category: category, Counts: figures.Counts{Records: n}}
}

func fault(n int64) figures.FaultCell {
	return figures.FaultCell{Counts: figures.Counts{Records: n}, Product: "lock", Fault: "jams"}
}

// TestThirtyOfAHundred: 30 of 100 are too many, 29 are not, nor are 3 of 10.
func TestThirtyOfAHundred(t *testing.T) {
	covers.Requirement(t, "REV-1")
	for _, c := range []struct {
		what     string
		sums     figures.Sums
		frequent int
	}{
		{"30 of 100", figures.Sums{Cells: []figures.Cell{of(quality, 30), of(0, 70)}}, 1},
		{"29 of 100", figures.Sums{Cells: []figures.Cell{of(quality, 29), of(0, 71)}}, 0},
		{"3 of 10, too few to tell", figures.Sums{Cells: []figures.Cell{of(quality, 3), of(0, 7)}}, 0},
		{"10 of 33 are more than 30 percent", figures.Sums{Cells: []figures.Cell{of(quality, 10), of(0, 23)}}, 1},
		{"10 of 34 are less", figures.Sums{Cells: []figures.Cell{of(quality, 10), of(0, 24)}}, 0},
		{"what was not assessed is no subject", figures.Sums{Cells: []figures.Cell{of(0, 100)}}, 0},
		{"the fault of a product", figures.Sums{Cells: []figures.Cell{of(0, 100)}, Faults: []figures.FaultCell{fault(30)}}, 1},
		{"a rarer fault", figures.Sums{Cells: []figures.Cell{of(0, 100)}, Faults: []figures.FaultCell{fault(29)}}, 0},
		{"two categories and a fault", figures.Sums{
			Cells: []figures.Cell{of(quality, 50), of(logistics, 50)}, Faults: []figures.FaultCell{fault(40)},
		}, 3},
		{"departments are added up", figures.Sums{Cells: []figures.Cell{
			of(quality, 15), {Department: "other", Category: quality, Counts: figures.Counts{Records: 15}}, of(0, 70),
		}}, 1},
		{"nothing", figures.Sums{}, 0},
	} {
		require.Len(t, figures.New(rules(), c.sums).Frequent, c.frequent, c.what)
	}
}

func TestTheUsualShareStandsBeside(t *testing.T) {
	covers.Requirement(t, "REV-1")
	f := figures.New(rules(), figures.Sums{
		Cells: []figures.Cell{of(quality, 35), of(logistics, 65)},
		Usual: figures.Usual{Records: 200, Subjects: map[figures.Subject]int64{{Category: quality}: 20}},
	})
	require.Equal(t, logistics, f.Categories[0].Category, "the most frequent first")
	require.InDelta(t, 0.35, f.Categories[1].Share, 1e-12)
	require.InDelta(t, 0.10, f.Categories[1].Usual, 1e-12)
	require.Zero(t, f.Categories[0].Usual, "there was none before")
}

func TestWeeksSideBySide(t *testing.T) {
	covers.Requirement(t, "REV-1")
	f := figures.New(rules(), figures.Sums{Weeks: []figures.WeekSum{
		{}, {Total: figures.Counts{Records: 4}, Categories: map[policyv1.Scenario]int64{quality: 1, 0: 3}},
	}})
	require.Equal(t, []figures.Week{{}, {Total: figures.Counts{Records: 4}, Categories: []figures.CategoryShare{
		{Records: 3, Share: 0.75}, {Category: quality, Records: 1, Share: 0.25},
	}}}, f.Weeks)
}

func TestTypicalCases(t *testing.T) {
	covers.Requirement(t, "REV-1")
	cold, rigid := policyv1.Cause_STAFF_COLD, policyv1.Cause_STAFF_RIGID
	f := figures.New(rules(), figures.Sums{Cases: []figures.CaseCell{
		{Category: quality, Cause: cold, Records: 3}, {Category: quality, Cause: rigid, Records: 2}, {Category: logistics, Cause: cold, Records: 9},
		{Category: logistics, Cause: rigid, Records: 4}, {Cause: cold, Records: 50}, {Category: quality, Records: 50},
	}})
	require.Equal(t, []figures.CaseCell{{Category: logistics, Cause: cold, Records: 9}, {Category: logistics, Cause: rigid, Records: 4}}, f.Typical,
		"the two most frequent of those with category and cause that came three times")
}

// TestSumsAddUp: whatever the records, the parts of each division add up to the whole.
func TestSumsAddUp(t *testing.T) {
	covers.Requirement(t, "REV-1")
	source := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		sums, total := anySums(source)
		f := figures.New(rules(), sums)
		require.Equal(t, total, f.Total)
		var categories, digests, inDigests figures.Counts
		var share float64
		for _, c := range f.Categories {
			categories, share = categories.Plus(c.Counts), share+c.Share
		}
		for _, d := range f.Digests {
			digests = digests.Plus(d.Counts)
			for _, c := range d.Categories {
				inDigests = inDigests.Plus(c.Counts)
			}
		}
		require.Equal(t, total, categories)
		require.Equal(t, total, digests)
		require.Equal(t, total, inDigests)
		if total.Records > 0 {
			require.InDelta(t, 1, share, 1e-9)
		}
		for _, all := range [][]figures.Band{f.Handling, f.Contact} {
			var records, escalated int64
			for i, band := range all {
				records, escalated = records+band.Records, escalated+band.Escalated
				require.True(t, i == 0 || band.Band == figures.Never || band.From == all[i-1].To, "bands touch")
			}
			require.Equal(t, total.Records, records)
			require.Equal(t, total.Escalated, escalated)
		}
		for _, frequent := range f.Frequent {
			require.GreaterOrEqual(t, frequent.Share, 0.3-1e-12)
			require.GreaterOrEqual(t, frequent.Records, int64(10))
		}
	}
}

// anySums are sums that a store might have made, and all they add up to.
func anySums(source *rand.Rand) (sums figures.Sums, total figures.Counts) {
	departments := []string{"", "billing", "quality"}
	for range source.IntN(60) {
		c := figures.Counts{
			Records: 1, Escalated: source.Int64N(2), Repeated: source.Int64N(2), Money: source.Int64N(1000), Promises: 2, Kept: source.Int64N(3),
			Contacted: 1, ContactMillis: source.Int64N(1e9), HandlingMillis: source.Int64N(1e9), Lost: source.Int64N(2),
		}
		total = total.Plus(c)
		sums.Cells = append(sums.Cells, figures.Cell{Counts: c, Department: departments[source.IntN(3)], Category: policyv1.Scenario(source.IntN(4))})
		sums.Handling = append(sums.Handling, figures.BandCell{Band: source.IntN(3), Records: 1, Escalated: c.Escalated})
		sums.Contact = append(sums.Contact, figures.BandCell{Band: source.IntN(3) - 1, Records: 1, Escalated: c.Escalated})
	}
	return sums, total
}

func TestMeansOfNothing(t *testing.T) {
	require.Zero(t, figures.Counts{}.MeanContact())
	require.Zero(t, figures.Counts{}.MeanHandling())
	require.Zero(t, figures.Rate(1, 0))
	require.Equal(t, 1500*time.Millisecond, figures.Counts{Records: 2, HandlingMillis: 3000}.MeanHandling())
}
