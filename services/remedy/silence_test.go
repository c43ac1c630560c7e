package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestSilenceClosesNothingThatIsOwed: while something else that was accepted is not done, nobody is sent away for not answering.
func TestSilenceClosesNothingThatIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REM-5")
	w := newWorld(t)
	complaint := w.receive()
	accepted := w.offered(complaint, small())
	_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: accepted.GetName(), Option: 1})
	require.NoError(t, err)
	other := w.offered(complaint, small())
	for range 2 {
		w.now = w.now.Add(100 * time.Hour)
		require.False(t, w.settle(other.GetName(), 1).GetClose())
	}
	require.Equal(t, remedyv1.Remedy_LAPSED, w.settle(other.GetName(), 1).GetState())
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
			_, err := w.create(w.t.Context(), complaint, small())
			require.NoError(w.t, err)
		}, false, false},
		"COUNTERED": {func(w *world, complaint string) {
			_, err := w.offers().CounterOffer(w.t.Context(), &remedyv1.CounterOfferRequest{
				Name: w.offered(complaint, small()).GetName(), Wish: "a coupon of 15",
			})
			require.NoError(w.t, err)
		}, false, false},
		"DECLINED": {func(w *world, complaint string) {
			_, err := w.offers().DeclineOffer(w.t.Context(), &remedyv1.DeclineOfferRequest{
				Name: w.offered(complaint, small()).GetName(), Reason: "no",
			})
			require.NoError(w.t, err)
		}, false, true},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			c.besides(w, complaint)
			silent := w.offered(complaint, small())
			w.now = w.now.Add(200 * time.Hour)
			resp, err := w.timing.SettleOffer(t.Context(), &remedyv1.SettleOfferRequest{Name: silent.GetName(), Version: 1, Owed: c.owed})
			require.NoError(t, err)
			require.Equal(t, remedyv1.Remedy_LAPSED, resp.GetState())
			require.Equal(t, c.closes, resp.GetClose())
			require.Equal(t, c.closes, w.newest(complaint, "offer_lapsed").GetOfferLapsed().GetClose())
		})
	}
}
