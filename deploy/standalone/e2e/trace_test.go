package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// The trace that the front end began, and its span.
const (
	theirTrace = "0af7651916cd43dd8448eb211c80319c"
	theirSpan  = "b7ad6b7169203331"
)

// tree is a trace by the ids of its spans.
type tree map[string]span

// path lists the spans from the front end's down to s; the last is s. Where a parent is missing it begins with one named "?".
func (t tree) path(s span) []span {
	path := []span{s}
	for s.parent != theirSpan {
		parent, ok := t[s.parent]
		if !ok {
			return append([]span{{name: "?"}}, path...)
		}
		s = parent
		path = append([]span{s}, path...)
	}
	return path
}

// finds returns the names of the shortest path to a server's span of a name, and the processes that made it, one after the other; nil
// when there is none yet.
func (t tree) finds(name string) (names, processes []string) {
	var nearest []span
	for _, s := range t {
		if path := t.path(s); s.name == name && s.server && (nearest == nil || len(path) < len(nearest)) {
			nearest = path
		}
	}
	for _, step := range nearest {
		names, processes = append(names, step.name), append(processes, step.process)
	}
	return names, slices.Compact(processes)
}

// TestOneTrace: what a REST request causes is one tree, from the front end's own span to the calls that a workflow makes of the
// services, long after the answer was given. TestRoles tells the same of processes.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	c := collect(t)
	cfg := freePorts(t.TempDir())
	cfg.OTLPEndpoint, cfg.TraceRatio = c.address, 0 // Only the trace that the front end wants recorded.
	w := startAs(t, cfg, demoPolicy)
	w.oneTrace(t, c, func(...string) []string { return []string{"redress"} })
	w.requireMetrics()
}

// oneTrace is what TestOneTrace tells. In says which processes are met by roles.
func (w *world) oneTrace(t *testing.T, c *collector, in func(roles ...string) []string) {
	const (
		create = "redress.intake.v1.IntakeService/CreateComplaint"
		assign = "redress.routing.v1.RoutingService/AssignComplaint"
		send   = "redress.followup.v1.FollowupService/SendAcknowledgement"
		apply  = "redress.followup.v1.EventSinkService/ApplyEvent"
	)
	complaint := w.fileTraced()
	w.eventually("acknowledged and assigned", 10*time.Second, func() bool {
		entries := w.timeline(complaint)
		return len(of(entries, "message_sent", "")) == 1 && len(of(entries, "complaint_activated", "")) == 1
	})

	var seen tree
	require.Eventually(t, func() bool {
		spans, _ := c.all()
		seen = tree{}
		for _, s := range spans {
			seen[s.id] = s
		}
		for _, name := range []string{assign, send, apply} {
			if names, _ := seen.finds(name); names == nil {
				return false
			}
		}
		return seen.whole()
	}, 30*time.Second, 100*time.Millisecond, "spans are delivered every few seconds")

	filing := []string{"POST /v1/complaints", create, create} // The edge's, its call's, and the service's.
	heard := append(slices.Clone(filing), "deliver complaint_received")
	for name, want := range map[string]struct{ names, processes []string }{
		create: {filing, in("gateway", "intake")},
		apply:  {append(slices.Clone(heard), apply, apply), in("gateway", "intake", "followup")},
		assign: {append(slices.Clone(heard), acting("AssignComplaint", assign)...), in("gateway", "intake", "worker", "routing")},
		send:   {append(slices.Clone(heard), acting("SendAcknowledgement", send)...), in("gateway", "intake", "worker", "followup")},
	} {
		names, processes := seen.finds(name)
		require.Equal(t, want.names, names)
		require.Equal(t, want.processes, processes, name)
	}
	spans, text := c.all()
	for _, s := range spans {
		require.Equal(t, theirTrace, s.trace, s.name)
	}
	for _, personal := range []string{"13812345678", "nobody calls", "Go-http-client"} {
		require.NotContains(t, text, personal)
	}
	require.Contains(t, w.said(), "trace_id="+theirTrace, "the log says it too")
}

// acting names the spans of a call that an activity of the workflow makes, from the start of the workflow on.
func acting(activity, call string) []string {
	return []string{"StartWorkflow:Complaint", "RunWorkflow:Complaint", "StartActivity:" + activity, "RunActivity:" + activity, call, call}
}

// whole holds when no span is without its parent.
func (t tree) whole() bool {
	for _, s := range t {
		if t.path(s)[0].name == "?" {
			return false
		}
	}
	return len(t) > 0
}

// fileTraced files a complaint in the front end's trace.
func (w *world) fileTraced() string {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+w.gateways[0]+"/v1/complaints",
		strings.NewReader(`{"statement": "nobody calls me", "complainant": {"phone": "+8613812345678"}}`))
	require.NoError(w.t, err)
	request.Header.Set("Authorization", "Bearer "+w.token)
	request.Header.Set("Idempotency-Key", uuid.NewString())
	request.Header.Set("Traceparent", "00-"+theirTrace+"-"+theirSpan+"-01")
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	var filed struct{ Name string }
	require.NoError(w.t, json.NewDecoder(response.Body).Decode(&filed))
	require.NotEmpty(w.t, filed.Name)
	return filed.Name
}

// requireMetrics fails the test unless operators can read what happened to the one complaint.
func (w *world) requireMetrics() {
	w.t.Helper()
	page := w.metrics()
	for _, sample := range []string{
		`redress_complaints_received_total{channel="channel-unspecified",severity="normal"} 1`,
		`redress_duties_opened_total{kind="callback"} 1`,
		`redress_duties_settled_total{correction="false",kind="acknowledge",verdict="met"} 1`,
		`redress_messages_sent_total{channel="development",template="acknowledgement"} 1`,
		`redress_duties_open{kind="callback"} 1`,
		`redress_relay_undelivered{log="intake",subscriber="routing"} 0`,
		`rpc_server_call_duration_seconds_count{rpc_method="redress.intake.v1.IntakeService/CreateComplaint",`,
		`temporal_workflow_task_`,
	} {
		require.Contains(w.t, page, sample)
	}
}
