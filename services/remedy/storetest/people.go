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
}
