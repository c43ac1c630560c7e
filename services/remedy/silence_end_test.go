package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// TestThanksThatNobodyHasReadStopTheSilence: a yes often comes with thanks, and the analyser may take it for nothing else.
func TestThanksThatNobodyHasReadStopTheSilence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-5")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	w.writes(complaint, "thanks", policyv1.MessageKind_THANKS, w.now.Add(time.Minute))
	require.Equal(t, 1, w.count(complaint, "offer_words_heard"))
	require.Equal(t, remedyv1.Remedy_OFFERED, w.silent(r).GetState())
}

// TestAnOfferThatIsRecordedLateTakesNoTime of the customer's: within the policy's bound it counts from when it was made.
func TestAnOfferThatIsRecordedLateTakesNoTime(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "CLK-1")
	for name, test := range map[string]struct{ ago, left time.Duration }{
		"at once":            {0, 72 * time.Hour},
		"a moment ago":       {5 * time.Minute, 72*time.Hour - 5*time.Minute},
		"later":              {5*time.Minute + time.Second, 72 * time.Hour},
		"after its own time": {100 * time.Hour, 72 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			r, err := w.create(t.Context(), complaint, small())
			require.NoError(t, err)
			w.now = w.now.Add(200 * time.Hour)
			at := w.now.Add(-test.ago)
			got, err := w.offers().MakeOffer(t.Context(), &remedyv1.MakeOfferRequest{
				Name: r.GetName(), Way: policyv1.ContactWay_LETTER, OfferTime: timestamppb.New(at),
			})
			require.NoError(t, err)
			require.Equal(t, at, got.GetOffer().GetOfferTime().AsTime(), "what was said stays on record")
			require.Equal(t, w.now.Add(test.left), got.GetOffer().GetAnswerTime().AsTime())
		})
	}
}

// TestSilenceEndsNoEntitlement: who says nothing to an offer of their own money does not lose the complaint, and neither does anybody who is being
// told no.
func TestSilenceEndsNoEntitlement(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REM-3")
	w := newWorld(t)
	complaint := w.receive()
	options := small()
	options.Options[0].Basis = remedyv1.Option_ENTITLEMENT
	got := w.silent(w.offered(complaint, options))
	require.Equal(t, remedyv1.Remedy_LAPSED, got.GetState())
	require.False(t, got.GetClose())
	require.False(t, w.newest(complaint, "offer_lapsed").GetOfferLapsed().GetClose())
}

// TestSilenceEndsNoRefusal that is under way: its steps are owed to the customer (REF-1).
func TestSilenceEndsNoRefusal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	r := w.offered(complaint, small())
	w.refuse(complaint)
	require.False(t, w.silent(r).GetClose())
	other := w.receive()
	require.True(t, w.silent(w.offered(other, small())).GetClose(), "without one it does")
}
