package routing_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// queues speak for somebody.
func (w *world) queues(subject string, role authv1.Role) routingv1.QueueServiceClient {
	w.t.Helper()
	return routingv1.NewQueueServiceClient(w.conn(subject, role))
}

// owe tells routing that followup opened a duty, due after some minutes.
func (w *world) owe(complaint, duty string, minutes int) {
	w.t.Helper()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{
		Duty: complaint + "/duties/" + duty, Kind: policyv1.DutyKind_CALLBACK, DueTime: timestamppb.New(w.now.Truncate(time.Second).Add(time.Duration(minutes) * time.Minute)),
	}}})
}

// settle tells of a verdict.
func (w *world) settle(complaint, duty string, verdict policyv1.Verdict) {
	w.t.Helper()
	w.apply(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: &eventv1.DutySettled{
		Duty: complaint + "/duties/" + duty, Kind: policyv1.DutyKind_CALLBACK, Verdict: verdict,
	}}})
}

// listed are the complaints of a queue.
func (w *world) listed(client routingv1.QueueServiceClient, queue, department string) (names []string) {
	w.t.Helper()
	req := &routingv1.ListQueuedComplaintsRequest{Parent: "queues/" + queue, Department: department, PageSize: 2}
	for {
		resp, err := client.ListQueuedComplaints(w.t.Context(), req)
		require.NoError(w.t, err)
		require.Equal(w.t, w.now, resp.GetReadTime().AsTime())
		for _, q := range resp.GetComplaints() {
			names = append(names, q.GetComplaint())
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return names
		}
	}
}

// counted are the counts of the caller's queues.
func (w *world) counted(client routingv1.QueueServiceClient, department string) map[string]int32 {
	w.t.Helper()
	resp, err := client.ListQueues(w.t.Context(), &routingv1.ListQueuesRequest{Department: department})
	require.NoError(w.t, err)
	counts := map[string]int32{}
	for _, q := range resp.GetQueues() {
		require.False(w.t, q.GetMore())
		counts[q.GetName()[len("queues/"):]] = q.GetCount()
	}
	return counts
}

// away has some people take nothing any more.
func (w *world) away(agents ...string) {
	w.t.Helper()
	for _, id := range agents {
		_, err := w.agent(id, func(a *routingv1.Agent) { a.TakesComplaints = false }, "takes_complaints")
		require.NoError(w.t, err)
	}
}

func TestQueues(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	var names []string
	for i, due := range []int{300, 30, 90, 200} { // lin, chen, wu and one of them have one each, by least load.
		name := w.file("customers/"+string(rune('a'+i)), policyv1.TargetKind_SERVICE)
		w.owe(name, "1-callback", due)
		w.now = w.now.Add(time.Microsecond)
		w.assign(name, 1)
		names = append(names, name)
	}
	first, second, third, fourth := names[0], names[1], names[2], names[3]
	owner := w.assign(fourth, 1).GetAssignee()
	w.away("lin", "chen", "wu", "he")
	waits := w.file("customers/w", policyv1.TargetKind_SERVICE)
	require.Empty(t, w.assign(waits, 1).GetAssignee())
	w.owe(waits, "1-callback", 90)
	w.apply(waits, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_URGENT}}})
	elsewhere := w.file("customers/l", policyv1.TargetKind_DELIVERY)
	w.assign(elsewhere, 1)

	lead, agent := w.queues("agents/zhao", authv1.Role_SUPERVISOR), w.queues(owner, authv1.Role_AGENT)
	require.Equal(t, []string{second, waits, third, fourth, first}, w.listed(lead, "department", ""), "the more severe first of what is due at once")
	require.Equal(t, []string{second, third, fourth, first}, w.listed(lead, "team", ""), "those who report to the caller")
	require.Empty(t, w.listed(lead, "mine", ""))
	own := w.listed(agent, "mine", "")
	require.Len(t, own, 2)
	require.Contains(t, own, fourth)
	require.Equal(t, []string{waits}, w.listed(agent, "unassigned", ""))
	require.Equal(t, []string{waits, elsewhere}, w.listed(lead, "unassigned", "departments/-"))
	require.Equal(t, []string{elsewhere}, w.listed(lead, "department", "departments/logistics"))
	require.Equal(t, []string{second, waits, third}, w.listed(lead, "dueSoon", ""), "within two hours")
	require.Empty(t, w.listed(lead, "overdue", ""))
	require.Equal(t, map[string]int32{"mine": 0, "team": 4, "department": 5, "overdue": 0, "dueSoon": 3, "unassigned": 1}, w.counted(lead, ""))

	w.now = w.now.Add(31 * time.Minute)
	require.Equal(t, []string{second}, w.listed(lead, "overdue", ""), "at the moment of reading")
	w.settle(second, "1-callback", policyv1.Verdict_MISSED)
	require.Equal(t, []string{second}, w.listed(lead, "overdue", ""), "what was missed is still owed")
	resp, err := lead.ListQueuedComplaints(t.Context(), &routingv1.ListQueuedComplaintsRequest{Parent: "queues/department"})
	require.NoError(t, err)
	top := resp.GetComplaints()[0]
	require.True(t, top.GetOverdue() && !top.GetDueSoon())
	require.Equal(t, second+"/duties/1-callback", top.GetDuty())
	require.True(t, resp.GetComplaints()[1].GetDueSoon() && !resp.GetComplaints()[4].GetDueSoon())
	urgent, err := lead.ListQueuedComplaints(t.Context(), &routingv1.ListQueuedComplaintsRequest{
		Parent: "queues/department", Severity: policyv1.Severity_URGENT,
	})
	require.NoError(t, err)
	require.Len(t, urgent.GetComplaints(), 1)
	w.settle(second, "1-callback", policyv1.Verdict_MET_LATE)
	require.Empty(t, w.listed(lead, "overdue", ""))
	w.apply(third, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutyRescheduled{DutyRescheduled: &eventv1.DutyRescheduled{
		Duty: third + "/duties/1-callback", DueTime: timestamppb.New(w.now.Add(-time.Second)),
	}}})
	require.Equal(t, []string{third}, w.listed(lead, "overdue", ""))
	w.apply(third, 1, &eventv1.Payload{Kind: &eventv1.Payload_DutyReleased{DutyReleased: &eventv1.DutyReleased{Duty: third + "/duties/1-callback"}}})
	w.close(first, 1)
	require.Equal(t, []string{waits, fourth, second, third}, w.listed(lead, "department", ""), "what owes nothing comes last")
	require.Equal(t, map[string]int32{"mine": 0, "team": 3, "department": 5, "overdue": 0, "dueSoon": 1, "unassigned": 2}, w.counted(lead, "departments/-"))
	auditor := w.queues("agents/auditor", authv1.Role_AUDITOR)
	require.Equal(t, map[string]int32{"department": 5, "overdue": 0, "dueSoon": 1, "unassigned": 2}, w.counted(auditor, ""), "of all")
}

func TestQueueRefusals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	w := newWorld(t)
	for range 3 {
		w.assign(w.file("customers/a", policyv1.TargetKind_SERVICE), 1)
	}
	agent, stranger := w.queues("agents/lin", authv1.Role_AGENT), w.queues("agents/nobody", authv1.Role_AGENT)
	lead := w.queues("agents/zhao", authv1.Role_SUPERVISOR)
	list := func(client routingv1.QueueServiceClient, queue, department string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := client.ListQueuedComplaints(ctx, &routingv1.ListQueuedComplaintsRequest{Parent: "queues/" + queue, Department: department})
			return err
		}
	}
	for name, refused := range map[string]struct {
		call   func(context.Context) error
		code   codes.Code
		reason string
	}{
		"another department": {list(agent, "overdue", "departments/logistics"), codes.PermissionDenied, routingv1.ErrorReason_QUEUE_NOT_YOURS.String()},
		"all departments":    {list(agent, "department", "departments/-"), codes.PermissionDenied, routingv1.ErrorReason_QUEUE_NOT_YOURS.String()},
		"nobody's own":       {list(stranger, "mine", ""), codes.FailedPrecondition, routingv1.ErrorReason_CALLER_NOT_IN_DIRECTORY.String()},
		"of no department":   {list(stranger, "overdue", ""), codes.FailedPrecondition, routingv1.ErrorReason_CALLER_NOT_IN_DIRECTORY.String()},
		"no such department": {list(lead, "overdue", "departments/none"), codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String()},
		"no such queue":      {list(lead, "other", ""), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"mine of others":     {list(lead, "mine", "departments/logistics"), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"a token of another queue": {func(ctx context.Context) error {
			page, err := lead.ListQueuedComplaints(ctx, &routingv1.ListQueuedComplaintsRequest{Parent: "queues/department", PageSize: 1})
			require.NoError(t, err)
			require.NotEmpty(t, page.GetNextPageToken())
			_, err = lead.ListQueuedComplaints(ctx, &routingv1.ListQueuedComplaintsRequest{Parent: "queues/team", PageToken: page.GetNextPageToken()})
			return err
		}, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String()},
	} {
		t.Run(name, func(t *testing.T) { rpctest.RequireReason(t, refused.call(t.Context()), refused.code, refused.reason) })
	}
}
