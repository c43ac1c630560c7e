package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/remedy"
)

// openApprovals are those that are pending, each once, in pages.
func openApprovals(t *testing.T, env Env) {
	t.Helper()
	decided := approval("a", "r-2", 60)
	decided.State = remedyv1.Approval_APPROVED
	put(t, env, "a", remedy.Changes{Approvals: []remedy.Approval{approval("a", "r-1", 60), decided, approval("a", "r-3", 90)}})
	put(t, env, "b", remedy.Changes{Approvals: []remedy.Approval{approval("b", "s-1", 30)}})
	var names []string
	for after, more := "", true; more; more = after != "" {
		page, next, err := env.Approvals.OpenApprovals(t.Context(), after, 2)
		require.NoError(t, err)
		for _, w := range page {
			names = append(names, w.GetName()+" of "+w.GetSubject())
			require.EqualValues(t, 3, w.GetCycle())
		}
		after = next
	}
	require.Equal(t, []string{"approvals/r-1 of complaints/a", "approvals/r-3 of complaints/a", "approvals/s-1 of complaints/b"}, names)
	page, _, err := env.Approvals.OpenApprovals(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, at(60), page[0].GetDueTime().AsTime())
}
