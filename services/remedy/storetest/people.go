package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/remedy"
)

// people: while nothing was heard of anybody, everybody is there; then those of whom it was, also without anybody above them.
func people(t *testing.T, env Env) {
	t.Helper()
	unlisted := func(names ...string) []string {
		list, err := env.People.Unlisted(t.Context(), names...)
		require.NoError(t, err)
		return list
	}
	put(t, env, "a", remedy.Changes{Person: &remedy.Person{Name: "departments/billing", Above: "agents/gao"}})
	require.Empty(t, unlisted("agents/wu", "departments/none"))
	put(t, env, "a", remedy.Changes{Person: &remedy.Person{Name: "agents/wu"}})
	require.Equal(t, []string{"agents/nobody", "departments/none"}, unlisted("agents/nobody", "agents/wu", "departments/billing", "departments/none"))
	require.Empty(t, unlisted())

	left := func(name string) (gone bool) {
		_, err := env.Store.Change(t.Context(), remedy.Change{Complaint: "a", Remedies: true}, func(c *remedy.Case) (err error) {
			gone, err = c.Left(name)
			return err
		})
		require.NoError(t, err)
		return gone
	}
	require.False(t, left("agents/wu"))
	require.False(t, left("agents/nobody"))
	put(t, env, "a", remedy.Changes{Person: &remedy.Person{Name: "agents/wu", Above: "agents/gao", Left: true}})
	require.True(t, left("agents/wu"))
	put(t, env, "a", remedy.Changes{Person: &remedy.Person{Name: "agents/wu"}})
	require.False(t, left("agents/wu"), "who is back")
}
