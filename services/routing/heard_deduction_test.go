package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// addressed is what remedy tells of a deduction that somebody is to be told of.
func addressed(deduction, agent, state string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_DeductionAddressed{DeductionAddressed: &eventv1.DeductionAddressed{
		Deduction: deduction, Agent: agent, State: state,
	}}}
}

// TestWhomADeductionConcernsIsTold alone, once for what is suggested and once for what is decided; the complaint's events do not say whom.
func TestWhomADeductionConcernsIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	deduction := complaint + "/deductions/01jb3p5v9x7k2m4n6q8r0t1w3y"
	before := w.told.count.Load()
	for i, state := range []string{"SUGGESTED", "SUGGESTED", "CONFIRMED", "DISMISSED"} {
		w.apply(deduction, 1, addressed(deduction, "agents/zhao", state))
		w.service.Deliver(t.Context())
		if i < 2 { // However often it is said.
			require.Equal(t, before+1, w.told.count.Load())
			require.Equal(t, routingv1.Notice_DEDUCTION, w.told.last().About)
			continue
		}
		require.Equal(t, routingv1.Notice_DEDUCTION_DECIDED, w.told.last().About)
	}
	require.Equal(t, before+3, w.told.count.Load())
	require.Equal(t, "zhao", w.told.last().Recipient)
	var states []string
	for _, p := range w.payloads(deduction) {
		told := p.GetDeductionNotified()
		require.Equal(t, deduction, told.GetDeduction())
		states = append(states, told.GetState())
	}
	require.Equal(t, []string{"SUGGESTED", "CONFIRMED", "DISMISSED"}, states)
	for _, line := range w.notices(complaint) {
		require.NotContains(t, line, "DEDUCTION")
	}
	w.apply(deduction, 1, addressed(complaint+"/deductions/02", "agents/nobody", "SUGGESTED"))
	w.service.Deliver(t.Context())
	require.Equal(t, before+3, w.told.count.Load(), "nobody is told in their place")
}

// TestWhoseAppealIsRejectedIsTold so, alone: nothing is decided of the deduction by it.
func TestWhoseAppealIsRejectedIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	deduction := complaint + "/deductions/01jb3p5v9x7k2m4n6q8r0t1w3y"
	w.apply(deduction, 1, addressed(deduction, "agents/zhao", "HEARD"))
	w.service.Deliver(t.Context())
	require.Equal(t, routingv1.Notice_DEDUCTION_APPEAL_REJECTED, w.told.last().About)
	require.Equal(t, "zhao", w.told.last().Recipient)
	require.Equal(t, "HEARD", w.payloads(deduction)[0].GetDeductionNotified().GetState())
	for _, line := range w.notices(complaint) {
		require.NotContains(t, line, "DEDUCTION")
	}
}

// TestQuietHoursHoldADeductionBack, and it is told by itself when they are over, by whichever process.
func TestQuietHoursHoldADeductionBack(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_SERVICE)
	w.assign(complaint, 1)
	w.now = time.Date(2026, 3, 2, 13, 30, 0, 0, time.UTC) // 21:30 in Shanghai, on a Monday.
	quiet := w.other(replacing("openings: []", `openings: [{days: [MONDAY], from: "21:00", to: "24:00"}]`))
	deduction := complaint + "/deductions/01jb3p5v9x7k2m4n6q8r0t1w3y"
	before := w.told.count.Load()
	p := addressed(deduction, "agents/zhao", "SUGGESTED")
	_, err := quiet.Apply(t.Context(), &eventv1.Event{EventId: newEventID(), Source: "remedy", Subject: deduction, Cycle: 1}, p)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, quiet.Gather(t.Context()))
		require.Equal(t, before, w.told.count.Load())
		w.now = w.now.Add(time.Hour)
	}
	w.now = w.now.Add(time.Hour)
	require.NoError(t, quiet.Gather(t.Context()))
	require.Equal(t, before+1, w.told.count.Load())
	require.Equal(t, routingv1.Notice_DEDUCTION, w.told.last().About)
	require.Equal(t, "SUGGESTED", w.payloads(deduction)[0].GetDeductionNotified().GetState())
}
