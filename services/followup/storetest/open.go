package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// testOpenSeries lists series that are not over, and cycles in which an authority waits, each once, in pages.
func testOpenSeries(t *testing.T, env Env) {
	t.Helper()
	over := touch("b", "customers/x", 1, 30)
	over.State = followupv1.FollowUp_ANSWERED
	plan(t, env, "a", "customers/x", touch("a", "customers/x", 1, 60), touch("a", "customers/x", 2, 30))
	plan(t, env, "b", "customers/x", over)
	plan(t, env, "c", "customers/x", touch("c", "customers/x", 1, 90))
	owed := &followup.Duty{
		Complaint: "a", ID: "1-authority-reply", Kind: policyv1.DutyKind_AUTHORITY_REPLY, Cycle: 1, State: followupv1.Duty_OPEN, OpenTime: at(0), DueTime: at(45),
	}
	call := &followup.Duty{
		Complaint: "a", ID: "1-callback", Kind: policyv1.DutyKind_CALLBACK, Cycle: 1, State: followupv1.Duty_OPEN, OpenTime: at(0), DueTime: at(5),
	}
	put(t, env, "a", followup.Changes{Opened: []*followup.Duty{owed, call}})
	var found []string
	for after, more := "", true; more; more = after != "" {
		page, next, err := env.Series.OpenSeries(t.Context(), after, 1)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), 1)
		for _, w := range page {
			found = append(found, fmt.Sprintf("%s %s %d %t", w.GetKind(), w.GetName(), w.GetCycle(), w.GetDueTime().AsTime().Equal(at(45))))
		}
		after = next
	}
	require.Equal(t, []string{"COMPLAINT_CYCLE complaints/a 1 true", "FOLLOW_UP_SERIES complaints/a 1 false", "FOLLOW_UP_SERIES complaints/c 1 false"}, found)
	_, _, err := env.Series.OpenSeries(t.Context(), "nowhere", 1)
	require.Error(t, err)
}
