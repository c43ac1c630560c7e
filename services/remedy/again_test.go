package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// refund gives the customer's own money back, or explains.
func refund(units int64) *remedyv1.Remedy {
	r := small()
	r.Options[0] = &remedyv1.Option{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(units),
	}
	return r
}

// TestOffersThatLapseAddUp: making them again takes the authority that proposing them now would take, or in as many offers as one likes to
// let lapse anybody could give anything alone (APPR-1).
func TestOffersThatLapseAddUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	first := w.offered(complaint, refund(300))
	in := timestamppb.New(w.now)
	w.silent(first)
	second := w.offered(complaint, refund(300))
	again := &remedyv1.MakeOfferRequest{Name: first.GetName(), Way: policyv1.ContactWay_PHONE}
	_, err := w.offers().MakeOffer(t.Context(), again)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NEEDED.String())
	require.Equal(t, "1", metadataOf(t, err)["level"])
	late := &remedyv1.AcceptOfferRequest{Name: first.GetName(), Option: 1, AnswerTime: in}
	_, err = w.offers().AcceptOffer(t.Context(), late)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String())
	_, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: first.GetName(), Option: 2, AnswerTime: in})
	require.NoError(t, err, "what costs nothing needs nobody")
	require.Equal(t, "300", w.held(complaint))

	w.silent(second)
	second, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: second.GetName(), Way: policyv1.ContactWay_PHONE})
	require.NoError(t, err, "nothing else was given")
	w.silent(second)
	w.offered(complaint, refund(400))
	counter := &remedyv1.CounterOfferRequest{Name: second.GetName(), Wish: "more", AnswerTime: second.GetOffer().GetOfferTime()}
	_, err = w.offers().CounterOffer(t.Context(), counter)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String())
	vouched := remedyv1.NewOfferServiceClient(w.harness.Conn("agents/wu", authv1.Role_SUPERVISOR))
	late.Name, late.AnswerTime = second.GetName(), second.GetOffer().GetOfferTime()
	got, err := vouched.AcceptOffer(t.Context(), late)
	require.NoError(t, err, "a supervisor's word is enough")
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState())
	require.Equal(t, "700", w.held(complaint))
}

// TestWhatWasApprovedIsOfferedAgainWithTheSameAuthority, and not where two would have to approve now what one did.
func TestWhatWasApprovedIsOfferedAgainWithTheSameAuthority(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "REM-4")
	w := newWorld(t)
	complaint, first := w.waiting(199, true)
	offer := func(r *remedyv1.Remedy) (*remedyv1.Remedy, error) {
		return w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	}
	grant := func(r *remedyv1.Remedy) *remedyv1.Remedy {
		w.names(r.GetApproval(), 1, 1, "agents/wu")
		_, err := w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
		require.NoError(t, err)
		got, err := offer(r)
		require.NoError(t, err)
		return got
	}
	w.silent(grant(first))
	got, err := offer(first)
	require.NoError(t, err)
	w.silent(got)
	grant(w.proposed(complaint, 199, true))
	_, err = offer(first)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_APPROVAL_NEEDED.String())
	require.Equal(t, "2", metadataOf(t, err)["needed"])
	require.Equal(t, "199", w.held(complaint))
}

// TestWhatWasGivenBeforeAMergerCounts in the complaint in which the matter goes on: for who may grant, as for the caps (APPR-1).
func TestWhatWasGivenBeforeAMergerCounts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	w := newWorld(t)
	first, middle, last := w.receive(), w.receive(), w.receive()
	for _, step := range [][2]string{{first, middle}, {middle, last}} {
		w.happens(step[0], 1, faulty())
		r := w.offered(step[0], refund(200))
		_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
		require.NoError(t, err)
		w.happens(step[0], 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintMerged{ComplaintMerged: &eventv1.ComplaintMerged{Into: step[1]}}})
	}
	got, err := w.create(t.Context(), last, refund(101))
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
	got, err = w.create(t.Context(), last, refund(100))
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, got.GetState())
}

// TestSuggestionsCountWhatWasGivenBeforeAMerger, as a proposal does: what would need an approval in one complaint needs it where that went on (REM-2,
// APPR-1).
func TestSuggestionsCountWhatWasGivenBeforeAMerger(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-2", "APPR-1")
	w := newWorld(t)
	given, into := w.receive(), w.receive()
	for _, complaint := range []string{given, into} {
		w.judged(complaint, &eventv1.ComplaintAssessed{Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_LOGISTICS})
	}
	levels := func(complaint string) map[string]int32 {
		suggested, err := w.books("agents/lin", authv1.Role_AGENT).SuggestRemedies(t.Context(), &remedyv1.SuggestRemediesRequest{Parent: complaint})
		require.NoError(t, err)
		all := map[string]int32{}
		for _, o := range suggested.GetOptions() {
			all[o.GetOption().GetPlay()] = o.GetApprovalLevel()
		}
		return all
	}
	before := levels(into)
	require.Equal(t, before, levels(given))
	w.offered(given, refund(500))
	after := levels(given)
	require.NotEqual(t, before, after)
	require.Equal(t, before, levels(into))
	w.happens(given, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintMerged{ComplaintMerged: &eventv1.ComplaintMerged{Into: into}}})
	require.Equal(t, after, levels(into))
}

// TestNobodyApprovesWhatTheyWrote, in whoever's name it is proposed now (APPR-2).
func TestNobodyApprovesWhatTheyWrote(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	proposal := refund(600)
	first, err := w.as("agents/gao", authv1.Role_SUPERVISOR).CreateRemedy(t.Context(), &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: proposal})
	require.NoError(t, err)
	revise := func(who string, options []*remedyv1.Option) *remedyv1.Remedy {
		got, err := w.as(who, authv1.Role_AGENT).ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: first.GetName(), Options: options})
		require.NoError(t, err)
		w.names(got.GetApproval(), 1, 1, "agents/gao")
		return got
	}
	options := refund(700).GetOptions()
	options[0].Contents = " Your  money back"
	for _, who := range []string{"agents/tang", "agents/lin"} { // However often it is taken over.
		got := revise(who, options)
		require.Contains(t, w.requested(complaint).GetAuthors(), "agents/gao")
		_, err = w.approves(got.GetApproval(), "agents/gao", authv1.Role_SUPERVISOR)
		rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_APPROVER_IS_PROPOSER.String())
	}
	stopped := refund(800).GetOptions()
	stopped[0].Contents, stopped[1].Contents = options[0].GetContents()+".", "how it came to that"
	revise("agents/tang", stopped)
	require.Contains(t, w.requested(complaint).GetAuthors(), "agents/gao", "a full stop makes no other proposal")
	same := refund(800).GetOptions()
	same[0].Contents, same[1].Contents = "it is all paid back", "what had gone wrong"
	revise("agents/lin", same)
	require.Contains(t, w.requested(complaint).GetAuthors(), "agents/gao", "nor do other words for the same money")
	other := refund(700).GetOptions()
	other[0].Contents, other[1].Contents = "all of it goes back to you", "how it came to that"
	got := revise("agents/tang", other)
	require.Empty(t, w.requested(complaint).GetAuthors())
	_, err = w.approves(got.GetApproval(), "agents/gao", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
}
