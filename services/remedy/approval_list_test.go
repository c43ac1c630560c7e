package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestAnInbox: an approver finds what waits for them by due time, by any page, and by each field.
func TestAnInbox(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-3", "API-3")
	w := newWorld(t)
	begin := w.now
	complaint, first := w.waiting(30, false) // Due in 4 h.
	w.names(first.GetApproval(), 1, 1, "agents/wu")
	w.now = w.now.Add(time.Minute)
	second := w.proposed(complaint, 900, false)
	w.names(second.GetApproval(), 1, 2, "agents/sun")
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Severity: policyv1.Severity_URGENT,
	}}})
	w.now = w.now.Add(time.Minute)
	urgent := w.proposed(complaint, 31, false) // Due in an hour.
	w.names(urgent.GetApproval(), 1, 1, "agents/wu")
	w.now = w.now.Add(time.Minute)
	decided := w.proposed(complaint, 32, false)
	w.names(decided.GetApproval(), 1, 1, "agents/wu")
	wu := w.approvals("agents/wu", authv1.Role_SUPERVISOR)
	_, err := wu.RejectRemedy(t.Context(), &remedyv1.RejectRemedyRequest{Name: decided.GetApproval(), Comment: "no"})
	require.NoError(t, err)
	number := map[string]int{first.GetApproval(): 1, second.GetApproval(): 2, urgent.GetApproval(): 3, decided.GetApproval(): 4}
	list := func(filter string, size int32) (found []int) {
		req := &remedyv1.ListApprovalsRequest{Filter: filter, PageSize: size}
		for {
			resp, err := wu.ListApprovals(t.Context(), req)
			require.NoError(t, err, filter)
			for _, a := range resp.GetApprovals() {
				found = append(found, number[a.GetName()])
				require.Nil(t, a.GetEvidence())
				require.NotEmpty(t, a.GetSteps())
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				return found
			}
		}
	}
	for size := int32(1); size < 6; size++ {
		require.Equal(t, []int{3, 4, 1, 2}, list("", size), "the next due first")
	}
	for filter, want := range map[string][]int{
		`state = "PENDING" AND approver = "agents/wu"`:         {3, 1},
		`state = "REJECTED"`:                                   {4},
		`state != "PENDING"`:                                   {4},
		`approver = "agents/sun"`:                              {2},
		`proposer = "agents/lin" AND level = 2`:                {2},
		`proposer = "agents/wu"`:                               nil,
		`department = "departments/returns" AND urgent = true`: {3, 4},
		`NOT urgent`:                         {1, 2},
		`amount >= 31 AND amount < 900`:      {3, 4},
		`amount > 30.99 AND amount < 899.99`: {3, 4},
		`amount = 900`:                       {2},
		`overdue = true`:                     nil,
		`create_time > "` + stamp(begin.Add(time.Minute)) + `"`: {3, 4},
		`due_time < "` + stamp(begin.Add(2*time.Hour)) + `"`:    {3, 4},
		`due_time = "` + stamp(begin.Add(4*time.Hour)) + `"`:    {1},
	} {
		require.Equal(t, want, list(filter, 9), filter)
	}
	for _, filter := range []string{`x = 1`, `amount = "a"`, `state = "OPEN"`, `level > "1"`, `(((`} {
		_, err := wu.ListApprovals(t.Context(), &remedyv1.ListApprovalsRequest{Filter: filter})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
	}
	page, err := wu.ListApprovals(t.Context(), &remedyv1.ListApprovalsRequest{PageSize: 1})
	require.NoError(t, err)
	for filter, token := range map[string]string{`state = "PENDING"`: page.GetNextPageToken(), "": "x"} {
		_, err = wu.ListApprovals(t.Context(), &remedyv1.ListApprovalsRequest{PageSize: 1, Filter: filter, PageToken: token})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	}

	// What nobody decided moves down the list, and up to the last level.
	w.now = begin.Add(30 * time.Hour)
	for _, r := range []*remedyv1.Remedy{first, second, urgent} {
		w.settles(r.GetApproval())
	}
	require.Equal(t, []int{3, 1, 2}, list("overdue = true AND state = \"PENDING\"", 9))
	require.Equal(t, []int{4, 3, 1, 2}, list("", 2))
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
