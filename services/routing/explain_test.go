package routing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// TestExplain tells what an assignment would do, and does nothing.
func TestExplain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	w := newWorld(t)
	w.save(
		to("billing", "dear", "complaint.demanded[0].units > 100"),
		to("billing", "night", `now.getHours("Asia/Shanghai") < 6`),
		to("customer-service", "calm", "complaint.target_kind == TargetKind.STAFF", &routingv1.Skill{Name: "de-escalation", Level: 3}),
		to("billing", "rest", "true"),
	)
	w.now = time.Date(w.now.Year()+1, 3, 3, 4, 0, 0, 0, time.UTC) // Noon there.
	for id, edit := range map[string]func(*routingv1.Agent){
		"sun": func(a *routingv1.Agent) { a.Languages, a.Shifts = []string{"en"}, hours("03:00", "03:01") },
		"zhao": func(a *routingv1.Agent) {
			a.Languages = []string{"en"}
			a.Absences = []*routingv1.Absence{{StartTime: timestamppb.New(w.now.Add(-time.Hour)), EndTime: timestamppb.New(w.now.Add(time.Hour))}}
		},
		"fang": func(a *routingv1.Agent) { a.Languages = []string{"zh-Hant"} },
	} {
		_, err := w.agent(id, func(a *routingv1.Agent) {
			a.TakesComplaints = true
			edit(a)
		}, "takes_complaints", "languages", "shifts", "absences")
		require.NoError(t, err)
	}
	w.put("other", "customers/x", "customer-service")

	facts := &routingv1.RoutingFacts{TargetKind: policyv1.TargetKind_STAFF, Language: "en", TargetAgent: "agents/lin"}
	req := &routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Facts{Facts: facts}}
	told := w.explain(req)
	require.True(t, proto.Equal(facts, told.GetFacts()))
	require.Equal(t, []string{"ruleSets/2", "calm", "departments/customer-service"}, []string{told.GetRuleSet(), told.GetRule(), told.GetDepartment()})
	require.Len(t, told.GetRules(), 3, "what comes after the one that matched was not asked")
	require.Equal(t, routingv1.RuleOutcome_FAILED, told.GetRules()[0].GetResult())
	require.Contains(t, told.GetRules()[0].GetProblem(), "index out of bounds")
	require.Equal(t, routingv1.RuleOutcome_FALSE, told.GetRules()[1].GetResult())
	require.Equal(t, routingv1.RuleOutcome_MATCHED, told.GetRules()[2].GetResult())
	obstacles := map[string]routingv1.ConsideredAgent_Obstacle{}
	for _, a := range told.GetAgents() {
		obstacles[a.GetAgent()] = a.GetObstacle()
		require.Equal(t, a.GetObstacle() == routingv1.ConsideredAgent_LACKS_SKILL, a.GetLackingSkill() == "de-escalation")
		require.EqualValues(t, 60, a.GetCapacity())
	}
	require.Equal(t, map[string]routingv1.ConsideredAgent_Obstacle{
		"agents/chen": routingv1.ConsideredAgent_LACKS_SKILL, "agents/fang": routingv1.ConsideredAgent_LACKS_LANGUAGE,
		"agents/lin": routingv1.ConsideredAgent_RECUSED, "agents/sun": routingv1.ConsideredAgent_OFF_SHIFT,
		"agents/wu": routingv1.ConsideredAgent_OBSTACLE_UNSPECIFIED, "agents/zhao": routingv1.ConsideredAgent_ABSENT,
	}, obstacles)
	require.Equal(t, "agents/wu", told.GetAssignee())
	require.Contains(t, told.GetReason(), "Department customer-service by rule calm (rules 2); has the fewest open complaints")

	req.Time = timestamppb.New(w.now.Add(14 * time.Hour))
	require.Equal(t, []string{"night", "agents/tang"}, []string{w.explain(req).GetRule(), w.explain(req).GetAssignee()}, "two o'clock at night")
	req.Time = nil
	req.RuleSetName = "ruleSets/1"
	require.Equal(t, []string{"ruleSets/1", "customer-service"}, []string{w.explain(req).GetRuleSet(), w.explain(req).GetRule()})
	req.RuleSetName = "ruleSets/current"
	require.Equal(t, "calm", w.explain(req).GetRule())
	req.RuleSetName = ""
	req.RuleSet = &routingv1.RuleSet{Rules: []*routingv1.Rule{to("quality", "draft", "complaint.language == 'en'")}}
	draft := w.explain(req)
	require.Equal(t, []string{"", "draft", "agents/xu"}, []string{draft.GetRuleSet(), draft.GetRule(), draft.GetAssignee()})
	require.Equal(t, "ruleSets/2", w.current().GetName(), "a draft is not saved")

	// Of a complaint on record it tells what its assignment then does, and the same afterwards: the complaint itself does not count.
	complaint := w.file("customers/a", policyv1.TargetKind_STAFF)
	of := &routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Complaint{Complaint: complaint}}
	before := w.explain(of)
	a := w.assign(complaint, 1)
	require.Equal(t, []string{a.GetAssignee(), a.GetReason(), a.GetRule()}, []string{before.GetAssignee(), before.GetReason(), before.GetRule()})
	require.Contains(t, w.logged.String(), "a rule could not be evaluated")
	for _, considered := range w.explain(of).GetAgents() {
		require.Zero(t, considered.GetOpenCount())
		require.False(t, considered.GetKnowsCustomer())
	}
	require.Equal(t, []string{"complaint_assigned"}, w.types(complaint))
	second := w.file("customers/a", policyv1.TargetKind_STAFF)
	of.Subject = &routingv1.ExplainRoutingRequest_Complaint{Complaint: second}
	require.Contains(t, w.explain(of).GetReason(), "handles another open complaint of this customer")
}
