package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/figures"
)

// oneHoweverWritten: what differs by case or white space alone is the same subject, and is shown as it was written first.
func oneHoweverWritten(t *testing.T, env Env) {
	t.Helper()
	covers.Requirement(t, "REV-2")
	written := review.Subject{Product: "Électro  Türschloss", Fault: "Jam"}
	require.Empty(t, opens(t, env, improves("i1", written, 1)))
	for n, otherwise := range []review.Subject{
		{Product: "électro türschloss", Fault: "JAM"}, {Product: " ÉLECTRO\u3000TÜRSCHLOSS ", Fault: " jam"}, {Product: "Électro\tTürschloss", Fault: "jam\n"},
	} {
		require.Equal(t, "improvements/i1", opens(t, env, improves(fmt.Sprintf("again%d", n), otherwise, 2)), "%q", otherwise)
	}
	require.Empty(t, opens(t, env, improves("i2", review.Subject{Product: "Électro-Türschloss", Fault: "Jam"}, 3)), "another word is another one")
	require.Empty(t, opens(t, env, improves("i3", review.Subject{Product: "ÉlectroTürschloss", Fault: "Jam"}, 3)), "and one word is not two")
	done := changes(t, env, "i1", func(i *review.Improvement) { i.State, i.CompleteTime = reviewv1.Improvement_DONE, at(5) })
	require.Equal(t, written, done.Subject, "as it was written first")
	list, err := env.Improvements.Improved(t.Context(), []review.Subject{{Product: "électro türschloss", Fault: "jam"}}, at(0), 9)
	require.NoError(t, err)
	require.Equal(t, []review.Improvement{done}, list)
}

// writtenOtherwise: they are counted together, in the period and in those before, and shown as they were written first.
func writtenOtherwise(t *testing.T, s ReviewStores) {
	t.Helper()
	covers.Requirement(t, "REV-1", "REV-2")
	query := queryOf(reviewv1.Review_WEEKLY)
	for n, written := range []struct {
		product, fault string
		before         bool
	}{
		{"Front  Door", "Jams", true}, {"FRONT DOOR", "jams", true}, {"front door", "JAMS", false}, {" Front Door", "jams ", false},
		{"front door", "rusts", false}, {"frontdoor", "jams", false}, {"front door", " ", false},
	} {
		o := outcome(fmt.Sprintf("%026d", n), 1)
		o.Cycle, o.Facts.Product, o.Facts.Fault, o.Facts.EndTime = 1, written.product, written.fault, query.Period.Start.UTC()
		o.Facts.Department = fmt.Sprintf("departments/d%d", n)
		if written.before {
			o.Facts.EndTime = query.UsualFrom.UTC()
		}
		s.write(t, o)
	}
	sums, err := s.Reviews.Sum(t.Context(), query)
	require.NoError(t, err)
	jams := figures.Subject{Product: "Front  Door", Fault: "Jams"}
	require.EqualValues(t, 2, sums.Usual.Subjects[jams])
	told := figures.New(figures.Rules{SharePercent: 40, FrequentLeast: 2, Handling: bands(), Contact: bands()[:2]}, sums)
	require.Len(t, told.Faults, 3)
	require.Equal(t, jams, told.Faults[0].Subject)
	require.EqualValues(t, 2, told.Faults[0].Records)
	require.InDelta(t, 1, told.Faults[0].Usual, 1e-12)
	require.Len(t, told.Frequent, 2, "their category, and the fault that each way of writing it has too few of")
	require.Equal(t, jams, told.Frequent[1].Subject)
}
