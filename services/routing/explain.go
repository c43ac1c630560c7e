package routing

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing/rule"
)

// ExplainRouting tells who would be given a complaint now, or at another time, and why (ROUTE-1, ROUTE-2). It decides by what an
// assignment decides by, and changes nothing.
func (s *Service) ExplainRouting(ctx context.Context, req *routingv1.ExplainRoutingRequest) (*routingv1.ExplainRoutingResponse, error) {
	now := s.now()
	if t := req.GetTime(); t != nil {
		if t.CheckValid() != nil {
			return nil, invalid("time", "is not a time")
		}
		now = t.AsTime()
	}
	complaint, f, err := s.explained(ctx, req)
	if err != nil {
		return nil, err
	}
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := s.explainedRules(ctx, d, req)
	if err != nil {
		return nil, err
	}
	p := s.ruled(d.WithRules(rules), f, now)
	before := complaint
	complaint.Department, complaint.Needs = p.department, p.needs
	candidates, err := s.deps.Directory.Candidates(ctx, p.department, before)
	if err != nil {
		return nil, err
	}
	return s.explanation(s.choice(d, complaint, now), candidates, p, f), nil
}

// explained is the complaint that is meant, and what rules go by of it.
func (s *Service) explained(ctx context.Context, req *routingv1.ExplainRoutingRequest) (Complaint, *routingv1.RoutingFacts, error) {
	if f := req.GetFacts(); f != nil {
		return Complaint{Language: f.GetLanguage(), TargetAgent: agentID(f.GetTargetAgent())}, f, nil
	}
	id := complaintID(req.GetComplaint())
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return Complaint{}, nil, s.unknown(err, id)
	}
	return c.Complaint, facts(c.Complaint, c.Level()), nil
}

// explainedRules are the rules that are meant.
func (s *Service) explainedRules(ctx context.Context, d *Directory, req *routingv1.ExplainRoutingRequest) (*rule.Set, error) {
	if req.GetRuleSet() != nil {
		draft, err := s.compile(req.GetRuleSet().GetRules())
		if err != nil {
			return nil, err
		}
		return draft, d.checkRules(draft, "rule_set.rules[%d].")
	}
	if name := req.GetRuleSetName(); name != "" && name != currentRules && name != d.rules.Name() {
		saved, err := s.ruleSet(ctx, name)
		if err != nil {
			return nil, err
		}
		return rule.Compile(saved)
	}
	return d.rules, nil
}

// explanation tells what a choice comes to.
func (s *Service) explanation(c choice, candidates []Candidate, p plan, f *routingv1.RoutingFacts) *routingv1.ExplainRoutingResponse {
	resp := &routingv1.ExplainRoutingResponse{
		Facts: proto.CloneOf(f), Time: timestamppb.New(c.now), RuleSet: ruleSetName(p.set), Rule: p.rule, Rules: p.answer.Outcomes,
		Department: departmentName(p.department), Needs: p.needs,
	}
	for _, candidate := range candidates {
		agent := c.directory.agent(agentName(candidate.Agent))
		considered := &routingv1.ConsideredAgent{
			Agent: agentName(candidate.Agent), Obstacle: c.obstacle(candidate).proto(), OpenCount: candidate.OpenCount, Capacity: c.room(agent),
			LastAssignTime: timestamp(candidate.LastAssigned), KnowsCustomer: candidate.KnowsCustomer,
		}
		if considered.GetObstacle() == routingv1.ConsideredAgent_LACKS_SKILL {
			considered.LackingSkill = c.lacking(agent)
		}
		resp.Agents = append(resp.Agents, considered)
	}
	winner, why := c.choose(candidates)
	resp.Assignee, resp.Reason = agentName(winner), p.reason(why)
	return resp
}

// proto is the obstacle in the contract.
func (o obstacle) proto() routingv1.ConsideredAgent_Obstacle {
	switch o {
	case takesNone:
		return routingv1.ConsideredAgent_TAKES_NONE
	case offShift:
		return routingv1.ConsideredAgent_OFF_SHIFT
	case away:
		return routingv1.ConsideredAgent_ABSENT
	case full:
		return routingv1.ConsideredAgent_AT_CAPACITY
	case speechless:
		return routingv1.ConsideredAgent_LACKS_LANGUAGE
	case unskilled:
		return routingv1.ConsideredAgent_LACKS_SKILL
	case recused:
		return routingv1.ConsideredAgent_RECUSED
	case relieved:
		return routingv1.ConsideredAgent_RELIEVED
	default:
		return routingv1.ConsideredAgent_OBSTACLE_UNSPECIFIED
	}
}
