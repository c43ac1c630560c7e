package complaint_test

import (
	"context"
	"fmt"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// drafts is the part of intake's letters that activities use.
type drafts struct {
	intakev1.DraftServiceClient
	*world
}

func (s drafts) WriteDraft(_ context.Context, r *intakev1.WriteDraftRequest, _ ...grpc.CallOption) (*intakev1.Draft, error) {
	leave, err := s.enterCall("WriteDraft")
	defer leave()
	template, kind := "closing", policyv1.LetterTemplate_CLOSING
	if r.GetVariables()["decision"] != "" && !s.remedy.yielded {
		template, kind = "refusal", policyv1.LetterTemplate_REFUSAL
	}
	if r.GetContactEnded() && s.remedy.yielded && !s.remedy.outdated {
		template, kind = "closing-without-reply", policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY
	}
	if err == nil {
		s.note("drafted for cycle %d", r.GetCycle())
		if r.GetAskedAgain() {
			s.note("which promises to ask again")
		}
	}
	return &intakev1.Draft{Template: template, Kind: kind, Text: "The result: " + secret, LanguageCode: "en"}, err
}

// refusals is remedy's service of them. Those of the world are of the first cycle.
type refusals struct {
	remedyv1.RefusalServiceClient
	*world
}

func (s refusals) ListRefusals(context.Context, *remedyv1.ListRefusalsRequest, ...grpc.CallOption) (*remedyv1.ListRefusalsResponse, error) {
	leave, err := s.enterCall("ListRefusals")
	defer leave()
	answer := &remedyv1.ListRefusalsResponse{}
	for i, state := range s.remedy.refusals {
		answer.Refusals = append(answer.Refusals, &remedyv1.Refusal{Name: fmt.Sprint(name, "/refusals/", i+1), Cycle: 1, State: state})
	}
	return answer, err
}

func (s refusals) WriteRefusal(_ context.Context, r *remedyv1.WriteRefusalRequest, _ ...grpc.CallOption) (*remedyv1.WriteRefusalResponse, error) {
	leave, err := s.enterCall("WriteRefusal")
	defer leave()
	s.note("write %s", path.Base(r.GetName()))
	return &remedyv1.WriteRefusalResponse{Variables: map[string]string{"decision": secret}}, err
}

func (s followup) GetFollowUpPlan(
	_ context.Context, r *followupv1.GetFollowUpPlanRequest, _ ...grpc.CallOption,
) (*followupv1.FollowUpPlan, error) {
	leave, err := s.enterCall("GetFollowUpPlan")
	defer leave()
	return &followupv1.FollowUpPlan{AskedAgain: s.asked && r.GetCycle() == 1 && r.GetHasPhone() && !r.GetHasEmail()}, err
}

func (s followup) SendLetter(_ context.Context, r *followupv1.SendLetterRequest, _ ...grpc.CallOption) (*followupv1.SendLetterResponse, error) {
	leave, err := s.enterCall("SendLetter")
	defer leave()
	if err == nil {
		s.note("letter %s in %s", r.GetOccasion(), r.GetRecipient().GetLanguageCode())
		if r.GetTemplate() != "closing" {
			s.note("which is %s", r.GetTemplate())
		}
	}
	return &followupv1.SendLetterResponse{}, err
}

// TestHowItEndedIsTold (REM-6): resolved, closed by silence or as no complaint, withdrawn, or merged. A channel that is away is waited for, and a letter
// that cannot be written is noted for operators and ends nobody's cycle later.
func TestHowItEndedIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-10", "REC-1", "REC-6", "CLK-4")
	ends := func(outcome intakev1.Complaint_Outcome) *workflowv1.ComplaintSignal {
		return &workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
			End: &workflowv1.EndFact{Outcome: outcome.String()},
		}}
	}
	closed := func(w *world, outcome intakev1.Complaint_Outcome) {
		w.close()
		w.signal(ends(outcome))
		w.signal(ends(outcome))
	}
	for title, c := range map[string]struct {
		do    func(w *world)
		lines []string
	}{
		"resolved":     {func(w *world) { w.askToResolve("1") }, []string{"1h0m0s letter resolved in en"}},
		"silent":       {func(w *world) { closed(w, intakev1.Complaint_UNREACHABLE) }, []string{"1h0m0s letter closed in en"}},
		"no complaint": {func(w *world) { closed(w, intakev1.Complaint_NOT_A_COMPLAINT) }, []string{"1h0m0s letter not-a-complaint in en"}},
		"merged":       {func(w *world) { closed(w, intakev1.Complaint_MERGED) }, []string{"1h0m0s letter merged in en"}},
		"withdrawn":    {func(w *world) { w.withdraw() }, []string{"1h0m0s letter withdrawn in en"}},
		"spam, or imported silently": {func(w *world) {
			w.close()
			w.cycle.Silent = true
			w.signal(ends(intakev1.Complaint_NOT_A_COMPLAINT))
		}, []string{}},
		"withdrawn after it was settled in a conversation": {func(w *world) {
			w.settledAtOnce = &intakev1.Settled{Answer: "a"}
			w.withdraw()
		}, []string{"1h0m0s letter withdrawn in en"}},
		"withdrawn after contact was ended": {func(w *world) {
			w.remedy.refusals, w.remedy.yielded = []remedyv1.Refusal_State{remedyv1.Refusal_CONTACT_ENDED}, true
			w.withdraw()
		}, []string{"1h0m0s letter withdrawn in en"}},
		"refused": {func(w *world) {
			w.remedy.refusals = []remedyv1.Refusal_State{remedyv1.Refusal_ACCEPTED, remedyv1.Refusal_ABANDONED}
			w.askToResolve("1")
		}, []string{"1h0m0s write 1", "1h0m0s letter resolved in en", "1h0m0s which is refusal"}},
		"refused, and contact ended": {func(w *world) {
			w.remedy.refusals = []remedyv1.Refusal_State{remedyv1.Refusal_CONTACT_ENDED}
			w.askToResolve("1")
		}, []string{"1h0m0s write 1", "1h0m0s letter resolved in en", "1h0m0s which is refusal"}},
		"contact ended": {func(w *world) {
			w.remedy.refusals, w.remedy.yielded = []remedyv1.Refusal_State{remedyv1.Refusal_CONTACT_ENDED}, true
			w.askToResolve("1")
		}, []string{"1h0m0s write 1", "1h0m0s letter resolved in en", "1h0m0s which is closing-without-reply"}},
		"contact ended, and an intake of before": {func(w *world) {
			w.remedy.refusals, w.remedy.yielded = []remedyv1.Refusal_State{remedyv1.Refusal_CONTACT_ENDED}, true
			w.remedy.outdated = true
			w.askToResolve("1")
		}, []string{"1h0m0s write 1"}},
		"not refused after all": {func(w *world) {
			w.remedy.refusals = []remedyv1.Refusal_State{remedyv1.Refusal_ABANDONED}
			w.askToResolve("1")
		}, []string{"1h0m0s letter resolved in en"}},
		"settled when it was filed": {func(w *world) {
			w.settledAtOnce = &intakev1.Settled{Answer: "a"}
			w.askToResolve("1")
		}, []string{}},
		"found out from intake": {func(w *world) { // :resolve after the offer had lapsed, of whose end no signal has come yet
			w.cycle = &intakev1.Cycle{State: intakev1.Complaint_CLOSED, Outcome: intakev1.Complaint_UNREACHABLE}
			w.faults["ConfirmResolution"] = func() error {
				return reasoned(codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String())
			}
			w.askToResolve("1")
		}, []string{"1h0m0s letter closed in en"}},
		"found out that it is withdrawn": {func(w *world) {
			w.cycle = &intakev1.Cycle{State: intakev1.Complaint_CLOSED, Outcome: intakev1.Complaint_WITHDRAWN}
			w.faults["ConfirmResolution"] = func() error {
				return reasoned(codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String())
			}
			w.askToResolve("1")
		}, []string{"1h0m0s letter withdrawn in en"}},
		"found out when it had been opened again": {func(w *world) {
			w.cycle = &intakev1.Cycle{State: intakev1.Complaint_ACTIVE, Outcome: intakev1.Complaint_EXPLAINED}
			w.faults["ConfirmResolution"] = func() error {
				return reasoned(codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String())
			}
			w.askToResolve("1")
		}, []string{"1h0m0s letter resolved in en"}},
		"resolved and closed": {func(w *world) { closed(w, intakev1.Complaint_REMEDIED) }, []string{"1h0m0s letter resolved in en"}},
		"no such letter": {func(w *world) {
			w.faults["WriteDraft"] = func() error {
				return reasoned(codes.NotFound, intakev1.ErrorReason_TEMPLATE_NOT_FOUND.String())
			}
			w.askToResolve("1")
		}, []string{}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.enter(t, 0)
			w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
			w.at(time.Hour, func() { c.do(w) })
			w.run(t)
			require.Equal(t, c.lines, w.lines("write", "letter", "which"))
			require.Equal(t, time.Hour, w.elapsed())
		})
	}
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.during("SendLetter", 3*time.Hour, down())
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.run(t)
	require.Len(t, w.lines("letter resolved in en"), 1)
	require.Equal(t, "RESOLVED", w.attributes["RedressStage"])
}

// TestTheEndIsToldThoughNoSignalToldOfIt: a clock that was due when the end was recorded finds out first, and the signal comes after it.
func TestTheEndIsToldThoughNoSignalToldOfIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "CLK-1")
	w := newWorld(owed(resolution, 72*time.Hour), owed(callback, 80*time.Hour))
	w.enter(t, 0)
	w.during("SendLetter", 75*time.Hour, down())
	w.at(71*time.Hour, func() {
		w.close()
		w.cycle.Outcome = intakev1.Complaint_UNREACHABLE
	})
	w.at(74*time.Hour, func() {
		w.signal(&workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
			End: &workflowv1.EndFact{Outcome: intakev1.Complaint_UNREACHABLE.String()},
		}})
	})
	w.run(t)
	require.Len(t, w.lines("letter closed in en"), 1)
}

// TestWhatHadEndedBeforeIsNotToldAgain: a workflow that is begun anew finds all that was owed settled. Whoever was there at the end told it.
func TestWhatHadEndedBeforeIsNotToldAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	w := newWorld(owed(resolution, 72*time.Hour))
	w.duties[0].State = followupv1.Duty_KEPT
	w.cycle = &intakev1.Cycle{State: intakev1.Complaint_RESOLVED, Outcome: intakev1.Complaint_REMEDIED}
	w.enter(t, time.Hour)
	w.run(t)
	require.Empty(t, w.lines("letter", "drafted"))
}

// TestAnEndBeforeTheWorkflowBeganIsTold: a repeat is merged, and what is none closed, in the first moments, or while Temporal is away. Nobody
// had acknowledged it, so nobody has told the end of it either; otherwise somebody was there.
func TestAnEndBeforeTheWorkflowBeganIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-6")
	for title, c := range map[string]struct {
		outcome intakev1.Complaint_Outcome
		verdict policyv1.Verdict
		told    []string
	}{
		"merged":                         {intakev1.Complaint_MERGED, policyv1.Verdict_VERDICT_UNSPECIFIED, []string{"0s letter merged in en"}},
		"withdrawn":                      {intakev1.Complaint_WITHDRAWN, policyv1.Verdict_VERDICT_UNSPECIFIED, []string{"0s letter withdrawn in en"}},
		"somebody had acknowledged it":   {intakev1.Complaint_WITHDRAWN, policyv1.Verdict_MET, []string{}},
		"somebody had found it overdue":  {intakev1.Complaint_WITHDRAWN, policyv1.Verdict_MISSED, []string{}},
		"resolved, which a workflow was": {intakev1.Complaint_EXPLAINED, policyv1.Verdict_VERDICT_UNSPECIFIED, []string{}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.close()
			w.cycle.Outcome = c.outcome
			w.duty(dutyName(acknowledge)).Verdict = c.verdict
			w.enter(t, 0)
			w.run(t)
			require.Equal(t, c.told, w.lines("letter"))
		})
	}
}

// TestAThreatIsHeardWhileTheLetterWaits: the channel may be away for hours, and the ladder is told at once.
func TestAThreatIsHeardWhileTheLetterWaits(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "ROUTE-4", "REM-6")
	w := newWorld()
	w.enter(t, 0)
	w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
	w.during("SendLetter", 30*time.Hour, down())
	w.at(time.Hour, func() { w.askToResolve("1") })
	w.at(2*time.Hour, func() { w.signal(seen(policyv1.SignalKind_THREAT)) })
	w.at(3*time.Hour, func() {
		w.signal(attended(policyv1.Severity_HIGH)) // It is heard, and changes nothing that is owed.
		w.signal(seen(policyv1.SignalKind_THREAT))
	})
	w.at(4*time.Hour, func() { w.signal(seen(policyv1.SignalKind_OFFER_REJECTED)) })
	w.run(t)
	require.Equal(t, []string{"2h0m0s escalated THREAT 1 REGULATOR_THREAT", "4h0m0s escalated OFFER_REJECTED 1 OFFER_REJECTED"}, w.lines("escalated"))
	require.Len(t, w.lines("letter resolved in en"), 1)
	require.GreaterOrEqual(t, w.elapsed(), 30*time.Hour)
}

// TestTheEndInTheMomentOfContinuing: the run that follows, since an authority still waits, sends the letter.
func TestTheEndInTheMomentOfContinuing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REC-6")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(2*time.Hour, func() {
		w.env.SetContinueAsNewSuggested(true)
		w.signal(attended(policyv1.Severity_HIGH))
		w.close()
		w.signal(&workflowv1.ComplaintSignal{Type: "complaint_closed", Fact: &workflowv1.ComplaintSignal_End{
			End: &workflowv1.EndFact{Outcome: intakev1.Complaint_UNREACHABLE.String()},
		}})
	})
	w.env.ExecuteWorkflow(complaint.WorkflowName, forwardedInput())
	next := w.continued(t)
	require.Equal(t, "closed", next.GetState().GetUntoldOutcome())
	require.Empty(t, w.lines("letter"))
	w.enter(t, w.elapsed())
	w.at(4*time.Hour, func() { w.met(authorityReply) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"2h0m0s letter closed in en"}, w.lines("letter"))
}

// TestServicesThatAreOlderThanTheWorkerAreWaitedFor: they do not know the question, or take it for a wrong one. What intake says that can
// never be is not asked again.
func TestServicesThatAreOlderThanTheWorkerAreWaitedFor(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6")
	for method, old := range map[string]error{
		"WriteDraft":    reasoned(codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()),
		"ListRefusals":  status.Error(codes.Unimplemented, "x"),
		"CheckRemedies": status.Error(codes.Unimplemented, "x"),
	} {
		w := newWorld()
		w.enter(t, 0)
		w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
		w.during(method, 3*time.Hour, old)
		w.at(time.Hour, func() { w.askToResolve("1") })
		w.run(t)
		require.Len(t, w.lines("letter resolved in en"), 1, method)
		require.Len(t, w.lines("drafted for cycle 1"), 1, method)
		require.GreaterOrEqual(t, w.elapsed(), 3*time.Hour, method)
	}
	for _, never := range []intakev1.ErrorReason{
		intakev1.ErrorReason_DATA_KEY_NOT_FOUND, intakev1.ErrorReason_TEMPLATE_NOT_FOUND, intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING,
		intakev1.ErrorReason_TEMPLATE_VARIABLE_UNKNOWN,
	} {
		w := newWorld()
		w.enter(t, 0)
		w.at(time.Second, func() { w.met(contact, firstResponse, callback) })
		w.faults["WriteDraft"] = func() error { return reasoned(codes.NotFound, never.String()) }
		w.at(time.Hour, func() { w.askToResolve("1") })
		w.run(t)
		require.Empty(t, w.lines("letter"), never)
		require.Equal(t, time.Hour, w.elapsed(), never)
	}
}
