package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review"
)

// openImprovements are those that are not over, each once, in pages, with what is next.
func openImprovements(t *testing.T, env Env) {
	t.Helper()
	opens(t, env, improves("a", quality(), 1))
	opens(t, env, improves("b", jam(), 2))
	opens(t, env, improves("c", review.Subject{Product: "门锁", Fault: "rust"}, 3))
	changes(t, env, "a", func(i *review.Improvement) { i.State = reviewv1.Improvement_ABANDONED })
	changes(t, env, "c", func(i *review.Improvement) { i.State, i.CheckTime = reviewv1.Improvement_DONE, at(99) })
	first, next, err := env.Improvements.OpenImprovements(t.Context(), "", 1)
	require.NoError(t, err)
	require.Len(t, first, 1)
	require.Equal(t, []any{"improvements/b", "improvements/b", at(52)}, []any{first[0].GetName(), first[0].GetSubject(), first[0].GetDueTime().AsTime()})
	rest, _, err := env.Improvements.OpenImprovements(t.Context(), next, 5)
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Equal(t, []any{"improvements/c", at(99)}, []any{rest[0].GetName(), rest[0].GetDueTime().AsTime()})
}
