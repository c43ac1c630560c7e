package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// goodwill is so much of it in kind, or an apology.
func goodwill(kind remedyv1.Option_Kind, units int64) *remedyv1.Remedy {
	r := small()
	r.HistorySeen, r.Options[0].Kind, r.Options[0].Amount = true, kind, cny(units)
	return r
}

// TestWhoHasToAgreeIsWarnedOf as it is asked, also where no option needs it by itself (PROM-2).
func TestWhoHasToAgreeIsWarnedOf(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "APPR-1")
	coupon := remedyv1.Option_COUPON
	granted := func(w *world, complaint string, amounts ...int64) {
		for _, amount := range amounts {
			r, err := w.create(w.t.Context(), complaint, goodwill(coupon, amount))
			require.NoError(w.t, err)
			require.Equal(w.t, remedyv1.Remedy_GRANTED, r.GetState())
		}
	}
	for name, c := range map[string]struct {
		before   func(w *world, complaint string)
		proposed *remedyv1.Remedy
		option   int32
		advice   string
	}{
		"with what the complaint has": {func(w *world, complaint string) { granted(w, complaint, 15) }, goodwill(coupon, 15), 1, "第1级批准，批准前"},
		"beyond the agent's day": {func(w *world, _ string) {
			for range 10 {
				granted(w, w.receive(), 20)
			}
		}, goodwill(coupon, 20), 1, "第1级批准，批准前"},
		"by who is complained about": {func(w *world, complaint string) {
			w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{TargetAgents: []string{"agents/lin"}}}})
		}, goodwill(coupon, 5), 1, "第1级批准，批准前"},
		"beyond a cap": {func(*world, string) {}, goodwill(remedyv1.Option_COMPENSATION, 1001), 1, "第3级批准，批准前"},
		"much":         {func(*world, string) {}, goodwill(remedyv1.Option_COMPENSATION, 2000), 1, "第2级批准，再由更高一级批准"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			c.before(w, complaint)
			asked, err := w.agent.CreateRemedy(t.Context(), &remedyv1.CreateRemedyRequest{Parent: complaint, Remedy: c.proposed, ValidateOnly: true})
			require.NoError(t, err)
			got, err := w.create(t.Context(), complaint, c.proposed)
			require.NoError(t, err)
			require.Equal(t, remedyv1.Remedy_PROPOSED, got.GetState())
			list := w.list(w.agent, complaint)
			for _, r := range []*remedyv1.Remedy{asked, got, list[len(list)-1]} {
				require.Len(t, r.GetWarnings(), 1)
				warned := r.GetWarnings()[0]
				require.Equal(t, remedyv1.Warning_ABOVE_AUTHORITY, warned.GetKind())
				require.Equal(t, c.option, warned.GetOption())
				require.Contains(t, warned.GetAdvice(), c.advice)
			}
		})
	}
}

// TestWhoIsLeftToAgreeIsWarnedOf: once the first of two levels has approved, the other one is named alone.
func TestWhoIsLeftToAgreeIsWarnedOf(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	w := newWorld(t)
	complaint := w.receive()
	got, err := w.create(t.Context(), complaint, goodwill(remedyv1.Option_COMPENSATION, 2000))
	require.NoError(t, err)
	w.names(got.GetApproval(), 1, 2, "agents/guo")
	_, err = w.approves(got.GetApproval(), "agents/guo", authv1.Role_MANAGER)
	require.NoError(t, err)
	warnings := w.list(w.agent, complaint)[0].GetWarnings()
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0].GetAdvice(), "第3级批准，批准前")
}
