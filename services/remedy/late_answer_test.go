package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/remedy"
)

// TestWordsStopTheSilence: what the customer has said since the offer may be the answer, so nothing lapses until one is recorded, or the offer
// is made again; what somebody has found to be a thank you stops and starts nothing (REC-5).
func TestWordsStopTheSilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-5")
	w := newWorld(t)
	complaint := w.receive()
	w.writes(complaint, "before", policyv1.MessageKind_NEW_INFORMATION, w.now.Add(-time.Minute))
	r := w.offered(complaint, small())
	unanswered := func() string { return w.list(w.agent, complaint)[0].GetOffer().GetUnansweredMessage() }
	require.Empty(t, unanswered())
	require.Zero(t, w.count(complaint, "offer_words_heard"))

	yes := w.now.Add(time.Hour)
	for range 2 {
		w.writes(complaint, "yes", policyv1.MessageKind_ACCEPTS, yes)
	}
	w.writes(complaint, "more", policyv1.MessageKind_PROGRESS_CHASE, yes.Add(time.Hour))
	require.Equal(t, complaint+"/messages/more", unanswered())
	require.Equal(t, 1, w.count(complaint, "offer_words_heard"), "somebody is told once")
	require.Equal(t, complaint+"/messages/yes", w.newest(complaint, "offer_words_heard").GetOfferWordsHeard().GetMessage())
	for range 3 {
		w.now = w.now.Add(200 * time.Hour)
		got := w.settle(r.GetName(), 1)
		require.Equal(t, remedyv1.Remedy_OFFERED, got.GetState())
		require.True(t, got.GetWordsWait())
		require.False(t, got.GetReminded(), "nobody has to ask who has written")
		require.True(t, got.GetRetryTime().AsTime().After(w.now))
	}
	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, AnswerTime: timestamppb.New(yes)})
	require.NoError(t, err)
	require.Empty(t, unanswered())
}

// TestWordsAfterTheReminderStopTheSilenceToo, and making the offer again lets its time count anew.
func TestWordsAfterTheReminderStopTheSilenceToo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-5")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	w.now = w.now.Add(72 * time.Hour)
	w.settle(r.GetName(), 1)
	w.contact(r, w.now)
	w.writes(complaint, "what", policyv1.MessageKind_NEW_INFORMATION, w.now.Add(time.Hour))
	w.now = w.now.Add(100 * time.Hour)
	got := w.settle(r.GetName(), 1)
	require.Equal(t, remedyv1.Remedy_OFFERED, got.GetState())
	require.True(t, got.GetWordsWait())

	correct := func(kind policyv1.MessageKind) {
		w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageReclassified{MessageReclassified: &eventv1.MessageReclassified{
			Message: complaint + "/messages/what", Kind: kind,
		}}})
	}
	correct(policyv1.MessageKind_THANKS)
	require.Empty(t, w.list(w.agent, complaint)[0].GetOffer().GetUnansweredMessage(), "it was a thank you")
	correct(policyv1.MessageKind_ACCEPTS)
	require.NotEmpty(t, w.list(w.agent, complaint)[0].GetOffer().GetUnansweredMessage(), "it was not")
	again, err := w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	require.NoError(t, err)
	require.Empty(t, again.GetOffer().GetUnansweredMessage())
	require.Equal(t, remedyv1.Remedy_LAPSED, w.silent(again).GetState())
}

// TestWhatWasAnsweredBeforeTheOfferIsOnRecord counts: the customer may write before the agent has put the offer on record.
func TestWhatWasAnsweredBeforeTheOfferIsOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	w := newWorld(t)
	complaint := w.receive()
	made, err := w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	told := w.now.Add(time.Minute)
	w.writes(complaint, "yes", policyv1.MessageKind_ACCEPTS, told.Add(time.Minute))
	w.now = told.Add(time.Hour)
	got, err := w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{
		Name: made.GetName(), Way: policyv1.ContactWay_PHONE, OfferTime: timestamppb.New(told),
	})
	require.NoError(t, err)
	require.Equal(t, complaint+"/messages/yes", got.GetOffer().GetUnansweredMessage())
	require.Equal(t, 1, w.count(complaint, "offer_words_heard"))
}

// TestAYesInTimeCountsThoughItIsRecordedLate: the time of the answer decides (CLK-1). What it costs is held again, also beyond a cap: we are
// bound by what we offered.
func TestAYesInTimeCountsThoughItIsRecordedLate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "REM-4", "REM-5")
	w := newWorldOn(t, newDB(t), `remedies: {caps: {complaint: "39.99"}}`)
	complaint := w.receive()
	r := w.offered(complaint, small())
	in := w.now.Add(time.Hour)
	require.True(t, w.silent(r).GetClose())
	_, err := w.create(t.Context(), complaint, small()) // It takes what was free again.
	require.NoError(t, err)
	late := &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, AnswerTime: timestamppb.New(w.now.Add(time.Microsecond))}
	w.now = w.now.Add(time.Hour)
	_, err = w.offers().AcceptOffer(t.Context(), late)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFER_EXPIRED.String())
	_, err = w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFER_EXPIRED.String())
	late.AnswerTime = timestamppb.New(in)
	late.Option = 9
	_, err = w.offers().AcceptOffer(t.Context(), late)
	rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_OPTION_UNKNOWN.String())
	late.Option = 1
	_, err = w.offers().AcceptOffer(t.Context(), late)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String())
	said := complaint + "/messages/yes"
	for _, found := range []remedy.Found{{Time: in}, {CustomersWord: true, Time: in.Add(-2 * time.Hour)}, {CustomersWord: true, Time: w.now}} {
		w.records[said], late.Evidence = found, said
		_, err = w.offers().AcceptOffer(t.Context(), late)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String())
	}
	w.records[said] = remedy.Found{CustomersWord: true, Time: in}
	got, err := w.offers().AcceptOffer(t.Context(), late)
	require.NoError(t, err)
	require.Equal(t, said, w.answered(complaint).GetEvidence())
	require.Equal(t, remedyv1.Remedy_ACCEPTED, got.GetState())
	require.Equal(t, in, got.GetAnswer().GetAnswerTime().AsTime())
	require.Equal(t, "40", w.held(complaint))
	require.Equal(t, in, w.answered(complaint).GetAnswerTime().AsTime())
	require.Len(t, w.answered(complaint).GetParts(), 1)
}

// TestAnyAnswerInTimeCounts, not only a yes; and nothing is held for a no.
func TestAnyAnswerInTimeCounts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	declined, countered := w.offered(complaint, half()), w.offered(complaint, half())
	in := timestamppb.New(w.now)
	w.silent(declined)
	w.settle(countered.GetName(), 1)
	w.contact(countered, w.now)
	w.now = w.now.Add(48 * time.Hour)
	require.Equal(t, remedyv1.Remedy_LAPSED, w.settle(countered.GetName(), 1).GetState())
	got, err := w.offers().DeclineOffer(t.Context(), &remedyv1.DeclineOfferRequest{Name: declined.GetName(), Reason: "no", AnswerTime: in})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_DECLINED, got.GetState())
	require.Equal(t, "0", w.held(complaint))
	got, err = w.offers().CounterOffer(t.Context(), &remedyv1.CounterOfferRequest{Name: countered.GetName(), Wish: "more", AnswerTime: in})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_COUNTERED, got.GetState())
	require.Equal(t, "10", w.held(complaint))
}

// TestAYesInTimeIsRecordedWhereTheComplaintIsReopened: silence has closed it, and the yes was given before.
func TestAYesInTimeIsRecordedWhereTheComplaintIsReopened(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "REM-4", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	in := timestamppb.New(w.now)
	require.True(t, w.silent(r).GetClose())
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{Outcome: "UNREACHABLE"}}})
	late := &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, AnswerTime: in}
	_, err := w.offers().AcceptOffer(t.Context(), late)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPLAINT_ENDED.String())
	require.ErrorContains(t, err, "Reopen it")
	w.happens(complaint, 2, reopened())
	got, err := w.offers().AcceptOffer(t.Context(), late)
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetCycle(), "it is owed where somebody keeps the time")
	require.EqualValues(t, 2, w.list(w.agent, complaint)[0].GetCycle())
	told := w.told(complaint)
	require.EqualValues(t, 2, told[len(told)-1].GetCycle())
	require.Equal(t, "20", w.held(complaint))
}

// TestALapsedOfferIsWithdrawn when it is not to be made again.
func TestALapsedOfferIsWithdrawn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	w.silent(r)
	got, err := w.agent.WithdrawRemedy(t.Context(), &remedyv1.WithdrawRemedyRequest{Name: r.GetName(), Reason: "not again"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_WITHDRAWN, got.GetState())
	require.Equal(t, 1, w.count(complaint, "remedy_withdrawn"))
	require.Equal(t, "0", w.held(complaint))
}

// TestWhatIsNamedForAYesCanBeOne: nobody accepts an offer with what the customer wrote against it, what we wrote, or what was said before it
// was made. A call begins before what is offered in it.
func TestWhatIsNamedForAYesCanBeOne(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4")
	w := newWorldOn(t, newDB(t), "")
	complaint := w.receive()
	r := w.offered(complaint, small())
	w.now = w.now.Add(time.Hour)
	said := complaint + "/messages/said"
	accept := func(found remedy.Found) error {
		w.records[said] = found
		_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, Evidence: said})
		return err
	}
	for _, none := range []remedy.Found{
		{Time: w.now},
		{CustomersWord: true, Message: true, Kind: policyv1.MessageKind_REJECTS, Time: w.now},
		{CustomersWord: true, Message: true, Kind: policyv1.MessageKind_THREATENS, Time: w.now},
		{CustomersWord: true, Message: true, Kind: policyv1.MessageKind_ACCEPTS, Time: w.now.Add(-2 * time.Hour)},
	} {
		rpctest.RequireReason(t, accept(none), codes.FailedPrecondition, remedyv1.ErrorReason_ANSWER_NOT_PROVEN.String())
	}
	require.NoError(t, accept(remedy.Found{CustomersWord: true, Message: true, Kind: policyv1.MessageKind_NEW_INFORMATION, Time: w.now}))
	other := w.receive()
	call := other + "/callbacks/1/attempts/a"
	r = w.offered(other, small())
	w.records[call] = remedy.Found{CustomersWord: true, Time: w.now.Add(-time.Minute)}
	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1, Evidence: call})
	require.NoError(t, err)
}
