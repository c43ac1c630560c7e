package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// hears delivers another service's fact on a cycle of a complaint, and tells whether it was the first time.
func (f *fixture) hears(complaint string, cycle int32, kind string, payload *eventv1.Payload) (again func() bool) {
	f.t.Helper()
	content, err := proto.Marshal(payload)
	require.NoError(f.t, err)
	event := assignment(f.t, complaint, "departments/quality", "")
	event.Cycle, event.Type, event.Payload = cycle, kind, content
	deliver := func() bool {
		resp, err := f.sink.ApplyEvent(f.t.Context(), &eventv1.ApplyEventRequest{Event: event})
		require.NoError(f.t, err)
		return resp.GetFirst()
	}
	require.True(f.t, deliver())
	return deliver
}

const offeredRemedy = "/remedies/01jb3p5v9x7k2m4n6q8r0t1w3y"

func answeredWith(complaint, answer string, version int32) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: &eventv1.OfferAnswered{
		Remedy: complaint + offeredRemedy, Version: version, Answer: answer,
	}}}
}

func brokenPromise(complaint, id string) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_PromiseBroken{PromiseBroken: &eventv1.PromiseBroken{
		Promise: complaint + "/promises/" + id, DueTime: timestamppb.New(begin),
	}}}
}

// TestWhatIsDeclinedAndWhatIsBrokenAreSignals, once each, in a cycle that is open (REM-4, PROM-1).
func TestWhatIsDeclinedAndWhatIsBrokenAreSignals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "PROM-1", "RISK-3")
	f := newFixture(t)
	c := f.file()
	name := c.GetName()
	f.hears(name, 1, "offer_answered", answeredWith(name, "ACCEPTED", 1))
	f.hears(name, 1, "offer_answered", answeredWith(name, "COUNTERED", 1))
	require.Len(t, f.types(name), 1, "no word against us")
	require.False(t, f.hears(name, 1, "offer_answered", answeredWith(name, "DECLINED", 1))())
	f.hears(name, 1, "offer_answered", answeredWith(name, "DECLINED", 1))
	require.Equal(t, []string{"complaint_received", "signals_raised"}, f.types(name), "once, however it is told")
	raised := f.payloads(name)[1].GetSignalsRaised()
	require.Equal(t, policyv1.SignalKind_OFFER_REJECTED, raised.GetEscalatedKind(), "the ladder hears of it")
	require.Equal(t, name+offeredRemedy, raised.GetSignals()[0].GetSource(), "the proposal is the evidence")
	f.hears(name, 1, "promise_broken", brokenPromise(name, "p1"))
	require.Equal(t, policyv1.Severity_HIGH, f.get(name).GetSeverity())
	raised = f.payloads(name)[2].GetSignalsRaised()
	require.Equal(t, policyv1.SignalKind_PROMISE_BROKEN, raised.GetSignals()[0].GetKind())
	require.False(t, raised.GetEscalate(), "its duty climbs by itself")
	f.hears(name, 1, "promise_broken", brokenPromise(name, "p2"))
	require.Equal(t, policyv1.Severity_HIGH, f.get(name).GetSeverity(), "the kind weighs once")
	before := len(f.types(name))
	f.hears(name, 2, "promise_broken", brokenPromise(name, "p3"))
	require.Len(t, f.types(name), before, "of another cycle")
}

// TestSilenceClosesWhereThePolicySaysSo: remedy has looked whether an authority waits, and says so.
func TestSilenceClosesWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	f := newFixture(t)
	lapsed := func(name string, shut bool) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
			Remedy: name + offeredRemedy, Version: 1, Close: shut,
		}}}
	}
	for _, state := range []intakev1.Complaint_State{intakev1.Complaint_RECEIVED, intakev1.Complaint_ACTIVE, intakev1.Complaint_RESOLVING} {
		name := f.in(state).GetName()
		f.hears(name, 1, "offer_lapsed", lapsed(name, false))
		require.Equal(t, state, f.get(name).GetState())
		require.False(t, f.hears(name, 1, "offer_lapsed", lapsed(name, true))())
		require.Equal(t, intakev1.Complaint_CLOSED, f.get(name).GetState())
		require.Equal(t, intakev1.Complaint_UNREACHABLE, f.get(name).GetOutcome())
		types := f.types(name)
		require.Equal(t, "complaint_closed", types[len(types)-1])
		f.hears(name, 1, "offer_lapsed", lapsed(name, true))
		require.Len(t, f.types(name), len(types))
	}
	resolved := f.in(intakev1.Complaint_RESOLVED).GetName()
	f.hears(resolved, 1, "offer_lapsed", lapsed(resolved, true))
	require.Equal(t, intakev1.Complaint_RESOLVED, f.get(resolved).GetState())
}

// TestSilenceClosesNothingThatAnAuthorityForwarded, also when remedy has never heard of the authority, and when it has its answer.
func TestSilenceClosesNothingThatAnAuthorityForwarded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-1")
	f := newFixture(t)
	req := request()
	req.Channel = intakev1.Complaint_FORWARDED
	req.Forwarding = &intakev1.Forwarding{Authority: "12345", ReplyDueTime: timestamppb.New(f.now().Add(72 * time.Hour))}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	lapsed := &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: c.GetName() + offeredRemedy, Version: 1, Close: true,
	}}}
	f.hears(c.GetName(), 1, "offer_lapsed", lapsed)
	require.Equal(t, intakev1.Complaint_RECEIVED, f.get(c.GetName()).GetState())
	_, err = f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{Name: c.GetName(), Proof: "answer 7"})
	require.NoError(t, err)
	f.hears(c.GetName(), 1, "offer_lapsed", lapsed)
	require.Equal(t, intakev1.Complaint_RECEIVED, f.get(c.GetName()).GetState())
}

// TestWhatWasPromisedBeforeIsJudged with evidence, and followup hears of it in the words that were said (REC-9).
func TestWhatWasPromisedBeforeIsJudged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9")
	f := newFixture(t)
	c := f.file()
	records := f.recordsAs("agents/lin", authv1.Role_AGENT)
	made, err := records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
		Parent: c.GetName(), AllegedPromise: &intakev1.AllegedPromise{Text: "a voucher by Friday", DueTime: timestamppb.New(begin)},
	})
	require.NoError(t, err)
	_, err = records.UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{AllegedPromise: &intakev1.AllegedPromise{
		Name: made.GetName(), State: intakev1.AllegedPromise_VERIFIED, Evidence: "the tape",
	}})
	require.NoError(t, err)
	var judged *eventv1.AllegedPromiseJudged
	for _, p := range f.payloads(c.GetName()) {
		if p.GetAllegedPromiseJudged() != nil {
			judged = p.GetAllegedPromiseJudged()
		}
	}
	require.True(t, judged.GetVerified())
	require.Equal(t, made.GetName(), judged.GetAllegedPromise())
	require.Equal(t, begin, judged.GetDueTime().AsTime())
	words, err := f.key(judged.GetText().GetCustomer()).Open(judged.GetText().GetCiphertext(), judged.GetText().GetPlace())
	require.NoError(t, err)
	require.Equal(t, "a voucher by Friday", string(words))
}

// TestTheLetterThatEndsAComplaintSaysTheResult by itself (REM-6): what the customer was told, or that there was no answer.
func TestTheLetterThatEndsAComplaintSaysTheResult(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "REM-4")
	f := newFixture(t)
	worker := f.drafts("services/worker", authv1.Role_SERVICE)
	resolved := f.in(intakev1.Complaint_RESOLVED)
	draft, err := worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: resolved.GetName()})
	require.NoError(t, err)
	require.Equal(t, policyv1.LetterTemplate_CLOSING, draft.GetKind())
	require.Contains(t, draft.GetText(), resolved.GetResolution())
	open := f.in(intakev1.Complaint_ACTIVE).GetName()
	_, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: open})
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_TEMPLATE_VARIABLE_MISSING)
	f.hears(open, 1, "offer_lapsed", &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: open + offeredRemedy, Version: 1, Close: true,
	}}})
	for language, part := range map[string]string{"zh-Hans": "还没有收到您的答复", "zh-Hant": "還沒有收到您的答覆", "en": "have had no answer"} {
		draft, err = worker.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: open, LanguageCode: language})
		require.NoError(t, err)
		require.Contains(t, draft.GetText(), part)
		require.Empty(t, draft.GetFindings(), "it blames nobody")
	}
}

// TestNothingIsOwedAnewInAComplaintThatHasEnded: nobody would keep its time (REC-9, PROM-1). What is not true can be refuted at any time, and
// after reopening it is verified.
func TestNothingIsOwedAnewInAComplaintThatHasEnded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "PROM-1")
	f := newFixture(t)
	for _, state := range []intakev1.Complaint_State{intakev1.Complaint_RESOLVED, intakev1.Complaint_CLOSED} {
		c := f.in(state)
		records := f.recordsAs("agents/lin", authv1.Role_AGENT)
		judge := func(state intakev1.AllegedPromise_State) error {
			made, err := records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
				Parent: c.GetName(), AllegedPromise: &intakev1.AllegedPromise{Text: "a voucher by Friday"},
			})
			require.NoError(t, err)
			_, err = records.UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{AllegedPromise: &intakev1.AllegedPromise{
				Name: made.GetName(), State: state, Evidence: "the tape",
			}})
			return err
		}
		err := judge(intakev1.AllegedPromise_VERIFIED)
		refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_STATE_FORBIDS)
		require.ErrorContains(t, err, "Reopen it first.")
		require.NotContains(t, f.types(c.GetName()), "alleged_promise_judged")
		require.NoError(t, judge(intakev1.AllegedPromise_REFUTED))
		_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "x"})
		require.NoError(t, err)
		require.NoError(t, judge(intakev1.AllegedPromise_VERIFIED))
	}
}
