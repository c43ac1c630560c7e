package complaint_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// reschedule has followup move a due time, and returns what its event tells.
func (w *world) reschedule(kind policyv1.DutyKind, due time.Duration, warnings ...time.Duration) *workflowv1.ComplaintSignal {
	w.mu.Lock()
	defer w.mu.Unlock()
	moved, d := owed(kind, due, warnings...), w.duty(dutyName(kind))
	d.DueTime, d.WarnTimes = moved.GetDueTime(), moved.GetWarnTimes()
	return &workflowv1.ComplaintSignal{Type: "duty_rescheduled", Fact: &workflowv1.ComplaintSignal_Reschedule{
		Reschedule: &workflowv1.RescheduleFact{Name: d.GetName(), DueTime: d.GetDueTime(), WarnTimes: d.GetWarnTimes()},
	}}
}

func attended(severity policyv1.Severity) *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "severity_changed", Fact: &workflowv1.ComplaintSignal_Severity{
		Severity: &workflowv1.SeverityFact{Severity: severity},
	}}
}

func seen(kind policyv1.SignalKind) *workflowv1.ComplaintSignal {
	return &workflowv1.ComplaintSignal{Type: "signals_raised", Fact: &workflowv1.ComplaintSignal_Risk{
		Risk: &workflowv1.RiskFact{Signal: kind},
	}}
}

// escalatedName names what is escalated: the kind of the duty, or of the signal.
func escalatedName(r *routingv1.RaiseEscalationRequest) string {
	if r.GetSignal() != nil {
		return r.GetSignal().GetKind().String()
	}
	if r.GetUnassigned() != nil {
		return "UNASSIGNED"
	}
	if e := r.GetEscalation(); e != "" {
		return strings.TrimPrefix(e, name0)
	}
	return kindName(r.GetKind())
}

// record is the part of intake's record that activities use.
type record struct {
	intakev1.RecordServiceClient
	*world
}

func (s record) RaiseRisk(_ context.Context, r *intakev1.RaiseRiskRequest, _ ...grpc.CallOption) (*intakev1.RaiseRiskResponse, error) {
	leave, err := s.enterCall("RaiseRisk")
	defer leave()
	if err == nil {
		s.note("risk %s", kindName(r.GetKind()))
	}
	return &intakev1.RaiseRiskResponse{}, err
}

func TestTimersFollowADueTimeThatMoved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	cases := map[string]struct {
		when     time.Duration
		due      time.Duration
		warnings []time.Duration
		wanted   []string
	}{
		"before any warning": {2 * time.Hour, 12 * time.Hour, []time.Duration{8 * time.Hour}, []string{
			"8h0m0s warned callback of 8h0m0s", "12h0m0s settled callback MISSED", "12h0m0s escalated callback 1 CALLBACK_MISSED",
		}},
		"after a warning": {21 * time.Hour, 22 * time.Hour, []time.Duration{20 * time.Hour, 21*time.Hour + 30*time.Minute}, []string{
			"20h0m0s warned callback of 20h0m0s", "21h30m0s warned callback of 21h30m0s", "22h0m0s settled callback MISSED",
			"22h0m0s escalated callback 1 CALLBACK_MISSED",
		}},
		"due as before, warned of earlier": {2 * time.Hour, 24 * time.Hour, []time.Duration{12 * time.Hour, 20 * time.Hour, 23 * time.Hour}, []string{
			"12h0m0s warned callback of 12h0m0s", "20h0m0s warned callback of 20h0m0s", "23h0m0s warned callback of 23h0m0s",
			"24h0m0s settled callback MISSED", "24h0m0s escalated callback 1 CALLBACK_MISSED",
		}},
		"heard of when it has passed": {21 * time.Hour, 12 * time.Hour, []time.Duration{8 * time.Hour, 20 * time.Hour}, []string{
			"20h0m0s warned callback of 20h0m0s", "21h0m0s settled callback MISSED", "21h0m0s escalated callback 1 CALLBACK_MISSED",
		}},
		"after the breach": {26 * time.Hour, 12 * time.Hour, []time.Duration{8 * time.Hour}, []string{
			"20h0m0s warned callback of 20h0m0s", "23h0m0s warned callback of 23h0m0s", "24h0m0s settled callback MISSED",
			"24h0m0s escalated callback 1 CALLBACK_MISSED",
		}},
	}
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := onlyCallback()
			w.step = 100 * time.Hour
			w.enter(t, 0)
			w.at(c.when, func() {
				moved := w.reschedule(callback, c.due, c.warnings...)
				w.signal(moved)
				w.signal(moved)
			})
			w.at(30*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, c.wanted, w.lines("warned", "settled", "escalated"))
		})
	}
}

func TestADueTimeNeverMovesLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	w := onlyCallback()
	w.enter(t, 0)
	older := w.reschedule(callback, 14*time.Hour)
	newer := w.reschedule(callback, 12*time.Hour)
	w.at(time.Hour, func() { w.signal(older); w.signal(newer); w.signal(older) })
	w.at(13*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"12h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
}

func TestAnEarlierDueTimeThatIsHeardOfBeforeTheDutiesAreKnown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := onlyCallback()
	w.enter(t, 0)
	moved := w.reschedule(callback, 12*time.Hour)
	w.duties = onlyCallback().duties // Followup answered before it heard.
	w.hidden = true
	w.at(time.Minute, func() { w.signal(moved) })
	w.at(10*time.Minute, func() { w.mu.Lock(); w.hidden = false; w.mu.Unlock() })
	w.at(11*time.Hour, func() { w.reschedule(callback, 12*time.Hour) })
	w.at(13*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"12h0m0s settled callback MISSED"}, w.lines("settled"))
}

func TestSeverityIsShown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := newWorld(owed(resolution, 72*time.Hour, 60*time.Hour))
	w.enter(t, 0)
	var raised string
	w.at(time.Hour, func() {
		w.signal(attended(policyv1.Severity_URGENT))
		w.signal(w.reschedule(resolution, 25*time.Hour, 13*time.Hour))
	})
	w.at(2*time.Hour, func() { raised = w.currentDetails(t) })
	w.at(3*time.Hour, func() { w.signal(attended(policyv1.Severity_NORMAL)) })
	w.at(4*time.Hour, w.withdraw)
	w.run(t)
	require.Contains(t, raised, "R-7K3M-9QX2-C · urgent · cycle 1")
	require.Contains(t, raised, "| resolution | 2026-01-02 10:00 UTC | owed | 0 of 1 | none |")
	require.Equal(t, []string{"1h0m0s RedressSeverity=URGENT", "3h0m0s RedressSeverity=NORMAL"}, w.changesOf("RedressSeverity"))
	require.Contains(t, w.changesOf("RedressDueTime"), "1h0m0s RedressDueTime=2026-01-02 10:00:00 +0000 UTC", "lowering moves nothing back")
	require.Len(t, w.changesOf("RedressDueTime"), 3)
	require.Contains(t, w.summaries, "Warning: resolution due 2026-01-02 10:00 UTC")
}

func TestTheLadderIsToldOnceOfEachKindOfSignal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4", "RISK-3")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.enter(t, 0)
	w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)); w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(2*time.Hour, func() {
		for _, kind := range []policyv1.SignalKind{
			policyv1.SignalKind_CHASED_TOO_OFTEN, policyv1.SignalKind_OFFER_REJECTED, policyv1.SignalKind_TARGET_LONG_PAST,
			policyv1.SignalKind_AGENT_FLAG, policyv1.SignalKind_THREAT,
		} {
			w.signal(seen(kind))
		}
	})
	var details string
	w.at(40*time.Hour, func() { details = w.currentDetails(t) })
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, "1h0m0s escalated THREAT 1 REGULATOR_THREAT", w.lines("escalated")[0])
	require.ElementsMatch(t, []string{
		"1h0m0s escalated THREAT 1 REGULATOR_THREAT", "2h0m0s escalated CHASED_TOO_OFTEN 1 CHASED",
		"2h0m0s escalated OFFER_REJECTED 1 OFFER_REJECTED", "2h0m0s escalated TARGET_LONG_PAST 1 TARGET_PAST",
		"2h0m0s escalated AGENT_FLAG 1 RISK_SEEN",
	}, w.lines("escalated"), "each at once, and none climbs")
	require.Equal(t, []string{"1h0m0s RedressEscalationLevel=1"}, w.changesOf("RedressEscalationLevel"))
	require.Contains(t, w.summaries, "Escalate: threat")
	require.Contains(t, details, "The ladder was told of: threat, chased too often, offer rejected, target long past, agent flag")
}

func TestASignalIsToldThoughRoutingIsDownAndTheCycleEnds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := newWorld(owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.during("RaiseEscalation 1", 3*time.Hour, down())
	w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(2*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("escalated THREAT 1 REGULATOR_THREAT"), 1)
}

func TestSignalsAreNotRepeatedByTheNextRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := newWorld(owed(callback, 24*time.Hour), owed(resolution, 72*time.Hour))
	w.pastTarget = 10 * time.Hour
	w.enter(t, 0)
	w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)); w.signal(attended(policyv1.Severity_HIGH)) })
	w.at(35*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	require.Equal(t, policyv1.Severity_HIGH, next.GetSeverity())
	upserts := w.upserts
	w.enter(t, w.elapsed())
	w.at(37*time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(38*time.Hour, func() { require.Equal(t, upserts+1, w.upserts, "level 2 alone: %v", w.changes) })
	w.at(40*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Len(t, w.lines("escalated THREAT"), 1)
	require.Equal(t, []string{"34h0m0s risk callback"}, w.lines("risk"))
}

func TestASignalInTheMomentOfContinuingIsToldByTheNextRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	w := newWorld(owed(callback, 24*time.Hour))
	w.enter(t, time.Hour)
	next := input()
	next.State = &workflowv1.ComplaintState{
		Assigned: true, EscalatedSignals: []policyv1.SignalKind{policyv1.SignalKind_THREAT}, UntoldSignals: []policyv1.SignalKind{policyv1.SignalKind_THREAT},
		Duties: []*workflowv1.DutyState{{Name: dutyName(callback), Kind: callback, DueTime: w.duties[0].GetDueTime()}},
	}
	w.at(2*time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(3*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"1h0m0s escalated THREAT 1 REGULATOR_THREAT"}, w.lines("escalated"))
}

func TestATargetMissedLongAgoIsARisk(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3")
	w := newWorld(owed(contact, 15*time.Minute), owed(firstResponse, 30*time.Minute), owed(callback, 24*time.Hour), owed(resolution, 72*time.Hour))
	w.pastTarget = 12 * time.Hour
	w.enter(t, 0)
	w.at(10*time.Hour, func() { w.met(firstResponse) })
	w.at(80*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"12h15m0s risk contact", "36h0m0s risk callback"}, w.lines("risk"),
		"the first response was met, and the cycle ended before the resolution was that late")
	require.Len(t, w.lines("escalated callback"), 5, "the callback climbs all the same")
	require.Contains(t, w.summaries, "Contact due 2026-01-01 09:15 UTC is long past")
	require.Contains(t, w.summaries, "Record: contact missed long ago")
}

func TestAnIntakeThatIsDownStopsNoClimbing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "CALL-2")
	w := newWorld(owed(callback, 24*time.Hour))
	w.pastTarget = time.Hour
	w.enter(t, 0)
	w.during("RaiseRisk", 50*time.Hour, down())
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("escalated"), 3)
	require.Len(t, w.lines("risk"), 1, "once, and late")
}

func TestTheRiskOfADutyThatWasMissedBeforeTheWorkflowBegan(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3")
	w := newWorld(owed(contact, 15*time.Minute), owed(resolution, 72*time.Hour))
	w.duties[0].Verdict, w.duties[0].RiskTime = policyv1.Verdict_MISSED, timestamppb.New(received.Add(6*time.Hour))
	w.enter(t, time.Hour)
	// When it is heard of that it was due earlier, the risk comes earlier too.
	w.at(2*time.Hour, func() { w.signal(w.reschedule(contact, 10*time.Minute)) })
	w.at(8*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"5h55m0s risk contact"}, w.lines("risk"))
	require.Len(t, w.lines("escalated contact 1"), 1)
}

func TestAVerdictThatBecameLateIsHeard(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(3*time.Hour, func() { w.met(callback) })
	w.at(4*time.Hour, func() {
		w.duties[0].State, w.duties[0].Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET_LATE
		w.signal(dutyFact(&workflowv1.DutyFact{
			Name: dutyName(callback), Kind: callback, Verdict: policyv1.Verdict_MET_LATE, Correction: true, Done: true,
		}))
	})
	var details string
	w.at(5*time.Hour, func() { details = w.currentDetails(t) })
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Contains(t, details, "| met late |")
	require.Empty(t, w.lines("escalated"), "nothing is owed any more")
}
