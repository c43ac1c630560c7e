package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestCompensationOfOurFault names a remedy that was granted, or there is no way on.
func TestCompensationOfOurFault(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	_, err := client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_COMPENSATE))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_STEP_APPLIES.String())
	require.Equal(t, "COMPENSATE", metadataOf(t, err)["step"])

	given, err := w.create(t.Context(), complaint, &remedyv1.Remedy{HistorySeen: true, Options: []*remedyv1.Option{
		{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_FAULT, Contents: "券", Amount: &money.Money{CurrencyCode: "CNY", Units: 10}, Exceptional: true},
		{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "致歉"},
	}})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, given.GetState())
	waits, err := w.create(t.Context(), complaint, &remedyv1.Remedy{HistorySeen: true, Options: []*remedyv1.Option{
		{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_FAULT, Contents: "券", Amount: &money.Money{CurrencyCode: "CNY", Units: 400}, Exceptional: true},
		{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "致歉"},
	}})
	require.NoError(t, err)
	req := &remedyv1.RecordRefusalStepRequest{Name: r.GetName(), Kind: remedyv1.RefusalStep_COMPENSATE}
	for _, evidence := range []string{"一张券", waits.GetName(), given.GetName(), complaint + "/remedies/none"} {
		req.Evidence = evidence
		_, err = client.RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	w.tells(given)
	req.Evidence = given.GetName()
	got, err := client.RecordRefusalStep(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, remedyv1.RefusalStep_SUPPORT, got.GetNext())
}

// tells makes an offer of what is granted.
func (w *world) tells(r *remedyv1.Remedy) *remedyv1.Remedy {
	w.t.Helper()
	got, err := w.offers().MakeOffer(w.t.Context(), &remedyv1.MakeOfferRequest{
		Name: r.GetName(), Way: policyv1.ContactWay_PHONE, Words: "two things to choose from", Version: 1,
	})
	require.NoError(w.t, err)
	return got
}

// amends are something at our cost or at none, proposed by who had looked at the history.
func amends() *remedyv1.Remedy {
	return &remedyv1.Remedy{HistorySeen: true, Options: []*remedyv1.Option{
		{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_FAULT, Contents: "券", Amount: &money.Money{CurrencyCode: "CNY", Units: 10}, Exceptional: true},
		{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "致歉"},
	}}
}

// TestWhatWasTakenBackCompensatesNobody: it is asked again as the contact is ended, and as the complaint is resolved.
func TestWhatWasTakenBackCompensatesNobody(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, faulty())
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	given := w.offered(complaint, amends())
	_, err := client.RecordRefusalStep(t.Context(), &remedyv1.RecordRefusalStepRequest{
		Name: r.GetName(), Kind: remedyv1.RefusalStep_COMPENSATE, Evidence: given.GetName(),
	})
	require.NoError(t, err)
	_, err = client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_SUPPORT))
	require.NoError(t, err)
	_, err = w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: given.GetName(), Reason: "after all not"})
	require.NoError(t, err)
	last := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	_, err = w.supervising().RecordRefusalStep(t.Context(), last)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPENSATION_OWED.String())
	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{
		Name: r.GetName(), Accepted: true, Words: "好吧", Evidence: w.says(complaint),
	})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPENSATION_OWED.String())
	another := w.offered(complaint, amends())
	_, err = w.supervising().RecordRefusalStep(t.Context(), last)
	require.NoError(t, err, "anything of the kind will do")
	_, err = w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: another.GetName(), Reason: "after all not"})
	require.NoError(t, err)
	require.Len(t, w.refusedObjections(complaint), 1)
	require.Contains(t, w.refusedObjections(complaint)[0], r.GetName()+" has left out compensation")
}

// refusedObjections are what stands in the way of resolving a complaint as refused.
func (w *world) refusedObjections(complaint string) []string {
	w.t.Helper()
	resp, err := w.as("services/worker", authv1.Role_SERVICE).CheckRemedies(w.t.Context(), &remedyv1.CheckRemediesRequest{
		Complaint: complaint, Cycle: 1, Outcome: "REFUSED",
	})
	require.NoError(w.t, err)
	return resp.GetObjections()
}

// TestFaultThatIsFoundLater: a step that did not apply before anybody had looked is asked for again at the end, and by who was refused before that
// too; who accepts before the step, or is cut off for abuse, is asked of nothing more.
func TestFaultThatIsFoundLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	early, late := w.receive(), w.receive()
	r := w.climb(w.refuse(early), remedyv1.RefusalStep_SUPPORT)
	w.happens(early, 1, faulty())
	last := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	_, err := w.supervising().RecordRefusalStep(t.Context(), last)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPENSATION_OWED.String())
	w.offered(early, amends())
	_, err = w.supervising().RecordRefusalStep(t.Context(), last)
	require.NoError(t, err)

	w.climb(w.refuse(late), remedyv1.RefusalStep_END_CONTACT)
	require.Empty(t, w.refusedObjections(late))
	w.happens(late, 1, faulty())
	require.Len(t, w.refusedObjections(late), 1)

	abused := w.receive()
	req := step(w.refuse(abused).GetName(), remedyv1.RefusalStep_END_CONTACT)
	req.Abuse = true
	w.happens(abused, 1, faulty())
	_, err = w.supervising().RecordRefusalStep(t.Context(), req)
	require.NoError(t, err)
	require.Empty(t, w.refusedObjections(abused))
}

// TestWordsCompensateNothing: neither an apology nor training of those who erred makes up for our fault, nor what the customer had coming, nor kindness
// that needs no fault (REM-3). A thing or a service for it does, whether or not anybody knows what it costs.
func TestWordsCompensateNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "REM-3")
	apology := &remedyv1.Option{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: "致歉"}
	coupon := func(basis remedyv1.Option_Basis) *remedyv1.Option {
		return &remedyv1.Option{
			Kind: remedyv1.Option_COUPON, Basis: basis, Contents: "券", Amount: &money.Money{CurrencyCode: "CNY", Units: 10},
			Exceptional: basis == remedyv1.Option_FAULT,
		}
	}
	for title, test := range map[string]struct {
		option      *remedyv1.Option
		compensates bool
	}{
		"guidance":             {&remedyv1.Option{Kind: remedyv1.Option_GUIDANCE, Basis: remedyv1.Option_FAULT, Contents: "指导"}, false},
		"training":             {&remedyv1.Option{Kind: remedyv1.Option_TRAINING, Basis: remedyv1.Option_FAULT, Contents: "培训"}, false},
		"goodwill":             {coupon(remedyv1.Option_GOODWILL), false},
		"the customer's own":   {coupon(remedyv1.Option_ENTITLEMENT), false},
		"a coupon":             {coupon(remedyv1.Option_FAULT), true},
		"served before others": {&remedyv1.Option{Kind: remedyv1.Option_PRIORITY_SERVICE, Basis: remedyv1.Option_FAULT, Contents: "优先"}, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			w.happens(complaint, 1, faulty())
			r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
			given := w.offered(complaint, &remedyv1.Remedy{HistorySeen: true, Options: []*remedyv1.Option{apology, test.option}})
			declined, err := w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: given.GetName(), Reason: "不要"})
			require.NoError(t, err)
			_, err = w.refusing("agents/lin", authv1.Role_AGENT).RecordRefusalStep(t.Context(), &remedyv1.RecordRefusalStepRequest{
				Name: r.GetName(), Kind: remedyv1.RefusalStep_COMPENSATE, Evidence: declined.GetName(),
			})
			if test.compensates {
				require.NoError(t, err)
				return
			}
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		})
	}
}
