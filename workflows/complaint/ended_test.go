package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// TestASignalThatComesWhileTheEndWaitsForRoutingIsTold: a workflow whose cycle has ended stays until the ladder was told, and what
// comes meanwhile finds it.
func TestASignalThatComesWhileTheEndWaitsForRoutingIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := newWorld(owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.during("RaiseEscalation 1", 3*time.Hour, down())
	w.at(time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(2*time.Hour, w.withdraw)
	w.at(150*time.Minute, func() {
		w.signal(seen(policyv1.SignalKind_OFFER_REJECTED))
		w.signal(seen(policyv1.SignalKind_THREAT))
	})
	w.run(t)
	require.Len(t, w.lines("escalated THREAT 1 REGULATOR_THREAT"), 1)
	require.Len(t, w.lines("escalated OFFER_REJECTED 1 OFFER_REJECTED"), 1)
	require.Equal(t, "CLOSED", w.attributes["RedressStage"])
}

// TestABreachInTheMomentOfTheEndIsTold: what was broken was broken, though nobody handles the complaint any more.
func TestABreachInTheMomentOfTheEndIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4", "CLK-4")
	cases := map[string]struct {
		world *world
		input *workflowv1.ComplaintInput
		more  []string
		ends  time.Duration
	}{
		"of the workflow": {onlyCallback(), input(), nil, 10 * time.Hour},
		"of the cycle, for which an authority still waits": {
			forwardedWorld(), forwardedInput(), []string{"240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE"}, 250 * time.Hour,
		},
	}
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := c.world
			w.enter(t, 0)
			w.at(10*time.Hour, func() {
				told := dutyFact(&workflowv1.DutyFact{Name: dutyName(callback), Kind: callback, Verdict: policyv1.Verdict_MISSED})
				told.Later = []*workflowv1.ComplaintSignal{withdrawn()}
				w.close()
				w.signal(told)
			})
			w.at(250*time.Hour, func() { w.met(authorityReply) })
			w.env.ExecuteWorkflow(complaint.WorkflowName, c.input)
			require.NoError(t, w.env.GetWorkflowError())
			require.Equal(t, append([]string{"10h0m0s escalated callback 1 CALLBACK_MISSED"}, c.more...), w.lines("escalated"))
			require.Equal(t, c.ends, w.elapsed())
		})
	}
}

// TestASignalAndTheEndInTheMomentOfContinuing: no run follows that would tell what this one left to it.
func TestASignalAndTheEndInTheMomentOfContinuing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := newWorld(owed(callback, 24*time.Hour), owed(resolution, 72*time.Hour))
	w.enter(t, 0)
	w.at(time.Hour, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.signal(attended(policyv1.Severity_HIGH)) // The run looks at its length, and begins to give way.
		w.signal(seen(policyv1.SignalKind_THREAT))
		w.withdraw()
	})
	w.during("RaiseEscalation 1", 3*time.Hour, down())
	w.at(2*time.Hour, func() { w.signal(seen(policyv1.SignalKind_OFFER_REJECTED)) })
	w.run(t)
	require.Len(t, w.lines("escalated THREAT 1 REGULATOR_THREAT"), 1)
	require.Len(t, w.lines("escalated OFFER_REJECTED 1 OFFER_REJECTED"), 1)
}

// TestASignalInTheMomentOfContinuingAfterTheEnd: the run that keeps an authority's reply gives way like any other.
func TestASignalInTheMomentOfContinuingAfterTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.at(2*time.Hour, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.signal(attended(policyv1.Severity_HIGH))
		w.signal(seen(policyv1.SignalKind_THREAT))
	})
	w.env.ExecuteWorkflow(complaint.WorkflowName, forwardedInput())
	next := w.continued(t)
	require.Equal(t, []policyv1.SignalKind{policyv1.SignalKind_THREAT}, next.GetState().GetUntoldSignals())
	require.Empty(t, w.lines("escalated"))
	w.enter(t, w.elapsed())
	w.at(3*time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(4*time.Hour, func() { w.met(authorityReply) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"2h0m0s escalated THREAT 1 REGULATOR_THREAT"}, w.lines("escalated"))
}

// TestABreachInTheMomentOfContinuingAfterTheEnd: the next run keeps the authority's reply, and escalates it, once.
func TestABreachInTheMomentOfContinuingAfterTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "ROUTE-4")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.env.SetOnLocalActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
		w.env.SetContinueAsNewSuggested(w.elapsed() >= 240*time.Hour)
	})
	w.env.ExecuteWorkflow(complaint.WorkflowName, forwardedInput())
	next := w.continued(t)
	require.Equal(t, policyv1.Verdict_MISSED, next.GetState().GetDuties()[2].GetVerdict())
	require.Zero(t, next.GetState().GetDuties()[2].GetNoticeCount(), "the next run escalates")
	w.enter(t, w.elapsed())
	w.at(250*time.Hour, func() { w.met(authorityReply) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE"}, w.lines("escalated"))
}

// TestAWorkflowBegunAfterTheEndFindsOutWhenTheResolutionIsSettled: followup had not heard of the end when it told what is owed, and
// no signal tells a workflow of a resolution that it did not decide.
func TestAWorkflowBegunAfterTheEndFindsOutWhenTheResolutionIsSettled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "ACK-2")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.cycle = &intakev1.Cycle{State: intakev1.Complaint_RESOLVED}
	w.enter(t, 71*time.Hour)
	w.at(71*time.Hour+time.Minute, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.duties[0].State, w.duties[0].Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	})
	w.at(100*time.Hour, func() { t.Error("it is still there"); w.withdraw() })
	w.run(t)
	require.Equal(t, []string{"72h0m0s settled resolution MET"}, w.lines("settled", "escalated"))
	require.Equal(t, "RESOLVED", w.attributes["RedressStage"])
	require.Equal(t, 72*time.Hour, w.elapsed())
}

// TestARunThatDidNotHearWhatIsSaidAfterTheEndHearsWhatComesNow: runs begun by a release that passed such signals over go on as their
// history has it, and what comes after the change is told, also of the kind that was passed over.
func TestARunThatDidNotHearWhatIsSaidAfterTheEndHearsWhatComesNow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4")
	w := forwardedWorld()
	w.enter(t, 0)
	w.env.OnGetVersion("signal-after-end-1", workflow.DefaultVersion, workflow.Version(1)).Return(workflow.DefaultVersion)
	w.env.OnGetVersion("signal-after-end-2", workflow.DefaultVersion, workflow.Version(1)).Return(workflow.Version(1))
	w.env.OnGetVersion("severity-after-end", workflow.DefaultVersion, workflow.Version(1)).Return(workflow.DefaultVersion)
	w.at(time.Hour, w.withdraw)
	for _, hour := range []time.Duration{2, 3, 4} {
		w.at(hour*time.Hour, func() {
			w.signal(seen(policyv1.SignalKind_THREAT))
			w.signal(attended(policyv1.Severity_URGENT))
		})
	}
	w.at(5*time.Hour, func() { w.met(authorityReply) })
	w.runForwarded(t)
	require.Equal(t, []string{"3h0m0s escalated THREAT 1 REGULATOR_THREAT"}, w.lines("escalated"))
	require.Empty(t, w.changesOf("RedressSeverity"))
}
