package complaint_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// move has followup move a duty as a pause, its end or an extension does, and returns what its event tells. Paused is when the pause is over at
// the latest; 0 for a clock that runs.
func (w *world) move(kind policyv1.DutyKind, paused, due time.Duration, warnings ...time.Duration) *workflowv1.ComplaintSignal {
	signal := w.reschedule(kind, due, warnings...)
	w.mu.Lock()
	defer w.mu.Unlock()
	d, fact := w.duty(dutyName(kind)), signal.GetReschedule()
	d.Moves, d.PausedUntil = d.GetMoves()+1, nil
	if paused > 0 {
		d.PausedUntil = timestamppb.New(received.Add(paused))
	}
	fact.Moves, fact.PausedUntil = d.GetMoves(), d.GetPausedUntil()
	return signal
}

const h = time.Hour

// unresolved has a resolution to keep, warned of twice, and a ladder that does not climb within these tests.
func unresolved(t *testing.T) *world {
	t.Helper()
	w := newWorld(owed(resolution, 72*h, 60*h, 70*h))
	w.step = 1000 * h
	w.enter(t, 0)
	return w
}

// TestNoPauseLosesAWarningOrTheBreach has the pauses by which systems lose the wait that they are in. The pause itself tears no timer down:
// it rings, and what it was for is looked at again.
func TestNoPauseLosesAWarningOrTheBreach(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		happens func(*world)
		wanted  []string
	}{
		"pause during a warning wait": {func(w *world) {
			w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
			w.at(58*h, func() { w.signal(w.move(resolution, 0, 80*h, 68*h, 78*h)) })
		}, []string{
			"68h0m0s warned resolution of 68h0m0s", "78h0m0s warned resolution of 78h0m0s", "80h0m0s settled resolution MISSED",
			"80h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"pause during a warning wait, and its timer rings in it": {func(w *world) {
			w.at(59*h, func() { w.signal(w.move(resolution, 83*h, 96*h, 84*h, 94*h)) })
			w.at(61*h, func() { w.signal(w.move(resolution, 0, 74*h, 62*h, 72*h)) })
		}, []string{
			"62h0m0s warned resolution of 62h0m0s", "72h0m0s warned resolution of 72h0m0s", "74h0m0s settled resolution MISSED",
			"74h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"pause between two warnings": {func(w *world) {
			w.at(65*h, func() { w.signal(w.move(resolution, 89*h, 96*h, 60*h, 94*h)) })
			w.at(68*h, func() { w.signal(w.move(resolution, 0, 75*h, 60*h, 73*h)) })
		}, []string{
			"60h0m0s warned resolution of 60h0m0s", "73h0m0s warned resolution of 73h0m0s", "75h0m0s settled resolution MISSED",
			"75h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"pause during the last wait": {func(w *world) {
			w.at(71*h, func() { w.signal(w.move(resolution, 95*h, 96*h, 60*h, 70*h)) })
			w.at(73*h, func() { w.signal(w.move(resolution, 0, 74*h, 60*h, 70*h)) })
		}, []string{
			"60h0m0s warned resolution of 60h0m0s", "70h0m0s warned resolution of 70h0m0s", "72h0m0s settled resolution NOT_DUE",
			"74h0m0s settled resolution MISSED", "74h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"nothing ends the pause but its limit": {func(w *world) {
			w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
		}, []string{
			"84h0m0s warned resolution of 84h0m0s", "94h0m0s warned resolution of 94h0m0s", "96h0m0s settled resolution MISSED",
			"96h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"paused twice": {func(w *world) {
			w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
			w.at(52*h, func() { w.signal(w.move(resolution, 0, 74*h, 62*h, 72*h)) })
			w.at(63*h, func() { w.signal(w.move(resolution, 87*h, 98*h, 62*h, 96*h)) })
			w.at(64*h, func() { w.signal(w.move(resolution, 0, 75*h, 62*h, 73*h)) })
		}, []string{
			"62h0m0s warned resolution of 62h0m0s", "73h0m0s warned resolution of 73h0m0s", "75h0m0s settled resolution MISSED",
			"75h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"the signals come late, in order and again": {func(w *world) {
			var paused, resumed *workflowv1.ComplaintSignal
			w.at(50*h, func() { paused = w.move(resolution, 74*h, 96*h, 84*h, 94*h) })
			w.at(58*h, func() { resumed = w.move(resolution, 0, 80*h, 68*h, 78*h) })
			w.at(59*h, func() { w.signal(paused); w.signal(resumed); w.signal(paused); w.signal(resumed) })
		}, []string{
			"68h0m0s warned resolution of 68h0m0s", "78h0m0s warned resolution of 78h0m0s", "80h0m0s settled resolution MISSED",
			"80h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"no signal ever comes": {func(w *world) { // The owner is told at the old times too, but not instead.
			w.at(50*h, func() { w.move(resolution, 74*h, 96*h, 84*h, 94*h) })
		}, []string{
			"60h0m0s warned resolution of 60h0m0s", "70h0m0s warned resolution of 70h0m0s", "72h0m0s settled resolution NOT_DUE",
			"84h0m0s warned resolution of 84h0m0s", "94h0m0s warned resolution of 94h0m0s", "96h0m0s settled resolution MISSED",
			"96h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"more time is given in the last wait, with a warning before it would have been due": {func(w *world) {
			w.at(70*h+time.Minute, func() { w.signal(w.move(resolution, 0, 90*h, 60*h, 70*h, 71*h)) })
		}, []string{
			"60h0m0s warned resolution of 60h0m0s", "70h0m0s warned resolution of 70h0m0s", "71h0m0s warned resolution of 71h0m0s",
			"90h0m0s settled resolution MISSED", "90h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
		"the severity rises after a pause": {func(w *world) {
			w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
			w.at(52*h, func() { w.signal(w.move(resolution, 0, 74*h, 62*h, 72*h)) })
			w.at(53*h, func() {
				tightened := w.reschedule(resolution, 64*h, 62*h)
				tightened.GetReschedule().Moves = 2
				w.signal(tightened)
			})
		}, []string{
			"62h0m0s warned resolution of 62h0m0s", "64h0m0s settled resolution MISSED", "64h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
		}},
	}
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			covers.Requirement(t, "CLK-3")
			w := unresolved(t)
			c.happens(w)
			w.at(100*h, w.withdraw)
			w.run(t)
			require.Equal(t, c.wanted, w.lines("warned", "settled resolution", "escalated"))
		})
	}
}

// TestAPauseAcrossContinuingAsNew: the next run keeps the times and numbers of the one before.
func TestAPauseAcrossContinuingAsNew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	w := unresolved(t)
	var paused *workflowv1.ComplaintSignal
	w.at(61*h, func() {
		paused = w.move(resolution, 85*h, 96*h, 60*h, 94*h)
		w.signal(paused)
	})
	w.at(62*h, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	require.Equal(t, int32(1), next.GetState().GetDuties()[0].GetMoves())
	w.enter(t, 62*h)
	w.at(63*h, func() { w.signal(w.move(resolution, 0, 74*h, 60*h, 72*h)) })
	w.at(64*h, func() { w.signal(paused) }) // Delivered again: it is old.
	w.at(100*h, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"60h0m0s warned resolution of 60h0m0s", "72h0m0s warned resolution of 72h0m0s", "74h0m0s settled resolution MISSED",
		"74h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
	}, w.lines("warned", "settled resolution", "escalated"))
}

// TestCurrentDetailsTellOfPauses: an operator sees how a clock counts, and what moved it.
func TestCurrentDetailsTellOfPauses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "API-3")
	w := unresolved(t)
	w.duties[0].Measure, w.duties[0].Calendar = policyv1.Clock_BUSINESS_DAYS, "office"
	var before, paused, after string
	w.at(49*h, func() { before = w.currentDetails(t) })
	w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
	w.at(51*h, func() { paused = w.currentDetails(t) })
	w.at(58*h, func() { w.signal(w.move(resolution, 0, 80*h, 68*h, 78*h)) })
	w.at(59*h, func() { after = w.currentDetails(t) })
	w.at(60*h, w.withdraw)
	w.run(t)
	require.Contains(t, before, "| resolution | 2026-01-04 09:00 UTC | owed | 0 of 2 | none | business days of office |")
	require.Contains(t, paused, "| resolution | 2026-01-05 09:00 UTC | owed | 0 of 2 | none | "+
		"business days of office, paused until 2026-01-04 11:00 UTC at the latest, paused once |")
	require.Contains(t, after, "| resolution | 2026-01-04 17:00 UTC | owed | 0 of 2 | none | business days of office, paused once |")
}

// TestCurrentDetailsTellOfNoPauseThatIsOver: at its limit a clock goes on by itself, and no signal says so.
func TestCurrentDetailsTellOfNoPauseThatIsOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "API-3")
	w := unresolved(t)
	var after string
	w.at(50*h, func() { w.signal(w.move(resolution, 74*h, 96*h, 84*h, 94*h)) })
	w.at(85*h, func() { after = w.currentDetails(t) }) // It was warned of.
	w.at(86*h, w.withdraw)
	w.run(t)
	require.Contains(t, after, "paused once")
	require.NotContains(t, after, "paused until")
}

// TestAFinalResponseIsKept like what else is owed to the customer.
func TestAFinalResponseIsKept(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	w := newWorld(owed(policyv1.DutyKind_FINAL_RESPONSE, 72*h, 60*h))
	w.step = 1000 * h
	w.enter(t, 0)
	w.at(100*h, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"60h0m0s warned final-response of 60h0m0s", "72h0m0s settled final-response MISSED", "72h0m0s escalated final-response 1 RESPONSE_OVERDUE",
	}, w.lines("warned", "settled final", "escalated"))
}

// TestAFinalResponseOfAMergedComplaintIsKept from when it is told, once, and by the next run, too.
func TestAFinalResponseOfAMergedComplaintIsKept(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "REC-6")
	w := newWorld(owed(resolution, 720*h))
	w.step = 1000 * h
	w.enter(t, 0)
	d := owed(policyv1.DutyKind_FINAL_RESPONSE, 72*h, 60*h)
	told := &workflowv1.ComplaintSignal{Type: "final_response_carried", Fact: &workflowv1.ComplaintSignal_Owed{Owed: &workflowv1.OwedFact{
		Duty: d.GetName(), Kind: d.GetKind(), DueTime: d.GetDueTime(), WarnTimes: d.GetWarnTimes(),
	}}}
	w.at(10*h, func() {
		w.duties = append(w.duties, d)
		w.signal(told)
		w.signal(told)
	})
	w.at(100*h, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"60h0m0s warned final-response of 60h0m0s", "72h0m0s settled final-response MISSED", "72h0m0s escalated final-response 1 RESPONSE_OVERDUE",
	}, w.lines("warned", "settled final", "escalated"))
}

func extended(number int32) *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "extension_decided", Fact: &workflowv1.ComplaintSignal_Extension{
		Extension: &workflowv1.ExtensionFact{Duty: dutyName(policyv1.DutyKind_FINAL_RESPONSE), Number: number},
	}}
}

func (s followup) TellExtension(
	_ context.Context, r *followupv1.TellExtensionRequest, _ ...grpc.CallOption,
) (*followupv1.SendLetterResponse, error) {
	leave, err := s.enterCall("TellExtension")
	defer leave()
	if err == nil {
		s.note("told %s of extension %d in %s by %q", kindName(s.duty(r.GetName()).GetKind()), r.GetNumber(), r.GetRecipient().GetLanguageCode(), r.GetTeam())
	}
	return &followupv1.SendLetterResponse{Notification: &followupv1.Notification{Proof: secret}}, err
}

// TestTheCustomerIsToldOfAnExtension, however long the channel is away, also when the cycle ends meanwhile or the run was about to.
func TestTheCustomerIsToldOfAnExtension(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	w := newWorld(owed(policyv1.DutyKind_FINAL_RESPONSE, 360*h), owed(resolution, 720*h))
	w.enter(t, 0)
	w.during("TellExtension", 30*h, down())
	w.at(10*h, func() { w.signal(extended(1)) })
	w.at(11*h, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("told final-response of extension 1 in zh-Hans by \"暖阳组\""), 1)

	w = newWorld(owed(policyv1.DutyKind_FINAL_RESPONSE, 360*h), owed(resolution, 720*h))
	w.enter(t, 0)
	w.at(10*h, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.signal(attended(policyv1.Severity_HIGH)) // The run looks at its length, and begins to give way.
		w.signal(extended(2))
	})
	next := w.runUntilContinued(t)
	require.Len(t, next.GetState().GetUntoldExtensions(), 1)
	w.enter(t, 10*h)
	w.at(20*h, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Len(t, w.lines("told final-response of extension 2"), 1)
}
