package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/redress-dev/redress/deploy/standalone/program"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// callbackWithin is the built-in policy's time for a callback.
const callbackWithin = 24 * time.Hour

// quarter is the pause between two looks at a long list.
const quarter = 250 * time.Millisecond

// audit counts what is on record after a crash test, by the interfaces that others have too.
type audit struct {
	front *front
	// grpc is where the services listen.
	grpc     string
	temporal client.Client
	patience time.Duration
}

// newAudit returns an audit of a running standalone. What is still on its way may take as long as patience.
func newAudit(t *testing.T, f *front, grpcAddress, temporalAddress string, patience time.Duration) *audit {
	t.Helper()
	return &audit{front: f, grpc: grpcAddress, temporal: dialTemporal(t, temporalAddress), patience: patience}
}

// rush requires that each complaint of the rush is on record exactly once, with everything that follows from it.
func (a *audit) rush(t *testing.T, r *rush) {
	t.Helper()
	// First, because it could make doubles.
	for _, f := range r.retried() {
		var again filed
		a.front.must(t, http.MethodPost, "/v1/complaints", f.key, f.body(), &again)
		require.Equal(t, f.answer.Name, again.Name, "the key of complaint number %d made a double", f.number)
	}
	want := map[string]filed{}
	for _, f := range r.filings {
		require.NotContains(t, want, f.answer.Name, "two keys were answered the same complaint")
		want[f.answer.Name] = f.answer
	}
	a.complaints(t, want)
	a.workflows(t, want)
	a.callbacks(t, want)
	a.logs(t)
	t.Logf("everything was found, once, %s after the last complaint was filed", time.Since(r.began.Add(r.took)).Round(10*time.Millisecond))
}

// complaints requires that those answered, and no others, are listed, with the times that were answered.
func (a *audit) complaints(t *testing.T, want map[string]filed) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range all[filed](t, a.front, "complaints") {
		require.False(t, seen[c.Name], "%s is listed twice", c.Name)
		seen[c.Name] = true
		require.Contains(t, want, c.Name, "on record, but nobody was told")
		require.Equal(t, want[c.Name].ReceiveTime, c.ReceiveTime, c.Name)
	}
	require.Len(t, seen, len(want), "a complaint that was answered 200 is gone")
}

// workflows requires that each complaint has one workflow, of one run, named after its first cycle.
func (a *audit) workflows(t *testing.T, want map[string]filed) {
	t.Helper()
	// Visibility follows with a delay.
	await(t, a.patience, quarter, func() string { return missing("workflows", len(want)-a.count(t)) })
	runs := a.runs(t)
	for name := range want {
		id := "complaint/" + strings.TrimPrefix(name, "complaints/") + "/1"
		require.Equal(t, 1, runs[id], "runs of workflow %s", id)
	}
	require.Len(t, runs, len(want), "there are workflows that belong to no complaint")
}

// until waits for a moment at random between two shares of the complaints having their workflows, and returns how many do.
func (a *audit) until(t *testing.T, r *rush, from, to float64) (n int) {
	t.Helper()
	moment := int((from + rand.Float64()*(to-from)) * float64(len(r.filings)))
	await(t, a.patience, 20*time.Millisecond, func() string {
		n = a.count(t)
		return missing("workflows", moment-n)
	})
	return n
}

// count counts workflows, running or closed.
func (a *audit) count(t *testing.T) int {
	t.Helper()
	n, err := a.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
	require.NoError(t, err)
	return int(n.GetCount())
}

// runs counts the runs of each workflow, running or closed.
func (a *audit) runs(t *testing.T) map[string]int {
	t.Helper()
	runs := map[string]int{}
	var token []byte
	for {
		page, err := a.temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000, NextPageToken: token})
		require.NoError(t, err)
		for _, e := range page.GetExecutions() {
			runs[e.GetExecution().GetWorkflowId()]++
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return runs
		}
	}
}

// callbacks requires that each complaint is owed exactly one call, due when it was answered to be due.
func (a *audit) callbacks(t *testing.T, want map[string]filed) {
	t.Helper()
	var owed []called
	await(t, a.patience, quarter, func() string {
		owed = all[called](t, a.front, "callbacks")
		return missing("callbacks", len(want)-len(owed))
	})
	seen := map[string]bool{}
	for _, c := range owed {
		name, cycle, _ := strings.Cut(c.Name, "/callbacks/")
		require.Contains(t, want, name, "a callback that belongs to no complaint")
		require.False(t, seen[name], "%s has two callbacks", name)
		seen[name] = true
		require.Equal(t, "1", cycle)
		require.Equal(t, name+"/duties/1-callback", c.Duty)
		require.Equal(t, want[name].ReceiveTime.Add(callbackWithin), c.DueTime, name)
		require.Equal(t, want[name].Targets.Callback, c.DueTime, name)
	}
	require.Len(t, seen, len(want), "a complaint has no callback")
}

func missing(what string, n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d %s are missing", n, what)
}

// eventLog is what the event logs of the four services have in common.
type eventLog interface {
	VerifyEvents(ctx context.Context, in *eventv1.VerifyEventsRequest, opts ...grpc.CallOption) (*eventv1.VerifyEventsResponse, error)
	ListParkedEvents(ctx context.Context, in *eventv1.ListParkedEventsRequest, opts ...grpc.CallOption) (*eventv1.ListParkedEventsResponse, error)
}

// logs requires that the four event logs are intact and that no delivery was given up.
func (a *audit) logs(t *testing.T) {
	t.Helper()
	conn, err := grpc.NewClient(a.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+a.front.token)
	for name, log := range map[string]eventLog{
		"intake": intakev1.NewEventLogServiceClient(conn), "routing": routingv1.NewEventLogServiceClient(conn),
		"remedy": remedyv1.NewEventLogServiceClient(conn), "followup": followupv1.NewEventLogServiceClient(conn),
	} {
		verified, err := log.VerifyEvents(ctx, &eventv1.VerifyEventsRequest{})
		require.NoError(t, err, name)
		require.True(t, verified.GetIntact(), "%s: %v", name, verified.GetFindings())
		if name == "intake" || name == "followup" {
			require.Positive(t, verified.GetEventCount(), name)
		}
		parked, err := log.ListParkedEvents(ctx, &eventv1.ListParkedEventsRequest{})
		require.NoError(t, err, name)
		require.Empty(t, parked.GetParked(), name)
	}
}

// dialTemporal returns a client of the namespace, which connects when it is first used.
func dialTemporal(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: program.Namespace, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}
