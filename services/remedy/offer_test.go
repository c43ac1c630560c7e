package remedy_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// twoParts is one choice of two things on two bases, or a coupon, or nothing but words.
func twoParts() *remedyv1.Remedy {
	r := small()
	r.Options = append(r.Options, &remedyv1.Option{
		Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: "your money back", Amount: cny(100), Owner: "agents/wu",
		Parts: []*remedyv1.Part{{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "and a coupon", Amount: cny(5)}},
	})
	r.Fallback = "somebody higher up calls you"
	return r
}

// offered has something granted and told to the customer.
func (w *world) offered(complaint string, r *remedyv1.Remedy) *remedyv1.Remedy {
	w.t.Helper()
	made, err := w.create(w.t.Context(), complaint, r)
	require.NoError(w.t, err)
	got, err := w.offers().MakeOffer(w.t.Context(), &remedyv1.MakeOfferRequest{
		Name: made.GetName(), Way: policyv1.ContactWay_PHONE, Words: "two things to choose from", Version: 1, Etag: made.GetEtag(),
	})
	require.NoError(w.t, err)
	return got
}

// settle asks how an offer stands, as the workflow's timer does.
func (w *world) settle(name string, version int32) *remedyv1.SettleOfferResponse {
	w.t.Helper()
	resp, err := w.timing.SettleOffer(w.t.Context(), &remedyv1.SettleOfferRequest{Name: name, Version: version})
	require.NoError(w.t, err)
	return resp
}

// promise is what followup tells of a part.
func promise(kind, complaint, remedy string, part int32) *eventv1.Payload {
	name := complaint + "/promises/p" + string('0'+part)
	switch kind {
	case "made":
		return &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{Promise: name, Remedy: remedy, Part: part}}}
	case "kept":
		return &eventv1.Payload{Kind: &eventv1.Payload_PromiseKept{PromiseKept: &eventv1.PromiseKept{Promise: name, Remedy: remedy, Part: part}}}
	default:
		return &eventv1.Payload{Kind: &eventv1.Payload_PromiseReleased{PromiseReleased: &eventv1.PromiseReleased{
			Promise: name, Remedy: remedy, Part: part, ByCustomer: kind == "given up",
		}}}
	}
}

// TestFromOfferToFulfilment: the customer chooses, what is not chosen is free again, what is promised is spent as it is kept (REM-4, REM-5).
func TestFromOfferToFulfilment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, twoParts())
	require.Equal(t, remedyv1.Remedy_OFFERED, r.GetState())
	require.Equal(t, []string{"agents/lin", "two things to choose from"}, []string{r.GetOffer().GetTeller(), r.GetOffer().GetWords()})
	require.Equal(t, w.now.Add(72*time.Hour), r.GetOffer().GetAnswerTime().AsTime())
	require.Equal(t, "120", w.held(complaint))

	w.now = w.now.Add(time.Hour)
	said := w.now.Add(-time.Minute)
	r, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 3, AnswerTime: timestamppb.New(said)})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_ACCEPTED, r.GetState())
	require.EqualValues(t, 3, r.GetAnswer().GetOption())
	require.Equal(t, "105", w.held(complaint))
	told := w.answered(complaint)
	require.Equal(t, "ACCEPTED", told.GetAnswer())
	require.Len(t, told.GetParts(), 2)
	require.Equal(t, []string{"REFUND", "agents/wu"}, []string{told.GetParts()[0].GetKind(), told.GetParts()[0].GetOwner()})
	require.Equal(t, said.Add(24*time.Hour), told.GetParts()[0].GetDueTime().AsTime(), "a refund within 24 hours of the yes")
	require.NotEmpty(t, told.GetParts()[0].GetContents().GetCiphertext())

	w.happens(complaint, 1, promise("made", complaint, r.GetName(), 1))
	w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 1))
	require.Equal(t, []string{"5", "100"}, []string{w.held(complaint), w.spent(complaint)})
	w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 1))
	require.Equal(t, "100", w.spent(complaint), "what is kept is spent once")
	got := w.list(w.agent, complaint)[0]
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState())
	require.Equal(t, []string{complaint + "/promises/p1"}, got.GetAnswer().GetPromises())
	require.EqualValues(t, 100, got.GetSpent().GetUnits())
	require.Len(t, w.objections(complaint), 1)
	require.Empty(t, w.objections(complaint, r.GetName()), "followup knows more: what it told is on its way")
	require.Len(t, w.objections(complaint, complaint+"/remedies/another"), 1)
	w.happens(complaint, 1, promise("given up", complaint, r.GetName(), 2))
	require.Equal(t, []string{"0", "100"}, []string{w.held(complaint), w.spent(complaint)})
	require.Equal(t, remedyv1.Remedy_FULFILLED, w.list(w.agent, complaint)[0].GetState())
	require.Equal(t, 1, w.count(complaint, "remedy_fulfilled"))
	require.Empty(t, w.objections(complaint))
	w.happens(complaint, 1, promise("kept", complaint, complaint+"/remedies/none", 1))
	w.happens(complaint, 1, promise("kept", complaint, r.GetName(), 9))
}

// TestWhatWasAcceptedIsHeldWhereTheMatterGoesOn: a complaint that was merged owes it still, in the other one, where keeping it spends what
// is held (PROM-1, REM-5). Who owes it by name there answers there.
func TestWhatWasAcceptedIsHeldWhereTheMatterGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REM-5")
	w := newWorldOn(t, newDB(t), published)
	complaint, into := w.receive(), w.receive()
	r := w.offered(complaint, twoParts())
	r, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 3})
	require.NoError(t, err)
	for part := range int32(2) {
		w.happens(complaint, 1, promise("made", complaint, r.GetName(), part+1))
	}
	carried := promise("released", complaint, r.GetName(), 1)
	carried.GetPromiseReleased().CarriedInto = into + "/promises/p1"
	made := promise("made", into, r.GetName(), 1)
	made.GetPromiseMade().Owner, made.GetPromiseMade().Duty = "agents/gao", into+"/duties/1-promise-1"
	due := w.now.Add(time.Hour)
	made.GetPromiseMade().DueTime = timestamppb.New(due)
	w.happensBy("agents/gao", into, 1, made)
	w.happens(complaint, 1, carried)
	got := w.list(w.agent, complaint)[0]
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState())
	require.Contains(t, got.GetAnswer().GetPromises(), into+"/promises/p1")
	require.Equal(t, []string{"105", "0"}, []string{w.held(complaint), w.spent(complaint)})
	w.happens(into, 1, promise("kept", into, r.GetName(), 1))
	require.Equal(t, []string{"5", "100"}, []string{w.held(complaint), w.spent(complaint)})

	w.broken(into, "1-promise-1", due)
	ruling := into + "/rulings/r"
	w.happens(into, 1, ruled(ruling, policyv1.Responsibility_NOT_RESPONSIBLE, policyv1.RulingReason_NO_FAULT))
	late := w.suggest(suggestion(into, ruling, 1000, 90_000, "agents/gao", "agents/lin"))
	require.Len(t, late, 1)
	require.Equal(t, "agents/gao", late[0].GetAgent())
}

// answered is the newest answer that was told on a complaint.
func (w *world) answered(complaint string) *eventv1.OfferAnswered {
	w.t.Helper()
	var last *eventv1.OfferAnswered
	for _, e := range w.told(complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(w.t, err)
		if a := p.GetOfferAnswered(); a != nil {
			last = a
		}
	}
	return last
}

func (w *world) objections(complaint string, fulfilled ...string) []string {
	w.t.Helper()
	resp, err := w.as("services/worker", authv1.Role_SERVICE).CheckRemedies(w.t.Context(), &remedyv1.CheckRemediesRequest{
		Complaint: complaint, Cycle: 1, Fulfilled: fulfilled,
	})
	require.NoError(w.t, err)
	return resp.GetObjections()
}

// TestNoIsAnAnswer: what is declined is free again, what is countered stays held until something else is proposed (REM-4).
func TestNoIsAnAnswer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	got, err := w.offers().CounterOffer(t.Context(), &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "more", Amount: cny(50)})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_COUNTERED, got.GetState())
	require.Equal(t, "more", got.GetAnswer().GetWords())
	require.EqualValues(t, 50, got.GetAnswer().GetWanted().GetUnits())
	require.Equal(t, "20", w.held(complaint))
	less := small()
	less.Options[0].Amount = cny(15)
	got, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: less.GetOptions()})
	require.NoError(t, err)
	require.Nil(t, got.GetAnswer(), "nothing was answered to the new version")
	require.Equal(t, "15", w.held(complaint))

	_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_SMS, Version: 1})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFER_OUTDATED.String())
	require.Equal(t, "2", metadataOf(t, err)["version"])
	_, err = w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_SMS})
	require.NoError(t, err)
	_, err = w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "..."})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	got, err = w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: r.GetName(), Reason: "not for that"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_DECLINED, got.GetState())
	require.Equal(t, "not for that", got.GetAnswer().GetWords())
	require.Equal(t, "0", w.held(complaint))
	require.Equal(t, "DECLINED", w.answered(complaint).GetAnswer())

	r = w.offered(complaint, twoParts())
	got, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Fallback: true})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_FULFILLED, got.GetState(), "words are owed to nobody")
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetAnswer().GetState())
	require.Equal(t, "0", w.held(complaint))
}

// TestAnswersThatAreRefused leave everything as it was.
func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	offers := w.offers()
	waiting, err := w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
	_, err = offers.MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: waiting.GetName(), Way: policyv1.ContactWay_PHONE})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
	granted, err := w.create(t.Context(), complaint, half())
	require.NoError(t, err)
	_, err = offers.AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: granted.GetName(), Option: 1})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
	for name, at := range map[string]time.Time{"before the grant": w.now.Add(-time.Second), "in the future": w.now.Add(time.Hour)} {
		_, err = offers.MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{
			Name: granted.GetName(), Way: policyv1.ContactWay_PHONE, OfferTime: timestamppb.New(at),
		})
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_TIME_INVALID.String())
		require.Equal(t, "offer_time", metadataOf(t, err)["field"], name)
	}
	r := w.offered(complaint, half())
	for name, at := range map[string]time.Time{"before the offer": w.now.Add(-time.Second), "in the future": w.now.Add(time.Hour)} {
		_, err = offers.AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, AnswerTime: timestamppb.New(at)})
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_TIME_INVALID.String())
		require.Equal(t, "answer_time", metadataOf(t, err)["field"], name)
	}
	for _, req := range []*remedyv1.AcceptOfferRequest{{Name: r.GetName(), Option: 3}, {Name: r.GetName(), Fallback: true}} {
		_, err = offers.AcceptOffer(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_OPTION_UNKNOWN.String())
	}
	counter := &remedyv1.CounterOfferRequest{Name: r.GetName(), Wish: "dollars", Amount: cny(1)}
	counter.Amount.CurrencyCode = "USD"
	_, err = offers.CounterOffer(t.Context(), counter)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_CURRENCY_NOT_SUPPORTED.String())
	require.Equal(t, remedyv1.Remedy_OFFERED, w.list(w.agent, complaint)[2].GetState())

	key := rpctest.WithKey(t.Context(), "yes")
	for range 2 {
		_, err = offers.AcceptOffer(key, &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
		require.NoError(t, err, "a call that is repeated is answered")
	}
	require.Equal(t, 1, w.count(complaint, "offer_answered"))
}

// TestTwoAcceptAtOnce: one of them is put on record.
func TestTwoAcceptAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	errs := make([]error, 2)
	var group sync.WaitGroup
	ctx := context.WithoutCancel(t.Context())
	clients := []remedyv1.OfferServiceClient{w.offers(), w.offers()}
	for i := range errs {
		group.Go(func() {
			_, errs[i] = clients[i].AcceptOffer(ctx, &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: int32(i + 1)})
		})
	}
	group.Wait()
	lost := errs[0]
	if lost == nil {
		lost = errs[1]
	}
	require.True(t, errs[0] == nil || errs[1] == nil)
	rpctest.RequireReason(t, lost, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
	require.Equal(t, 1, w.count(complaint, "offer_answered"))
}

// TestNoAuthorityIsAnsweredBySilence: a complaint that an authority has forwarded is not closed (REM-4).
func TestNoAuthorityIsAnsweredBySilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	begun := received()
	begun.GetComplaintReceived().AuthorityReplyDueTime = timestamppb.New(w.now.Add(time.Hour))
	w.happens(complaint, 1, begun)
	w.happens(complaint, 1, assigned())
	w.happens(complaint, 1, understood(true))
	r := w.offered(complaint, small())
	got := w.silent(r)
	require.Equal(t, remedyv1.Remedy_LAPSED, got.GetState(), "both times are over")
	require.False(t, got.GetClose())
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AuthorityAnswered{AuthorityAnswered: &eventv1.AuthorityAnswered{
		AnswerTime: timestamppb.New(w.now),
	}}})
	require.False(t, w.silent(w.offered(complaint, small())).GetClose(), "also when it has its answer")
}

// TestAnOfferIsHeldAnew: one that lapsed is made again if what it costs can still be held.
func TestAnOfferIsHeldAnew(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	w := newWorldOn(t, migrated.SQLite(t), `remedies: {caps: {complaint: "39.99"}}`)
	complaint := w.receive()
	r := w.offered(complaint, small())
	require.Equal(t, remedyv1.Remedy_LAPSED, w.silent(r).GetState())
	other, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	again := &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE}
	_, err = w.offers().MakeOffer(t.Context(), again)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CAP_EXCEEDED.String())
	require.Subset(t, metadataOf(t, err), map[string]string{"cap": "complaint", "most": "39.99", "used": "20", "asked": "20"})
	require.Equal(t, remedyv1.Remedy_LAPSED, w.list(w.agent, complaint)[0].GetState())
	_, err = w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: other.GetName(), Reason: "one is enough"})
	require.NoError(t, err)
	_, err = w.offers().MakeOffer(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, "20", w.held(complaint))
}
