package story

import (
	"context"
	"fmt"
	"strconv"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
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

// handOver offers the second complaint to another department, which does not answer in time: it comes back by itself, and the ladder
// hears of it (ROUTE-3). Until then nobody else owes anything. The complaint is withdrawn then, so that nobody is told of it any more.
// When the story stops here, it is the second complaint that is withdrawn.
func (s *stage) handOver(ctx context.Context) error {
	s.begin("handover")
	first, filed, told := s.complaint, s.filed, len(s.told)
	s.complaint, s.filed = s.second, s.clock(s.second.GetReceiveTime().AsTime())
	giver, err := s.inCharge(ctx)
	if err != nil {
		return err
	}
	if err := s.admit(giver, authv1.Role_AGENT); err != nil {
		return err
	}
	offered := &routingv1.HandOff{}
	if err := s.post(ctx, giver, ":handOff", &routingv1.HandOffComplaintRequest{
		Department: quality, Note: handsOver, Call: &routingv1.CallEvidence{Caller: giver, CallTime: s.complaint.GetReceiveTime()},
	}, offered); err != nil {
		return err
	}
	due := offered.GetDueTime().AsTime()
	s.act(offered.GetCreateTime().AsTime(), giver, s.words.say("act.handover", "department", s.called(quality), "due", s.since(due)),
		"/v1/complaints/…:handOff")
	s.speak("handover", handsOver)
	if err := s.comesBack(ctx, due, giver); err != nil {
		return err
	}
	if err := s.post(ctx, customer, ":withdraw", &intakev1.WithdrawComplaintRequest{Reason: "The demonstration is over."}, &intakev1.Complaint{}); err != nil {
		return err
	}
	s.complaint, s.filed, s.told, s.waiting = first, filed, s.told[:told], nil
	return nil
}

// comesBack waits until the hand-off is over, and requires that the giver is in charge as before.
func (s *stage) comesBack(ctx context.Context, due time.Time, giver string) error {
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
	keeper, err := s.inCharge(ctx)
	if err != nil {
		return err
	}
	if keeper != giver {
		return fmt.Errorf("a hand-off expired, and %s is in charge instead of %s", keeper, giver)
	}
	s.paper.below(plain, s.words.say("act.keeper", "agent", s.called(giver)))
	return nil
}

// inCharge is who has the complaint; it may have been filed just now.
func (s *stage) inCharge(ctx context.Context) (string, error) {
	const enough = 100
	for range enough {
		assigned := &routingv1.Assignment{}
		if err := s.get(ctx, "/assignment", assigned); err == nil && assigned.GetAssignee() != "" {
			return assigned.GetAssignee(), nil
		}
		if err := s.pause(ctx, 2*tick); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("nobody is in charge of %s", s.complaint.GetName())
}
