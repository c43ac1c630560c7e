package routing_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/routing"
)

// sees tells whether somebody sees a complaint.
func (w *world) sees(agent string, reach policyv1.Access_Reach, complaint string, given ...string) bool {
	w.t.Helper()
	resp, err := routingv1.NewAccessServiceClient(w.conn("services/worker", authv1.Role_SERVICE)).CheckAccess(w.t.Context(), &routingv1.CheckAccessRequest{
		Agent: "agents/" + agent, Reach: reach, Departments: given, Complaints: []string{complaint},
	})
	require.NoError(w.t, err)
	return len(resp.GetHidden()) == 0
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	const department, below = policyv1.Access_DEPARTMENT, policyv1.Access_BELOW
	w := newWorld(t)
	complaint := w.delivery()
	for _, tc := range []struct {
		agent string
		reach policyv1.Access_Reach
		given []string
		want  bool
	}{
		{agent: "he", reach: department, want: true},
		{agent: "lin", reach: department, want: false},
		{agent: "lin", reach: department, given: []string{"departments/logistics"}, want: true},
		{agent: "lin", reach: department, given: []string{"departments/billing"}, want: false},
		{agent: "ma", reach: below, want: true},
		{agent: "guo", reach: below, want: true},
		{agent: "fang", reach: below, want: true},
		{agent: "fang", reach: department, want: false},
		{agent: "zhao", reach: below, want: false},
		{agent: "sun", reach: below, want: false},
		{agent: "nobody", reach: below, want: false},
		{agent: "lin", reach: policyv1.Access_ALL, want: true},
	} {
		require.Equal(t, tc.want, w.sees(tc.agent, tc.reach, complaint, tc.given...), "%v", tc)
	}
	require.False(t, w.sees("xu", department, complaint))
	w.toQuality(complaint)
	require.True(t, w.sees("xu", department, complaint), "it is offered to them")
	require.True(t, w.sees("he", department, complaint), "it is theirs until it is taken")
	require.False(t, w.sees("tang", department, complaint))
}

func TestWhoWasToldSeesIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := newWorld(t)
	complaint := w.delivery()
	require.False(t, w.sees("tang", policyv1.Access_DEPARTMENT, complaint))
	id := strings.TrimPrefix(complaint, "complaints/")
	_, err := w.store.Change(t.Context(), routing.Change{Complaint: id}, func(c *routing.Case) error {
		c.Changes.Notice = &routing.Notice{ID: "asked", Complaint: id, About: routingv1.Notice_APPROVAL, Recipient: "tang"}
		return nil
	})
	require.NoError(t, err)
	require.True(t, w.sees("tang", policyv1.Access_DEPARTMENT, complaint))
	require.True(t, w.sees("gao", policyv1.Access_BELOW, complaint), "so does who leads them")
	require.False(t, w.sees("gao", policyv1.Access_DEPARTMENT, complaint))
}

func TestWhatNoDepartmentHas(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := newWorld(t)
	complaint := w.file("customers/a", policyv1.TargetKind_DELIVERY)
	unknown := "complaints/" + strings.Repeat("0", 26)
	require.True(t, w.sees("lin", policyv1.Access_DEPARTMENT, complaint))
	require.True(t, w.sees("lin", policyv1.Access_DEPARTMENT, unknown))
	strict := w.other(func(text string) string { return strings.Replace(text, "  unassigned: true", "  unassigned: false", 1) })
	resp, err := strict.CheckAccess(t.Context(), &routingv1.CheckAccessRequest{
		Agent: "agents/lin", Reach: policyv1.Access_DEPARTMENT, Complaints: []string{complaint, unknown},
	})
	require.NoError(t, err)
	require.Equal(t, []string{complaint, unknown}, resp.GetHidden())
}

func TestOnlyServicesAskWhoSeesWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := routingv1.NewAccessServiceClient(w.conn("agents/lin", authv1.Role_AGENT)).CheckAccess(t.Context(), &routingv1.CheckAccessRequest{})
	rpctest.RequireReason(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}
