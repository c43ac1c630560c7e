package rulebook_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/rulebook"
)

// TestExplanation reads like an answer: what the rules went by, what each said, who was considered, and who won.
func TestExplanation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	at := timestamppb.New(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	told := rulebook.Explanation("complaints/01arz3ndektsv4rrffq69g5fav", &routingv1.ExplainRoutingResponse{
		Facts: &routingv1.RoutingFacts{
			TargetKind: policyv1.TargetKind_DELIVERY, Severity: policyv1.Severity_HIGH, Language: "en", Reopened: true,
			Demanded: []*money.Money{{CurrencyCode: "CNY", Units: 500}, {CurrencyCode: "EUR", Units: 2, Nanos: 500_000_000}},
			Signals:  []policyv1.SignalKind{policyv1.SignalKind_THREAT},
		},
		Time: at, RuleSet: "ruleSets/3", Rule: "parcels", Department: "departments/logistics",
		Rules: []*routingv1.RuleOutcome{
			{Rule: "lost-claims", Result: routingv1.RuleOutcome_FALSE},
			{Rule: "odd", Result: routingv1.RuleOutcome_FAILED, Problem: "index out of bounds: 0"},
			{Rule: "parcels", Result: routingv1.RuleOutcome_MATCHED},
		},
		Needs: &routingv1.Needs{Skills: []*routingv1.Skill{{Name: "claims", Level: 3}}, Languages: []string{"en"}},
		Agents: []*routingv1.ConsideredAgent{
			{Agent: "agents/he", OpenCount: 3, Capacity: 25, LastAssignTime: at},
			{Agent: "agents/ma", Capacity: 25, KnowsCustomer: true},
			{Agent: "agents/guo", OpenCount: 25, Capacity: 25, Obstacle: routingv1.ConsideredAgent_AT_CAPACITY},
			{Agent: "agents/bo", Obstacle: routingv1.ConsideredAgent_LACKS_SKILL, LackingSkill: "claims", Capacity: 25},
		},
		Assignee: "agents/ma", Reason: "handles another open complaint of this customer, by rule parcels (rules 3)",
	})
	require.Equal(t, `complaints/01arz3ndektsv4rrffq69g5fav, by ruleSets/3, as if it were assigned for the first time at 2026-03-02 09:00:00 UTC

What the rules go by
  target_kind DELIVERY, severity HIGH, language en, reopened true, demanded [CNY 500, EUR 2.5], signals [THREAT]

Rules, until one matches
  lost-claims   is false
  odd           fails, which counts as false:   index out of bounds: 0
  parcels       matches

Department
  departments/logistics, wanted: claims from level 3, en

People
  agents/he    3 of 25 open    can take it, last given one at 2026-03-02 09:00:00 UTC
  agents/ma    0 of 25 open    can take it, knows the customer, never given one
  agents/guo   25 of 25 open   no: has as many as there is room for
  agents/bo    0 of 25 open    no: lacks claims at that level

Given to
  agents/ma: handles another open complaint of this customer, by rule parcels (rules 3)
`, told)
}

// TestNobodyIsExplained, too: nothing is known, no rule matches, nobody is there.
func TestNobodyIsExplained(t *testing.T) {
	t.Parallel()
	told := rulebook.Explanation("it", &routingv1.ExplainRoutingResponse{Reason: "nobody of the department is available, so it waits in the queue"})
	for _, part := range []string{
		"it, by the rules of the file, as if", "nothing is known of it", "none matches   the policy's default department has it", "nobody active",
		"nobody: nobody of the department is available",
	} {
		require.Contains(t, told, part)
	}
}

// TestEveryObstacleHasWords.
func TestEveryObstacleHasWords(t *testing.T) {
	t.Parallel()
	for number, name := range routingv1.ConsideredAgent_Obstacle_name {
		told := rulebook.Explanation("it", &routingv1.ExplainRoutingResponse{
			Agents: []*routingv1.ConsideredAgent{{Agent: "agents/he", Obstacle: routingv1.ConsideredAgent_Obstacle(number)}},
		})
		require.NotContains(t, told, name)
	}
}
