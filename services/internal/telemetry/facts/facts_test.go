package facts_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

const subject = "complaints/01arz3ndektsv4rrffq69g5fav"

// begin is when the complaint was received.
func begin() time.Time { return time.Date(2026, time.January, 5, 2, 0, 0, 0, time.UTC) }

// prometheus makes metrics that scrape reads.
func prometheus(t *testing.T) *telemetry.Telemetry {
	t.Helper()
	seen, err := telemetry.New(t.Context(), telemetry.Config{Service: "redress", Prometheus: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, seen.Shutdown(context.WithoutCancel(t.Context()))) })
	return seen
}

// scrape reads the samples of Redress' own, "name{labels}" and value.
func scrape(t *testing.T, seen *telemetry.Telemetry) map[string]string {
	t.Helper()
	answer := httptest.NewRecorder()
	seen.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	samples := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasPrefix(name, "redress_") {
			samples[name] = value
		}
	}
	return samples
}

func settled(kind policyv1.DutyKind, verdict policyv1.Verdict, after time.Duration, correction bool) *eventv1.Payload {
	s := &eventv1.DutySettled{
		Duty: subject + "/duties/1-x", Kind: kind, Verdict: verdict, Correction: correction, OpenTime: timestamppb.New(begin()),
	}
	if after > 0 {
		s.FactTime = timestamppb.New(begin().Add(after))
		s.Evidence = subject + "/callbacks/1/attempts/2"
	}
	return &eventv1.Payload{Kind: &eventv1.Payload_DutySettled{DutySettled: s}}
}

// broken marks a verdict as the first that says so.
func broken(p *eventv1.Payload) *eventv1.Payload {
	p.GetDutySettled().NewlyBroken = true
	return p
}

func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	seen := prometheus(t)
	f, err := facts.New(seen.Meter())
	require.NoError(t, err)
	received := &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Reference: "R-7K3M-9QX2-C", Customer: "customers/1", Severity: policyv1.Severity_HIGH, Channel: "PHONE",
	}}}
	for _, p := range []*eventv1.Payload{
		received, received,
		{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{Duty: subject + "/duties/1-first-response", Kind: policyv1.DutyKind_FIRST_RESPONSE}}},
		broken(settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MISSED, 0, false)),
		settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MET_LATE, 25*time.Hour, false),
		settled(policyv1.DutyKind_FIRST_RESPONSE, policyv1.Verdict_MET, time.Minute, true),
		broken(settled(policyv1.DutyKind_CONTACT, policyv1.Verdict_MET_LATE, time.Hour, false)), // Nobody had noticed before.
		{Kind: &eventv1.Payload_DutyReleased{DutyReleased: &eventv1.DutyReleased{Kind: policyv1.DutyKind_RESOLUTION, Reason: "somebody's words"}}},
		{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
			Escalation: subject + "/escalations/1", Level: 2, Recipient: "agents/lin", Reason: "CALLBACK_MISSED",
		}}},
		{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{Level: 1 << 30, Reason: "CALLBACK_MISSED"}}},
		{Kind: &eventv1.Payload_MessageSent{MessageSent: &eventv1.MessageSent{Template: "acknowledgement", Channel: "development"}}},
		{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: &eventv1.ComplaintAssessed{Suggestions: []*eventv1.SuggestionJudged{
			{Field: "scenario", Accepted: true}, {Field: "causes"},
		}}}},
		{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{}}},
		{},
	} {
		f.Recorded(t.Context(), &eventv1.Event{Subject: subject, Cycle: 1}, p)
	}
	// An event of an earlier release, which does not tell when the clock began, is counted and not measured.
	old := settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MET, time.Hour, false)
	old.GetDutySettled().OpenTime = nil
	f.Recorded(t.Context(), &eventv1.Event{Subject: subject, Cycle: 2}, old)
	// A verdict that stands, by an earlier fact, was counted before.
	again := settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MET, time.Minute, false)
	again.GetDutySettled().EarlierFact = true
	f.Recorded(t.Context(), &eventv1.Event{Subject: subject, Cycle: 2}, again)
	f.MessageFailed(t.Context(), "development", "acknowledgement")

	want := map[string]string{
		`redress_complaints_received_total{channel="phone",severity="high"}`:                  "2",
		`redress_duties_opened_total{kind="first-response"}`:                                  "1",
		`redress_duties_settled_total{correction="false",kind="callback",verdict="missed"}`:   "1",
		`redress_duties_settled_total{correction="false",kind="callback",verdict="met-late"}`: "1",
		`redress_duties_settled_total{correction="false",kind="callback",verdict="met"}`:      "1",
		`redress_duties_settled_total{correction="true",kind="first-response",verdict="met"}`: "1",
		`redress_duties_breached_total{kind="callback"}`:                                      "1",
		`redress_duties_breached_total{kind="contact"}`:                                       "1",
		`redress_duties_settled_total{correction="false",kind="contact",verdict="met-late"}`:  "1",
		`redress_duties_released_total{kind="resolution"}`:                                    "1",
		`redress_escalations_raised_total{level="2",reason="callback-missed"}`:                "1",
		`redress_escalations_raised_total{level="20",reason="callback-missed"}`:               "1",
		`redress_messages_sent_total{channel="development",template="acknowledgement"}`:       "1",
		`redress_messages_failed_total{channel="development",template="acknowledgement"}`:     "1",
		`redress_suggestions_total{field="scenario",outcome="accepted"}`:                      "1",
		`redress_suggestions_total{field="causes",outcome="corrected"}`:                       "1",
		`redress_time_to_contact_seconds_count`:                                               "1",
		`redress_time_to_contact_seconds_sum`:                                                 "90000",
		`redress_time_to_contact_seconds_bucket{le="86400"}`:                                  "0",
		`redress_time_to_contact_seconds_bucket{le="172800"}`:                                 "1",
	}
	got := scrape(t, seen)
	for name := range got {
		if strings.HasPrefix(name, "redress_time_to_contact_seconds_bucket") && want[name] == "" {
			delete(got, name)
		}
	}
	require.Equal(t, want, got, "these and no others: no ids, no words")
}

// BenchmarkRecorded is what counting adds to the commit of an event.
func BenchmarkRecorded(b *testing.B) {
	for name, seen := range map[string]*telemetry.Telemetry{"off": telemetry.None(), "on": nil} {
		b.Run(name, func(b *testing.B) {
			if seen == nil {
				var err error
				seen, err = telemetry.New(b.Context(), telemetry.Config{Prometheus: true})
				require.NoError(b, err)
			}
			f, err := facts.New(seen.Meter())
			require.NoError(b, err)
			e, p := &eventv1.Event{Subject: subject}, settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MISSED, 0, false)
			b.ReportAllocs()
			for b.Loop() {
				f.Recorded(b.Context(), e, p)
			}
		})
	}
}
