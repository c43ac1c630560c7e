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
