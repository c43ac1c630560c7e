package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// testMoved: what a pause or an extension moves may be due later, and what moved it is read back whole (CLK-3).
func testMoved(t *testing.T, env Env) {
	t.Helper()
	d, other := callback("a", 1, at(60)), callback("a", 2, at(60))
	open(t, env, "a", d, other)
	d.DueTime, d.Moves = at(90), 2
	d.WarnTimes = append(d.WarnTimes, at(70), at(80))
	d.Pauses = []followup.Pause{
		{
			Reason: followupv1.Pause_ITEM, Actor: "agents/lin", BeginTime: at(1), LimitTime: at(9), EndTime: at(5), End: followupv1.Pause_CUSTOMER_WROTE,
			Evidence: "complaints/a/messages/m", DueTime: at(60), WarnTimes: d.WarnTimes,
		},
		{Reason: followupv1.Pause_DOCUMENT, Actor: "agents/chen", BeginTime: at(10), LimitTime: at(36), DueTime: at(64), Measure: policyv1.Clock_STAFFED, Calendar: []byte{7, 0}},
	}
	d.Extensions = []followup.Extension{
		{
			State: followupv1.Extension_GRANTED, Requester: "agents/lin", RequestTime: at(2), Reason: []byte{1, 2}, Decider: "agents/zhao",
			DecideTime: at(3), PreviousDueTime: at(60), DueTime: at(61),
		},
		{
			State: followupv1.Extension_REQUESTED, Requester: "agents/lin", RequestTime: at(4), Reason: []byte{3}, PreviousDueTime: at(61), DueTime: at(90),
			Told: 2, TellTime: at(7), ReasonPlace: "complaints/b/duties/d#extension",
		},
	}
	put(t, env, "a", followup.Changes{Moved: []*followup.Duty{d}})
	read, err := env.Store.Case(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, []*followup.Duty{d, other}, sorted(read.Duties))
	callbacks, err := env.Store.Callbacks(t.Context(), followup.CallbackQuery{Complaint: "a", Limit: 10, Now: at(70)})
	require.NoError(t, err)
	require.Equal(t, *d, callbacks[1].Duty, "which is due last now")
	for now, want := range map[int][]string{6: nil, 7: {"complaints/a/duties/" + d.ID}} {
		names, err := env.Store.UntoldExtensions(t.Context(), at(now), 9)
		require.NoError(t, err)
		require.Equal(t, want, names)
	}
	for now, want := range map[int]int{60: 1, 999: 0} {
		asked, err := env.Store.RequestedExtensions(t.Context(), at(now), nil, 9)
		require.NoError(t, err)
		require.Len(t, asked, want)
	}
	after := &followup.PromisePosition{DueTime: d.DueTime, Complaint: d.Complaint, Duty: d.ID}
	asked, err := env.Store.RequestedExtensions(t.Context(), at(60), after, 9)
	require.NoError(t, err)
	require.Empty(t, asked)
	_, err = env.Store.Change(t.Context(), followup.Change{Complaint: "a"}, func(c *followup.Case) error {
		c.Changes.Moved = []*followup.Duty{callback("a", 3, at(60))}
		return nil
	})
	require.Error(t, err, "a duty that does not exist cannot move")
}

// sorted has the callback of the first cycle first, whichever is due first.
func sorted(duties []*followup.Duty) []*followup.Duty {
	if len(duties) == 2 && duties[0].ID != followup.DutyID(1, policyv1.DutyKind_CALLBACK) {
		duties[0], duties[1] = duties[1], duties[0]
	}
	return duties
}
