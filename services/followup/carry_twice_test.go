package followup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestTheTimeOfTheLawOutlivesMergersInARow: where one complaint goes on in another, and that in a third and a fourth, the last of them owes the final
// response as early as the first did, whichever of them owed one of their own, and in whatever order the mergers are heard of.
func TestTheTimeOfTheLawOutlivesMergersInARow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6", "CLK-4")
	orders := map[string][]int{
		"one after the other": {0, 1, 2}, "the last first": {2, 1, 0}, "the middle first": {1, 0, 2}, "the first last": {1, 2, 0}, "the middle last": {2, 0, 1},
	}
	for owing, own := range map[string][]bool{
		"each owes one": {true, true, true, true}, "the middle owe none": {true, false, false, true}, "the first alone owes one": {true, false, false, false},
		"the last owe none": {true, true, false, false},
	} {
		for heard, order := range orders {
			t.Run(owing+", "+heard, func(t *testing.T) {
				t.Parallel()
				d, first := bank(t)
				_, err := d.extend(t, first, finalResponse)
				require.NoError(t, err)
				chain := []string{first}
				for n, owes := range own[1:] {
					d.clock.Set(days(float64(1 + n)))
					if owes {
						chain = append(chain, d.forwarded(t))
					} else {
						chain = append(chain, d.receive(t))
					}
				}
				d.clock.Set(days(5))
				for _, n := range order {
					d.merge(t, chain[n], chain[n+1])
					d.merge(t, chain[n], chain[n+1]) // It is heard of once more.
				}
				for _, over := range chain[:3] {
					require.Empty(t, d.responses(t, over))
				}
				owed := d.responses(t, chain[3])
				require.Len(t, owed, 1, "the customer is answered once")
				require.Equal(t, []time.Time{days(15), days(0)}, []time.Time{owed[0].GetDueTime().AsTime(), owed[0].GetOpenTime().AsTime()})
				require.Len(t, owed[0].GetExtensions(), 1)
				require.Equal(t, followupv1.Extension_REQUESTED, owed[0].GetExtensions()[0].GetState(), "more time is asked for there")
				require.Equal(t, days(30), owed[0].GetExtensions()[0].GetDueTime().AsTime())
			})
		}
	}
}

// TestMergersThatAreHeardOfTogether: events come several at a time, and what was owed goes on all the same: of mergers that have nothing to do with
// each other, and of one complaint in another that goes on in a third.
func TestMergersThatAreHeardOfTogether(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6", "PROM-1")
	d, first := bank(t)
	d.promise(t, first, d.saidOnce(time.Hour))
	second, other := d.receive(t), d.forwarded(t)
	last, another := d.receive(t), d.receive(t)
	d.promise(t, other, d.saidOnce(time.Hour))
	var events []*eventv1.Event
	for _, pair := range [][2]string{{first, second}, {second, last}, {other, another}} {
		events = append(events, d.intake.record(t, pair[0], 1, mergedInto(pair[1])), d.intake.record(t, pair[0], 1, closed(intakev1.Complaint_MERGED)))
	}
	_, err := d.sink.ApplyEvents(t.Context(), &eventv1.ApplyEventsRequest{Events: events})
	require.NoError(t, err)
	for _, into := range []string{last, another} {
		require.Len(t, d.responses(t, into), 1, "the law")
		require.Len(t, d.list(t, into, `state = "OPEN"`), 1, "what was promised")
	}
}

// responses are the final responses that a complaint owes.
func (d *desk) responses(t *testing.T, complaint string) (owed []*followupv1.Duty) {
	t.Helper()
	for _, duty := range d.duties(t, complaint) {
		if duty.GetKind() == policyv1.DutyKind_FINAL_RESPONSE && duty.GetState() == followupv1.Duty_OPEN {
			owed = append(owed, duty)
		}
	}
	slices.SortFunc(owed, func(a, b *followupv1.Duty) int { return a.GetDueTime().AsTime().Compare(b.GetDueTime().AsTime()) })
	return owed
}
