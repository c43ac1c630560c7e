package complaint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

func TestACycleThatIsNotOpenEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, state := range []intakev1.Complaint_State{intakev1.Complaint_RESOLVED, intakev1.Complaint_CLOSED} {
		t.Run(state.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.close()
			w.cycle = &intakev1.Cycle{State: state}
			w.enter(t, 0)
			w.run(t)
			require.Equal(t, []string{"0s recorded cycle 1, again false"}, w.log, "nothing else is done in it")
			require.Equal(t, []string{"0s RedressStage=" + state.String()}, w.changes)
		})
	}
}

func TestThatACycleIsOpenIsKnownFromItsDuties(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.faults["GetCycle"] = func() error {
		require.False(t, w.cycle.GetOpen(), "the resolution is owed, so the cycle is open")
		return nil
	}
	w.enter(t, 0)
	w.at(2*time.Second, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("acknowledged"), 1)
}

func TestDutiesAreWaitedForUntilFollowupHasOpenedThem(t *testing.T) {
	t.Parallel()
	cases := map[string]error{
		"nothing yet":   nil,
		"not yet known": reasoned(codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()),
		"unknown":       reasoned(codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()),
		"no right":      reasoned(codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String()),
		"refused":       reasoned(codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()),
	}
	for title, err := range cases {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := onlyCallback()
			w.enter(t, 0)
			w.hidden = true
			w.during("ListDuties", time.Hour, err)
			w.at(time.Hour, func() { w.mu.Lock(); w.hidden = false; w.mu.Unlock() })
			w.at(30*time.Hour, w.withdraw)
			w.run(t)
			require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
		})
	}
}

func TestSignalsBeforeTheDutiesAreKnownAreNotLost(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := newWorld(owed(contact, 15*time.Minute), owed(callback, 24*time.Hour))
	w.enter(t, 0)
	// Followup answers with duties as they were before the call, and its events were faster than the answer.
	w.hidden = true
	w.at(time.Minute, func() {
		w.signal(dutyFact(&workflowv1.DutyFact{Name: dutyName(callback), Kind: callback, Verdict: policyv1.Verdict_MET, Done: true}))
	})
	w.at(10*time.Minute, func() { w.mu.Lock(); w.hidden = false; w.mu.Unlock() })
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"15m0s settled contact MISSED"}, w.lines("settled"), "the callback is known to be met")
}

func TestWithdrawalEndsTheCycleEvenBeforeTheDutiesAreKnown(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	w := onlyCallback()
	w.hidden = true
	w.enter(t, 0)
	w.at(time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, time.Hour, w.elapsed())
	require.Equal(t, "CLOSED", w.attributes["RedressStage"])
}

func TestWithdrawalStopsClocksAndClimbing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	w := newWorld()
	w.enter(t, 0)
	w.at(30*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, 30*time.Hour, w.elapsed(), "no timer holds it")
	require.Equal(t, "CLOSED", w.attributes["RedressStage"])
	require.Equal(t, []string{
		"15m0s escalated contact 1 RESPONSE_OVERDUE",
		"30m0s escalated first-response 1 RESPONSE_OVERDUE",
		"24h0m0s escalated callback 1 CALLBACK_MISSED",
	}, w.lines("escalated"))
}

func TestAnEndThatNoSignalTellsIsFoundOutWhenADutyIsSettled(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	w.at(time.Hour, w.close)
	w.run(t)
	require.Equal(t, []string{"24h0m0s settled callback RELEASED"}, w.lines("settled", "escalated"))
	require.Equal(t, "CLOSED", w.attributes["RedressStage"])
}

func TestOverdueFromTheStartIsSettledAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := onlyCallback()
	w.enter(t, 25*time.Hour) // no worker ran, or a letter lay about
	w.at(26*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"25h0m0s settled callback MISSED", "25h0m0s escalated callback 1 CALLBACK_MISSED"},
		w.lines("settled", "escalated"))
}

func TestNotDueIsAskedAgainWhenFollowupSays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	w := onlyCallback()
	w.enter(t, 0)
	// The due time moves after the workflow has read it.
	w.at(time.Hour, func() { w.mu.Lock(); w.duties[0] = owed(callback, 26*time.Hour); w.mu.Unlock() })
	w.at(30*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"24h0m0s settled callback NOT_DUE", "26h0m0s settled callback MISSED", "26h0m0s escalated callback 1 CALLBACK_MISSED",
	}, w.lines("settled", "escalated"))
	require.Contains(t, w.changesOf("RedressDueTime"), "24h0m0s RedressDueTime=2026-01-02 11:00:00 +0000 UTC")
}

func TestClocksThatDifferCostFewQuestions(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	// Followup's clock is behind by ten minutes, so it says "not before the due time", which has passed here.
	w.at(time.Hour, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.slow = 10 * time.Minute
	})
	w.at(25*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("escalated"), 1)
	require.Less(t, len(w.lines("settled")), 20)
}

func TestEachDutyIsEscalatedOnceAndOnlyTheCallbackClimbsWhenAllIsAcknowledged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-4", "ACK-2")
	w := newWorld(owed(contact, 15*time.Minute), owed(firstResponse, 30*time.Minute), owed(resolution, 72*time.Hour, 60*time.Hour))
	w.enter(t, 0)
	w.at(40*time.Minute, func() { w.met(contact, firstResponse) })
	w.at(100*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{
		"15m0s escalated contact 1 RESPONSE_OVERDUE",
		"30m0s escalated first-response 1 RESPONSE_OVERDUE",
		"60h0m0s warned resolution of 60h0m0s",
		"72h0m0s escalated resolution 1 RESOLUTION_OVERDUE",
	}, w.lines("escalated", "warned"))
	require.Equal(t, []string{
		"15m0s RedressBreach=[contact]", "30m0s RedressBreach=[contact first-response]", "40m0s RedressBreach=[first-response]",
		"40m0s RedressBreach=<nil>", "72h0m0s RedressBreach=[resolution]", "100h0m0s RedressBreach=<nil>",
	}, w.changesOf("RedressBreach"))
}

func TestRepeatedAndStaleSignalsChangeNothing(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	missed := dutyFact(&workflowv1.DutyFact{Name: dutyName(callback), Kind: callback, Verdict: policyv1.Verdict_MISSED})
	w.at(25*time.Hour, func() { w.signal(missed); w.signal(missed) })
	w.at(26*time.Hour, func() { w.met(callback); w.met(callback) })
	w.at(27*time.Hour, func() {
		w.signal(missed) // older than what is known
		w.signal(dutyFact(&workflowv1.DutyFact{Name: name + "/duties/1-unknown", Done: true}))
		w.signal(&workflowv1.ComplaintSignal{Type: "something_new"})
	})
	w.at(60*time.Hour, w.withdraw)
	w.run(t)
	require.Len(t, w.lines("escalated"), 1)
	require.Equal(t, []string{"24h0m0s RedressBreach=[callback]", "26h0m0s RedressBreach=<nil>"}, w.changesOf("RedressBreach"))
}

func TestSearchAttributesAreWrittenOnlyWhenTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.enter(t, 0)
	w.at(10*time.Second, func() { w.met(contact) })
	w.at(20*time.Second, func() { w.met(contact) })
	w.at(30*time.Second, w.withdraw)
	w.run(t)
	require.Equal(t, 3, w.upserts, "begun, contact made, closed: once a workflow task: %v", w.changes)
	require.Equal(t, map[string]any{
		"RedressStage": "CLOSED", "RedressDepartment": "departments/quality", "RedressAssignee": "agents/lin",
	}, w.attributes)
	require.Equal(t, []string{
		"0s RedressDueTime=2026-01-01 09:15:00 +0000 UTC", "10s RedressDueTime=2026-01-01 09:30:00 +0000 UTC",
		"30s RedressDueTime=<nil>",
	}, w.changesOf("RedressDueTime"))
}

func TestFactsThatAreToldTogetherAreHeardInOrder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "ACK-2")
	w := newWorld(owed(contact, 15*time.Minute), owed(firstResponse, 30*time.Minute), owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.at(10*time.Minute, func() {
		all := w.meet(contact, 10*time.Minute)
		all.Later = []*workflowv1.ComplaintSignal{w.meet(firstResponse, 10*time.Minute), w.meet(callback, 10*time.Minute)}
		w.signal(all)
	})
	w.at(11*time.Minute, func() { require.Empty(t, w.timers, "nothing is waited for any more") })
	w.at(48*time.Hour, w.withdraw)
	w.run(t)
	require.Empty(t, w.lines("settled", "escalated"))
	require.Equal(t, []string{"0s RedressDuty=[contact first-response callback]", "10m0s RedressDuty=<nil>"}, w.changesOf("RedressDuty"))
}

func TestABreachIsSettledAndToldInOneTask(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := onlyCallback()
	w.enter(t, 0)
	w.at(24*time.Hour-time.Second, func() { w.upserts = 0 })
	w.at(24*time.Hour+time.Second, func() { require.Equal(t, 1, w.upserts, "breach and level: %v", w.changes) })
	w.at(25*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s settled callback MISSED", "24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("settled", "escalated"))
}

func TestOperatorsReadSummaries(t *testing.T) {
	t.Parallel()
	w := onlyCallback()
	w.enter(t, 0)
	w.at(37*time.Hour, w.withdraw)
	w.run(t)
	for _, summary := range []string{
		"Warning: callback due 2026-01-02 09:00 UTC", "Warn: callback due 2026-01-02 09:00 UTC", "Callback due 2026-01-02 09:00 UTC",
		"Settle: callback", "Escalate: callback missed, notice 1", "Callback climbs, notice 2", "Escalate: callback missed, notice 2",
	} {
		require.Contains(t, w.summaries, summary)
	}
}

func TestAServiceThatRefusesForGoodStopsNoClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := newWorld()
	w.enter(t, 0)
	no := reasoned(codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	asked := map[string]int{}
	for _, method := range []string{"AssignComplaint", "SendAcknowledgement", "SendNotice", "RaiseEscalation 1", "CheckResolution"} {
		w.faults[method] = func() error { asked[method]++; return no }
	}
	w.at(25*time.Hour, func() { w.askToResolve("1") })
	w.at(40*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"36h0m0s escalated callback 2 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Equal(t, 1, asked["AssignComplaint"], "asking again is of no use")
	require.Equal(t, 1, asked["CheckResolution"], "asking again is of no use")
	details := w.currentDetails(t)
	require.Contains(t, details, "Escalate: callback missed, notice 1: refused, routing.RaiseEscalation: InvalidArgument INVALID_FIELD")
	require.NotContains(t, details, secret)
}

func TestCurrentDetails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.enter(t, 0)
	w.at(20*time.Minute, func() { w.met(contact, firstResponse) })
	var details string
	w.at(25*time.Hour, func() { details = w.currentDetails(t) })
	w.at(26*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, `**ACTIVE** · R-7K3M-9QX2-C · normal · cycle 1 · received 2026-01-01 09:00 UTC

Owner: agents/lin, departments/quality · acknowledged: yes · escalation level: 1

Waits for the answer of: agents/wu

| Duty | Due | Stands | Warnings | Escalation | Clock |
| --- | --- | --- | --- | --- | --- |
| acknowledge | 2026-01-01 09:01 UTC | met | 0 of 0 | none |  |
| contact | 2026-01-01 09:15 UTC | met late | 0 of 0 | notice 1 to agents/wu |  |
| first-response | 2026-01-01 09:30 UTC | met | 0 of 0 | none |  |
| callback | 2026-01-02 09:00 UTC | **missed, still owed** | 2 of 2 | notice 1 to agents/wu, climbs 2026-01-02 21:00 UTC |  |
| resolution | 2026-01-04 09:00 UTC | owed | 0 of 2 | none |  |`, details)
}

func TestContinuingAsNewLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "ROUTE-4")
	w := newWorld(owed(acknowledge, time.Minute), owed(contact, 15*time.Minute),
		owed(callback, 24*time.Hour, 20*time.Hour, 23*time.Hour), owed(resolution, 72*time.Hour, 60*time.Hour))
	w.enter(t, 0)
	// The wish comes while a notice is under way, and is heard once that has arrived.
	w.at(24*time.Hour-time.Minute, func() { w.during("RaiseEscalation 1", 25*time.Hour, down()) })
	w.at(24*time.Hour+time.Minute, func() { w.env.SetContinueAsNewSuggested(true) })
	next := w.runUntilContinued(t)
	require.GreaterOrEqual(t, w.elapsed(), 25*time.Hour)
	require.Less(t, w.elapsed(), 26*time.Hour)

	began := w.elapsed()
	w.enter(t, began)
	w.at(40*time.Hour, func() { w.met(callback) })
	w.at(61*time.Hour, w.withdraw)
	upserts := w.upserts
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"20h0m0s warned callback of 20h0m0s", "23h0m0s warned callback of 23h0m0s",
		"60h0m0s warned resolution of 60h0m0s"}, w.lines("warned"))
	told := map[string]bool{} // A try whose answer is lost is made again with its number, which routing tells once.
	for _, line := range w.lines("escalated") {
		_, notice, _ := strings.Cut(line, " escalated ")
		told[notice] = true
	}
	require.Equal(t, map[string]bool{
		"contact 1 RESPONSE_OVERDUE": true, "callback 1 CALLBACK_MISSED": true, "callback 2 CALLBACK_MISSED": true,
	}, told)
	require.Len(t, w.lines("assigned"), 1)
	require.Len(t, w.lines("acknowledged"), 1)
	require.Equal(t, []string{
		"15m0s RedressBreach=[contact]", "24h0m0s RedressBreach=[contact callback]", "40h0m0s RedressBreach=[contact]",
		"61h0m0s RedressBreach=<nil>",
	}, w.changesOf("RedressBreach"))
	require.Equal(t, upserts+3, w.upserts, "level 2, met late, closed: %v", w.changes)
}

func TestABreachInTheMomentOfContinuingIsEscalatedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	w := newWorld(owed(acknowledge, 29*time.Hour), owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.env.SetOnLocalActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
		w.env.SetContinueAsNewSuggested(w.elapsed() >= 24*time.Hour)
	})
	next := w.runUntilContinued(t)
	settled := next.GetState().GetDuties()[1]
	require.Equal(t, policyv1.Verdict_MISSED, settled.GetVerdict())
	require.Zero(t, settled.GetNoticeCount(), "the next run escalates")
	w.enter(t, 24*time.Hour)
	w.at(28*time.Hour, w.withdraw)
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Len(t, w.lines("acknowledged"), 1, "it was sent, and followup's signal is on its way")
}

// runUntilContinued lets a run go on until it continues as new, and returns what the next run is given.
func (w *world) runUntilContinued(t *testing.T) *workflowv1.ComplaintInput {
	t.Helper()
	w.env.ExecuteWorkflow(complaint.WorkflowName, input())
	return w.continued(t)
}

// continued is what the run after one that continued as new is given.
func (w *world) continued(t *testing.T) *workflowv1.ComplaintInput {
	t.Helper()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &again)
	var next *workflowv1.ComplaintInput
	require.NoError(t, workflows.DataConverter().FromPayloads(again.Input, &next))
	return next
}

func TestADutyOfALaterReleaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(owed(policyv1.DutyKind(99), time.Hour), owed(callback, 24*time.Hour))
	w.enter(t, 0)
	w.at(25*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"24h0m0s escalated callback 1 CALLBACK_MISSED"}, w.lines("escalated"))
	require.Contains(t, w.currentDetails(t), "a kind that this release does not know")
}

func TestDutiesThatAreDoneWhenTheWorkflowBeginsAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, d := range w.duties {
		d.State, d.Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
	}
	w.enter(t, 0)
	w.at(100*time.Hour, w.withdraw)
	w.run(t)
	require.Equal(t, []string{"0s assigned"}, w.lines("assigned", "acknowledged", "escalated"), "a history lost by Temporal is begun anew without a second message")
}

func TestWorkflowID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "complaint/01arz3ndektsv4rrffq69g5fav/2", complaint.WorkflowID(name, 2))
}

func TestSearchAttributesFitIntoSQLVisibility(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, kind := range complaint.SearchAttributes() {
		count[fmt.Sprint(kind)]++
	}
	require.Equal(t, map[string]int{"Keyword": 5, "KeywordList": 3, "Datetime": 1, "Int": 2}, count)
}
