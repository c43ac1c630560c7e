package e2e_test

import (
	"encoding/json"
	"io"
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

// path names the spans from the front end's down to s; the last is s. Where a parent is missing it begins with "?".
func (t tree) path(s span) []string {
	path := []string{s.name}
	for s.parent != theirSpan {
		parent, ok := t[s.parent]
		if !ok {
			return append([]string{"?"}, path...)
		}
		s = parent
		path = append([]string{s.name}, path...)
	}
	return path
}

// finds returns the path of a server's span by its name, nil when there is none yet.
func (t tree) finds(name string) []string {
	for _, s := range t {
		if s.name == name && s.server {
			return t.path(s)
		}
	}
	return nil
}

// TestOneTrace: what a REST request causes is one tree, from the front end's own span to the calls that a workflow makes of the
// services, long after the answer was given.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	const (
		create = "redress.intake.v1.IntakeService/CreateComplaint"
		assign = "redress.routing.v1.RoutingService/AssignComplaint"
		send   = "redress.followup.v1.FollowupService/SendAcknowledgement"
		apply  = "redress.followup.v1.EventSinkService/ApplyEvent"
	)
	c := collect(t)
	cfg := freePorts(t.TempDir())
	cfg.OTLPEndpoint, cfg.TraceRatio = c.address, 0 // Only the trace that the front end wants recorded.
	w := startAs(t, cfg, demoPolicy)
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
		return seen.whole() && seen.finds(assign) != nil && seen.finds(send) != nil && seen.finds(apply) != nil
	}, 30*time.Second, 100*time.Millisecond, "spans are delivered every few seconds")

	filing := []string{"POST /v1/complaints", create, create} // The edge's, its call's, and the service's.
	require.Equal(t, filing, seen.finds(create))
	require.Equal(t, append(slices.Clone(filing), "deliver complaint_received", apply, apply), seen.finds(apply))
	for name, activity := range map[string]string{assign: "AssignComplaint", send: "SendAcknowledgement"} {
		require.Equal(t, append(slices.Clone(filing), "deliver complaint_received", "StartWorkflow:Complaint", "RunWorkflow:Complaint",
			"StartActivity:"+activity, "RunActivity:"+activity, name, name), seen.finds(name))
	}
	spans, text := c.all()
	for _, s := range spans {
		require.Equal(t, theirTrace, s.trace, s.name)
	}
	for _, personal := range []string{"13812345678", "nobody calls", "Go-http-client"} {
		require.NotContains(t, text, personal)
	}
	require.Contains(t, w.log.String(), "trace_id="+theirTrace, "the log says it too")
	w.requireMetrics()
}

// whole holds when no span is without its parent.
func (t tree) whole() bool {
	for _, s := range t {
		if t.path(s)[0] == "?" {
			return false
		}
	}
	return len(t) > 0
}

// fileTraced files a complaint in the front end's trace.
func (w *world) fileTraced() string {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+w.program.HTTPAddress()+"/v1/complaints",
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
	response, err := http.Get("http://" + w.program.AdminAddress() + "/metrics")
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
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
		require.Contains(w.t, string(page), sample)
	}
}
