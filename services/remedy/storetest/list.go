package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/remedy"
)

// order puts remedies on record in disorder and reads them by pages of every size.
func order(t *testing.T, env Env) {
	t.Helper()
	bare := proposal("a", "c", 2)
	bare.Fallback, bare.Options = nil, bare.Options[1:2]
	bare.Offer, bare.Answer = remedy.Offer{}, remedy.Answer{}
	want := []remedy.Remedy{proposal("a", "d", 1), proposal("a", "B", 2), proposal("a", "a", 2), bare, proposal("a", "A", 3)}
	for _, i := range []int{3, 0, 4, 2, 1} {
		propose(t, env, want[i])
	}
	propose(t, env, proposal("other", "a", 2))
	for size := 1; size <= len(want)+1; size++ {
		var got []remedy.Remedy
		query := remedy.Query{Complaint: "a", Limit: size}
		for {
			list, err := env.Store.Remedies(t.Context(), query)
			require.NoError(t, err)
			require.LessOrEqual(t, len(list), size)
			if len(list) == 0 {
				break
			}
			got = append(got, list...)
			require.LessOrEqual(t, len(got), len(want), "a page begins after the one before")
			last := list[len(list)-1]
			query.After = &remedy.Position{CreateTime: last.CreateTime, ID: last.ID}
		}
		require.Equal(t, want, got, "by time, then by the bytes of the id; pages of %d", size)
	}
}
