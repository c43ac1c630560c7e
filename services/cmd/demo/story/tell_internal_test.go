package story

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestTellsWhatHasChanged proves that a due time that stays is not told as moved, and that signals of which the ladder hears nothing are not
// told as none of its own.
func TestTellsWhatHasChanged(t *testing.T) {
	t.Parallel()
	w, err := newWords("en")
	require.NoError(t, err)
	filed := timestamppb.New(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
	s := &stage{words: w, complaint: &intakev1.Complaint{ReceiveTime: filed}}
	at := func(seconds int) *timestamppb.Timestamp {
		return timestamppb.New(filed.AsTime().Add(time.Duration(seconds) * time.Second))
	}
	rescheduled := func(to int) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
			Kind: policyv1.DutyKind_CALLBACK, PreviousDueTime: at(20), DueTime: at(to),
		}}}
	}
	signals := func(escalate bool) *eventv1.Payload {
		raised := &eventv1.SignalsRaised{Signals: []*eventv1.SignalRaised{
			{Kind: policyv1.SignalKind_CHASE}, {Kind: policyv1.SignalKind_THREAT}, {Kind: policyv1.SignalKind_CHASE},
		}, Escalate: escalate}
		if escalate {
			raised.EscalatedKind = policyv1.SignalKind_THREAT
		}
		return &eventv1.Payload{Kind: &eventv1.Payload_SignalsRaised{SignalsRaised: raised}}
	}
	for want, told := range map[string]struct {
		kind    string
		payload *eventv1.Payload
	}{
		"warned of sooner: callback, due +20.0s as before":                     {"duty_rescheduled", rescheduled(20)},
		"due sooner: callback by +12.0s, was +20.0s":                           {"duty_rescheduled", rescheduled(12)},
		"due later: callback by +30.0s, was +20.0s":                            {"duty_rescheduled", rescheduled(30)},
		"noticed: asks for progress, threat":                                   {"signals_raised", signals(false)},
		"noticed: asks for progress, threat. Somebody above has to know of it": {"signals_raised", signals(true)},
	} {
		require.Equal(t, want, s.tell(happening{event: &eventv1.Event{Type: told.kind}, payload: told.payload}))
	}
}

// TestTheSameLevelIsToldAgain proves that a climb and a repetition at the top are told apart.
func TestTheSameLevelIsToldAgain(t *testing.T) {
	t.Parallel()
	notice := func(escalation string, level int32) happening {
		return happening{event: &eventv1.Event{Type: "escalation_raised"}, payload: &eventv1.Payload{
			Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{Escalation: escalation, Level: level}},
		}}
	}
	s := &stage{told: []happening{notice("a", 2), notice("a", 3), notice("b", 1)}}
	require.True(t, s.repeats(notice("a", 3)))
	require.False(t, s.repeats(notice("b", 3)))
	require.False(t, s.repeats(notice("b", 2)))
	require.False(t, s.repeats(happening{event: &eventv1.Event{}, payload: &eventv1.Payload{}}))
	again := notice("a", 3)
	again.again = true
	require.Equal(t, "escalation_raised.AGAIN", keyOf(again))
}
