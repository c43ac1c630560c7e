package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// otherwise gives so much of the customer's own money back with an apology, if nothing else is wanted.
func otherwise(units int64) *remedyv1.Remedy {
	r := small()
	r.FallbackOption = &remedyv1.Option{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(units), Owner: "agents/wu",
		Parts: []*remedyv1.Part{{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "and our supervisor calls"}},
	}
	return r
}

// TestAFallbackIsOwedOnceItIsTaken: it is held with the options, told with parts and times, spent as it is kept, and only then fulfilled.
func TestAFallbackIsOwedOnceItIsTaken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	proposal := otherwise(100)
	due := w.now.Add(48 * time.Hour)
	proposal.FallbackOption.FulfilTime = timestamppb.New(due)
	r := w.offered(complaint, proposal)
	require.Len(t, r.GetOptions(), 2)
	require.Equal(t, "your money back", r.GetFallbackOption().GetContents())
	require.Equal(t, "and our supervisor calls", r.GetFallbackOption().GetParts()[0].GetContents())
	require.EqualValues(t, 100, r.GetMost().GetUnits())
	require.Equal(t, "120", w.held(complaint), "the dearest of each basis, the fallback among them")

	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 3})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_OPTION_UNKNOWN.String())
	r, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Fallback: true})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_ACCEPTED, r.GetState(), "nothing is done yet")
	require.Zero(t, r.GetAnswer().GetOption())
	require.Equal(t, "100", w.held(complaint))
	told := w.answered(complaint)
	require.True(t, told.GetFallback())
	require.Len(t, told.GetParts(), 2)
	require.Equal(t, []string{"REFUND", "agents/wu"}, []string{told.GetParts()[0].GetKind(), told.GetParts()[0].GetOwner()})
	require.Equal(t, due, told.GetParts()[0].GetDueTime().AsTime())
	require.NotEmpty(t, told.GetParts()[0].GetContents().GetPlace())

	w.happens(complaint, 1, promise("made", complaint, r.GetName(), 1))
	w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 1))
	require.Equal(t, []string{"0", "100"}, []string{w.held(complaint), w.spent(complaint)})
	got := w.list(w.agent, complaint)[0]
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState(), "the call is still owed")
	require.EqualValues(t, 100, got.GetSpent().GetUnits())
	w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 2))
	require.Equal(t, remedyv1.Remedy_FULFILLED, w.list(w.agent, complaint)[0].GetState())
}

// TestAFallbackThatIsTakenInTimeIsHeldAgain, alone, however late that is put on record (CLK-1).
func TestAFallbackThatIsTakenInTimeIsHeldAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, otherwise(100))
	in := timestamppb.New(w.now)
	w.silent(r)
	require.Equal(t, "0", w.held(complaint))
	r, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Fallback: true, AnswerTime: in})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_ACCEPTED, r.GetState())
	require.Equal(t, "100", w.held(complaint))
	require.Len(t, w.answered(complaint).GetParts(), 2)
}

// TestAFallbackIsDecidedAsAnOption: what it costs beyond the proposer's authority waits for approval, and its words are read, too.
func TestAFallbackIsDecidedAsAnOption(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "PROM-2", "REM-1")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	r, err := w.create(t.Context(), complaint, otherwise(501))
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, r.GetState())
	require.Len(t, r.GetWarnings(), 1)
	require.Equal(t, remedyv1.Warning_ABOVE_AUTHORITY, r.GetWarnings()[0].GetKind())
	require.Equal(t, []int32{0, 1}, []int32{r.GetWarnings()[0].GetOption(), r.GetWarnings()[0].GetPart()})
	require.EqualValues(t, 501, w.requested(complaint).GetAmount().GetUnits())
	w.names(r.GetApproval(), 1, 1, "agents/wu")
	_, err = w.approves(r.GetApproval(), "agents/wu", authv1.Role_SUPERVISOR)
	require.NoError(t, err)
	require.Equal(t, "521", w.held(complaint))

	loud := otherwise(100)
	loud.FallbackOption.Contents = "we refund you 5000 yuan"
	r, err = w.create(t.Context(), w.receive(), loud)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_PROPOSED, r.GetState())
	require.NotEmpty(t, r.GetApproval())

	revised, err := w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{
		Name: r.GetName(), Options: small().GetOptions(), FallbackOption: otherwise(90).GetFallbackOption(),
	})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, revised.GetState())
	require.EqualValues(t, 90, revised.GetFallbackOption().GetAmount().GetUnits())
	revised, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: small().GetOptions()})
	require.NoError(t, err)
	require.Nil(t, revised.GetFallbackOption())
}

// TestAFallbackIsRefusedAsAnOption: whatever an option may not be it may not be either, and it is no choice.
func TestAFallbackIsRefusedAsAnOption(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1", "REM-3", "REC-3")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, item(complaint, "one", intakev1.Item_OPEN))
	w.happens(complaint, 1, item(complaint, "two", intakev1.Item_OPEN))
	for name, test := range map[string]struct {
		change func(r *remedyv1.Remedy)
		code   codes.Code
		reason remedyv1.ErrorReason
	}{
		"no choice":   {func(r *remedyv1.Remedy) { r.Options = r.Options[:1] }, codes.InvalidArgument, remedyv1.ErrorReason_TOO_FEW_OPTIONS},
		"no amount":   {func(r *remedyv1.Remedy) { r.FallbackOption.Amount = nil }, codes.InvalidArgument, remedyv1.ErrorReason_AMOUNT_MISSING},
		"exceptional": {func(r *remedyv1.Remedy) { r.FallbackOption.Exceptional = true }, codes.InvalidArgument, remedyv1.ErrorReason_ENTITLEMENT_EXCEPTIONAL},
		"the same": {
			func(r *remedyv1.Remedy) { r.FallbackOption = r.Options[1] }, codes.InvalidArgument, remedyv1.ErrorReason_OPTIONS_ALIKE,
		},
		"no fault": {
			func(r *remedyv1.Remedy) { r.FallbackOption = compensation(cny(9)).Options[0] }, codes.FailedPrecondition, remedyv1.ErrorReason_NOT_OUR_FAULT,
		},
		"an item left": {
			func(r *remedyv1.Remedy) { r.FallbackOption.Items = []string{complaint + "/items/one"} }, codes.FailedPrecondition,
			remedyv1.ErrorReason_ITEM_NOT_COVERED,
		},
		"over": {
			func(r *remedyv1.Remedy) { r.FallbackOption.FulfilTime = timestamppb.New(w.now) }, codes.InvalidArgument, remedyv1.ErrorReason_TIME_INVALID,
		},
	} {
		proposal := otherwise(50)
		test.change(proposal)
		_, err := w.create(t.Context(), complaint, proposal)
		rpctest.RequireReason(t, err, test.code, test.reason.String())
		if option, told := metadataOf(t, err)["option"]; told {
			require.Equal(t, "0", option, name)
		}
	}
	both := otherwise(50)
	both.Fallback = "somebody higher up calls you"
	_, err := w.create(t.Context(), complaint, both)
	rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
}

// TestNothingIsPromisedForTooLate: the policy says how far ahead, for a fallback as for all else (PROM-2).
func TestNothingIsPromisedForTooLate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "REM-1")
	w := newWorldOn(t, newDB(t), "promises: {furthest: 100h}")
	complaint := w.receive()
	far := otherwise(50)
	far.FallbackOption.FulfilTime = timestamppb.New(w.now.Add(100*time.Hour + time.Second))
	_, err := w.create(t.Context(), complaint, far)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_PROMISE_TOO_FAR.String())
	require.Equal(t, "remedy.fallback_option.fulfil_time", metadataOf(t, err)["field"])
	far.FallbackOption.FulfilTime = timestamppb.New(w.now.Add(100 * time.Hour))
	_, err = w.create(t.Context(), complaint, far)
	require.NoError(t, err)
}

// TestAFallbackMayBeNeeded: where the policy wants one it is words or an option; what may stand alone needs none.
func TestAFallbackMayBeNeeded(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1")
	w := newWorldOn(t, newDB(t), "remedies: {fallback_needed: true}")
	complaint := w.receive()
	_, err := w.create(t.Context(), complaint, small())
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_FALLBACK_MISSING.String())
	pause := &remedyv1.Option{
		Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_GOODWILL, Contents: "a pause", Play: "playbooks/telecom-contract/plays/pause",
	}
	_, err = w.create(t.Context(), complaint, &remedyv1.Remedy{Options: []*remedyv1.Option{pause}})
	require.NoError(t, err)
	_, err = w.create(t.Context(), complaint, &remedyv1.Remedy{Options: small().GetOptions()[:1], FallbackOption: pause})
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_TOO_FEW_OPTIONS.String())
	worded := small()
	worded.Fallback = "somebody higher up calls you"
	for _, proposal := range []*remedyv1.Remedy{worded, otherwise(50)} {
		_, err = w.create(t.Context(), w.receive(), proposal)
		require.NoError(t, err)
	}
}
