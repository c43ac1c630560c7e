package rule_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing/rule"
)

// compile makes a set of conditions, whose ids are a, b, c …
func compile(tb testing.TB, conditions ...string) *rule.Set {
	tb.Helper()
	set := &routingv1.RuleSet{}
	for i, condition := range conditions {
		set.Rules = append(set.Rules, &routingv1.Rule{Id: string(rune('a' + i)), Condition: condition, Department: "departments/care"})
	}
	s, err := rule.Compile(set)
	require.NoError(tb, err)
	return s
}

// noon is a Tuesday noon in Shanghai.
func noon() time.Time { return time.Date(2026, 3, 3, 4, 0, 0, 0, time.UTC) }

func TestConditions(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	facts := &routingv1.RoutingFacts{
		TargetKind: policyv1.TargetKind_DELIVERY, TargetAgent: "agents/wu", Severity: policyv1.Severity_HIGH, Channel: "PHONE", Language: "en",
		Cycle: 2, Reopened: true, FromAuthority: true, Demanded: []*money.Money{{CurrencyCode: "CNY", Units: 1500}},
		Signals: []policyv1.SignalKind{policyv1.SignalKind_THREAT}, EscalationLevel: 2, Assessed: true,
		Established: policyv1.Establishment_PARTLY, Scenario: policyv1.Scenario_LOGISTICS,
		Causes: []policyv1.Cause{policyv1.Cause_QUALITY_PACKAGING}, Product: "kettle", FaultCode: "leaks",
	}
	for condition, want := range map[string]bool{
		`complaint.target_kind == TargetKind.DELIVERY`:                                                        true,
		`complaint.target_kind in [TargetKind.PRODUCT, TargetKind.BILLING]`:                                   false,
		`complaint.severity >= Severity.HIGH && complaint.channel == "PHONE"`:                                 true,
		`complaint.severity == Severity.URGENT`:                                                               false,
		`complaint.target_agent == "agents/wu" && complaint.language.startsWith("en")`:                        true,
		`complaint.reopened && complaint.cycle == 2 && !complaint.imported`:                                   true,
		`complaint.from_authority`:                                                                            true,
		`complaint.demanded.exists(d, d.currency_code == "CNY" && d.units >= 1000)`:                           true,
		`complaint.demanded.exists(d, d.currency_code == "USD")`:                                              false,
		`SignalKind.THREAT in complaint.signals`:                                                              true,
		`SignalKind.CHASE in complaint.signals`:                                                               false,
		`complaint.escalation_level > 1`:                                                                      true,
		`complaint.assessed && complaint.established != Establishment.NOT_ESTABLISHED`:                        true,
		`complaint.scenario == Scenario.LOGISTICS && Cause.QUALITY_PACKAGING in complaint.causes`:             true,
		`complaint.product == "kettle" && complaint.fault_code.matches("^leak")`:                              true,
		`now.getHours("Asia/Shanghai") == 12 && now.getHours() == 4`:                                          true,
		`now.getDayOfWeek("Asia/Shanghai") in [0, 6]`:                                                         false,
		`now.getHours("+08:00") == 12`:                                                                        true,
		`now > timestamp("2026-01-01T00:00:00Z") && now + duration("1h") < timestamp("2027-01-01T00:00:00Z")`: true,
		`true`: true,
	} {
		t.Run(condition, func(t *testing.T) {
			t.Parallel()
			s := compile(t, condition)
			require.Empty(t, s.Problems())
			answer := s.Ask(facts, noon())
			require.Equal(t, want, answer.Rule != nil, "%v", answer.Outcomes)
			require.NotEqual(t, routingv1.RuleOutcome_FAILED, answer.Outcomes[0].GetResult(), answer.Outcomes[0].GetProblem())
		})
	}
}

// TestTheDocumentedConditions are conditions.
func TestTheDocumentedConditions(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/routing.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(page), "```cel\n")
	block, _, _ := strings.Cut(rest, "```")
	conditions := strings.Split(strings.TrimSpace(block), "\n")
	require.Greater(t, len(conditions), 5)
	require.Empty(t, compile(t, conditions...).Problems())
}
