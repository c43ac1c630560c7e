package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhatWasNotDoneIsNotFulfilled: what was accepted is FULFILLED when it was done, but for what the customer gave up; and RELEASED when the
// customer gave up all of it, or the complaint was withdrawn or closed before. Nothing that was not done is spent (REM-5).
func TestWhatWasNotDoneIsNotFulfilled(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-5", "CLK-4")
	for title, c := range map[string]struct {
		parts      [2]string
		state      remedyv1.Remedy_State
		byCustomer bool
		spent      string
	}{
		"all was done":                            {[2]string{"kept", "kept"}, remedyv1.Remedy_FULFILLED, false, "105"},
		"the rest was given up":                   {[2]string{"kept", "given up"}, remedyv1.Remedy_FULFILLED, false, "100"},
		"all was given up":                        {[2]string{"given up", "given up"}, remedyv1.Remedy_RELEASED, true, "0"},
		"the complaint ended":                     {[2]string{"released", "released"}, remedyv1.Remedy_RELEASED, false, "0"},
		"the complaint ended before all was done": {[2]string{"kept", "released"}, remedyv1.Remedy_RELEASED, false, "100"},
		"it ended when the rest was given up":     {[2]string{"given up", "released"}, remedyv1.Remedy_RELEASED, false, "0"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			r := w.offered(complaint, twoParts())
			_, err := w.offers().AcceptOffer(t.Context(), &remedyv1.AcceptOfferRequest{Name: r.GetName(), Option: 3})
			require.NoError(t, err)
			for i, became := range c.parts {
				w.happens(complaint, 1, promise("made", complaint, r.GetName(), int32(i+1)))
				w.happens(complaint, 1, promise(became, complaint, r.GetName(), int32(i+1)))
			}
			got := w.list(w.agent, complaint)[0]
			require.Equal(t, c.state, got.GetState())
			require.Equal(t, []string{"0", c.spent}, []string{w.held(complaint), w.spent(complaint)})
			released := c.state == remedyv1.Remedy_RELEASED
			require.Equal(t, !released, w.count(complaint, "remedy_fulfilled") == 1)
			require.Equal(t, released, w.count(complaint, "remedy_released") == 1)
			require.Empty(t, w.objections(complaint), "nothing is owed")
			for _, e := range w.told(complaint) {
				p, err := eventlog.Decode(e)
				require.NoError(t, err)
				if told := p.GetRemedyReleased(); told != nil {
					require.Equal(t, c.byCustomer, told.GetByCustomer())
				}
			}
			_, err = w.agent.ReviseRemedy(t.Context(), &remedyv1.ReviseRemedyRequest{Name: r.GetName(), Options: small().GetOptions()})
			rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REMEDY_STATE_FORBIDS.String())
		})
	}
}
