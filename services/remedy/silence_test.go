package remedy_test

import (
	"strings"
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
)

// contact has followup tell that the customer was contacted again about an offer.
func (w *world) contact(r *remedyv1.Remedy, at time.Time) {
	w.t.Helper()
	complaint, _, _ := strings.Cut(r.GetName(), "/remedies/")
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: complaint + "/duties/1-offer-follow-up-a-1-1", Kind: policyv1.DutyKind_OFFER_FOLLOW_UP, Verdict: policyv1.Verdict_MET,
		FactTime: timestamppb.New(at), Evidence: complaint + "/callbacks/1/attempts/a", Remedy: r.GetName(), Version: r.GetVersion(),
	}}})
}

// silent lets all the time of an offer go by, with the contact in between, and settles it.
func (w *world) silent(r *remedyv1.Remedy) *remedyv1.SettleOfferResponse {
	w.t.Helper()
	w.now = w.now.Add(72 * time.Hour)
	w.settle(r.GetName(), r.GetVersion())
	w.contact(r, w.now)
	w.now = w.now.Add(48 * time.Hour)
	return w.settle(r.GetName(), r.GetVersion())
}

// writes has the customer say something at a time.
func (w *world) writes(complaint, id string, kind policyv1.MessageKind, at time.Time) {
	w.t.Helper()
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
		Message: complaint + "/messages/" + id, Author: eventv1.MessageRecorded_CUSTOMER, MessageTime: timestamppb.New(at), Kind: kind,
	}}})
}

// TestSilence: somebody has to get in touch again, then the last time begins, then the offer lapses; what is on record decides, not when the
// timer came (REM-4, CLK-1).
func TestSilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	first := w.now.Add(72 * time.Hour)
	got := w.settle(r.GetName(), 1)
	require.Equal(t, remedyv1.Remedy_OFFERED, got.GetState())
	require.Equal(t, first, got.GetRetryTime().AsTime())
	w.contact(r, w.now) // Nothing is owed yet.
	w.now = first.Add(time.Hour)
	for range 2 {
		got = w.settle(r.GetName(), 1)
		require.True(t, got.GetReminded())
		require.True(t, got.GetContactOwed())
		require.True(t, got.GetRetryTime().AsTime().After(w.now), "it is asked again, and not at once")
	}
	require.Equal(t, 1, w.count(complaint, "offer_reminded"))
	reminded := w.newest(complaint, "offer_reminded").GetOfferReminded()
	require.Nil(t, reminded.GetAnswerTime())
	require.Equal(t, first, reminded.GetOverTime().AsTime())
	require.Equal(t, first.Add(24*time.Hour), reminded.GetFollowUpTime().AsTime(), "from the time that is over, not from when somebody asked")

	w.now = first.Add(1000 * time.Hour)
	require.Equal(t, remedyv1.Remedy_OFFERED, w.settle(r.GetName(), 1).GetState(), "nothing lapses before the contact, however late that is")
	require.Nil(t, w.list(w.agent, complaint)[0].GetOffer().GetAnswerTime())
	contact := w.now.Add(-time.Minute)
	w.contact(r, contact)
	w.contact(r, contact.Add(-time.Hour)) // What was earlier, and is known later, takes nothing from the customer.
	require.Equal(t, 1, w.count(complaint, "offer_followed_up"))
	last := contact.Add(48 * time.Hour)
	require.Equal(t, last, w.newest(complaint, "offer_followed_up").GetOfferFollowedUp().GetAnswerTime().AsTime())
	got = w.settle(r.GetName(), 1)
	require.False(t, got.GetContactOwed())
	require.Equal(t, last, got.GetRetryTime().AsTime())
	w.now = last
	for range 2 {
		got = w.settle(r.GetName(), 1)
		require.Equal(t, remedyv1.Remedy_LAPSED, got.GetState())
		require.True(t, got.GetClose())
		require.Nil(t, got.GetRetryTime())
	}
	require.Equal(t, 1, w.count(complaint, "offer_lapsed"))
	require.Equal(t, "0", w.held(complaint))
	w.now = last.Add(time.Microsecond)
	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFER_EXPIRED.String())

	again, err := w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{Name: r.GetName(), Way: policyv1.ContactWay_PHONE})
	require.NoError(t, err, "it is made again, and held again")
	require.Equal(t, remedyv1.Remedy_OFFERED, again.GetState())
	require.False(t, again.GetOffer().GetReminded())
	require.Equal(t, "20", w.held(complaint))
	require.Equal(t, remedyv1.Remedy_WITHDRAWN, w.settle(r.GetName(), 2).GetState(), "of another version")
}

// TestAnswersCountUntilTheLastTime, whether or not a timer came: and not a moment later (CLK-1).
func TestAnswersCountUntilTheLastTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1")
	for name, c := range map[string]struct {
		after    time.Duration
		contact  bool
		settled  bool
		accepted bool
	}{
		"at the last moment":                          {120 * time.Hour, true, false, true},
		"a moment later, nobody had asked":            {120*time.Hour + time.Microsecond, true, false, false},
		"a moment later, and it had lapsed":           {120*time.Hour + time.Microsecond, true, true, false},
		"much later, and nobody was in touch":         {500 * time.Hour, false, true, true},
		"much later, nobody was in touch, none asked": {500 * time.Hour, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			r := w.offered(complaint, small())
			begun := w.now
			w.now = begun.Add(72 * time.Hour)
			w.settle(r.GetName(), 1)
			if c.contact {
				w.contact(r, w.now)
			}
			w.now = begun.Add(c.after)
			if c.settled {
				w.settle(r.GetName(), 1)
			}
			_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 1})
			if c.accepted {
				require.NoError(t, err)
				return
			}
			rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_OFFER_EXPIRED.String())
		})
	}
}

// TestSilenceClosesNothingThatIsOwed: while something else that was accepted is not done, nobody is sent away for not answering.
func TestSilenceClosesNothingThatIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	accepted := w.offered(complaint, half())
	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: accepted.GetName(), Option: 1})
	require.NoError(t, err)
	other := w.offered(complaint, half())
	got := w.silent(other)
	require.False(t, got.GetClose())
	require.Equal(t, remedyv1.Remedy_LAPSED, got.GetState())
}

// TestSilenceClosesNothingThatMayStillComeToSomething: what is proposed besides is not taken back because one offer was not answered, nor
// is what followup still owes.
func TestSilenceClosesNothingThatMayStillComeToSomething(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "PROM-1", "CALL-2")
	for title, c := range map[string]struct {
		besides func(w *world, complaint string)
		owed    bool
		closes  bool
	}{
		"nothing": {func(*world, string) {}, false, true},
		"owed":    {func(*world, string) {}, true, false},
		"PROPOSED": {func(w *world, complaint string) {
			w.happens(complaint, 1, faulty())
			w.proposed(complaint, 30, false)
		}, false, false},
		"GRANTED": {func(w *world, complaint string) {
			_, err := w.create(w.t.Context(), complaint, half())
			require.NoError(w.t, err)
		}, false, false},
		"COUNTERED": {func(w *world, complaint string) {
			_, err := w.offers().CounterOffer(w.t.Context(), &remedyv1.CounterOfferRequest{
				Name: w.offered(complaint, half()).GetName(), Wish: "a coupon of 15",
			})
			require.NoError(w.t, err)
		}, false, false},
		"DECLINED": {func(w *world, complaint string) {
			_, err := w.offers().DeclineOffer(w.t.Context(), &remedyv1.DeclineOfferRequest{
				Name: w.offered(complaint, half()).GetName(), Reason: "no",
			})
			require.NoError(w.t, err)
		}, false, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			c.besides(w, complaint)
			silent := w.offered(complaint, half())
			w.now = w.now.Add(72 * time.Hour)
			w.settle(silent.GetName(), 1)
			w.contact(silent, w.now)
			w.now = w.now.Add(48 * time.Hour)
			resp, err := w.timing.SettleOffer(t.Context(), &remedyv1.SettleOfferRequest{Name: silent.GetName(), Version: 1, Owed: c.owed})
			require.NoError(t, err)
			require.Equal(t, remedyv1.Remedy_LAPSED, resp.GetState())
			require.Equal(t, c.closes, resp.GetClose())
			require.Equal(t, c.closes, w.newest(complaint, "offer_lapsed").GetOfferLapsed().GetClose())
		})
	}
}
