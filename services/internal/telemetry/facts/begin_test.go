package facts_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// TestCountersBeginAtZero: each label that is known beforehand is there, an event is counted on top of it, and a process has no
// counters of services that run elsewhere.
func TestCountersBeginAtZero(t *testing.T) {
	t.Parallel()
	words := facts.Beginning{
		Levels: 3, MessageChannels: []string{"development", "mail"}, Templates: []string{"acknowledgement"}, SuggestedFields: []string{"scenario", "causes"},
	}
	for service, c := range map[string]struct {
		choose func(*facts.Beginning)
		want   map[string]int // Samples by metric.
		some   []string
	}{
		"intake": {func(b *facts.Beginning) { b.Intake = true }, map[string]int{
			"redress_complaints_received_total": 11 * 4, "redress_suggestions_total": 2 * 2,
		}, []string{
			`redress_complaints_received_total{channel="hotline",severity="urgent"}`,
			`redress_complaints_received_total{channel="channel-unspecified",severity="normal"}`,
			`redress_suggestions_total{field="causes",outcome="corrected"}`,
		}},
		"followup": {func(b *facts.Beginning) { b.Followup = true }, map[string]int{
			"redress_duties_opened_total": 10, "redress_duties_breached_total": 10, "redress_duties_released_total": 10,
			"redress_duties_settled_total": 10 * 4 * 2, "redress_messages_sent_total": 2, "redress_messages_failed_total": 2,
			"redress_webhook_attempts_total": 3,
		}, []string{
			`redress_duties_breached_total{kind="callback"}`,
			`redress_duties_settled_total{correction="false",kind="first-response",verdict="met-late"}`,
			`redress_messages_failed_total{channel="development",template="acknowledgement"}`,
			`redress_messages_failed_total{channel="mail",template="acknowledgement"}`,
		}},
		"routing": {func(b *facts.Beginning) { b.Routing = true }, map[string]int{
			"redress_notices_sent_total": 23 * 3, "redress_notices_delayed_total": 23, "redress_notices_given_up_total": 23,
		}, []string{
			`redress_escalations_raised_total{level="3",reason="callback-missed"}`, `redress_notices_sent_total{about="hand-off",channel="mail"}`,
		}},
		"gateway": {func(*facts.Beginning) {}, map[string]int{}, nil},
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			seen := prometheus(t)
			f, err := facts.New(seen.Meter())
			require.NoError(t, err)
			begin := words
			c.choose(&begin)
			f.Begin(t.Context(), begin)
			samples, got := scrape(t, seen), map[string]int{}
			for sample, value := range samples {
				require.Equal(t, "0", value, sample)
				if name, _, _ := strings.Cut(sample, "{"); name != "redress_escalations_raised_total" { // As many as the contract has reasons.
					got[name]++
				}
			}
			require.Equal(t, c.want, got)
			for _, sample := range c.some {
				require.Contains(t, samples, sample)
			}
		})
	}
	seen := prometheus(t)
	f, err := facts.New(seen.Meter())
	require.NoError(t, err)
	f.Begin(t.Context(), facts.Beginning{Followup: true})
	f.Recorded(t.Context(), nil, &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{Kind: policyv1.DutyKind_CALLBACK}}})
	require.Equal(t, "1", scrape(t, seen)[`redress_duties_opened_total{kind="callback"}`])
}
