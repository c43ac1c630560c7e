package story

import (
	"context"
	"fmt"
	"strconv"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// quality is the department that the complaint is offered to, and that does not answer.
const quality = "departments/quality"

// explain prints why the complaint went where it is: the rule, and who of the department was considered (ROUTE-1, ROUTE-2).
func (s *stage) explain(ctx context.Context) error {
	why := &routingv1.ExplainRoutingResponse{}
	err := s.server.post(ctx, s.tokens[observer], "/v1/routing:explain", &routingv1.ExplainRoutingRequest{
		Subject: &routingv1.ExplainRoutingRequest_Complaint{Complaint: s.complaint.GetName()},
	}, why)
	if err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.explain", "rule", why.GetRule(), "set", why.GetRuleSet(), "department", s.called(why.GetDepartment())))
	for _, agent := range why.GetAgents() {
		s.paper.below(plain, s.words.say("act.explain.agent", "agent", s.called(agent.GetAgent()),
			"open", strconv.Itoa(int(agent.GetOpenCount())), "room", strconv.Itoa(int(agent.GetCapacity())),
			"obstacle", s.words.name("obstacle", agent.GetObstacle().String())))
	}
	return nil
}

// handOver offers the complaint to another department, which does not answer in time: it comes back by itself, and the ladder
// hears of it (ROUTE-3). Until then nobody else owes anything.
func (s *stage) handOver(ctx context.Context) error {
	s.begin("handover")
	callback := &followupv1.Callback{}
	if err := s.get(ctx, "/callbacks/1", callback); err != nil {
		return err
	}
	attempts := callback.GetAttempts()
	if len(attempts) == 0 {
		return fmt.Errorf("an attempt was recorded, and the callback does not have it")
	}
	offered := &routingv1.HandOff{}
	err := s.post(ctx, s.assignee, ":handOff", &routingv1.HandOffComplaintRequest{
		Department: quality, Note: handsOver, Call: &routingv1.CallEvidence{Attempt: attempts[len(attempts)-1].GetName()},
	}, offered)
	if err != nil {
		return err
	}
	due := offered.GetDueTime().AsTime()
	s.act(offered.GetCreateTime().AsTime(), s.assignee, s.words.say("act.handover", "department", s.called(quality), "due", s.since(due)),
		"/v1/complaints/…:handOff")
	s.speak("handover", handsOver)
	if err := s.until(ctx, "the hand-off back", due, func(h happening) bool {
		return h.payload.GetHandOffSettled().GetState() == routingv1.HandOff_EXPIRED.String()
	}); err != nil {
		return err
	}
	if err := s.until(ctx, "the escalation of the hand-off", due, func(h happening) bool {
		return h.payload.GetEscalationRaised().GetKind() == policyv1.DutyKind_HAND_OFF
	}); err != nil {
		return err
	}
	return s.keeper(ctx)
}

// keeper prints who is in charge after all.
func (s *stage) keeper(ctx context.Context) error {
	assigned := &routingv1.Assignment{}
	if err := s.get(ctx, "/assignment", assigned); err != nil {
		return err
	}
	if assigned.GetAssignee() != s.assignee {
		return fmt.Errorf("a hand-off expired, and %s is in charge instead of %s", assigned.GetAssignee(), s.assignee)
	}
	s.paper.below(plain, s.words.say("act.keeper", "agent", s.called(s.assignee)))
	return s.pause(ctx, time.Second)
}
