package story

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
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
	text := "act.explain"
	if why.GetRule() == "" {
		text = "act.explain.none"
	}
	s.paper.below(plain, s.words.say(text, "rule", why.GetRule(), "set", why.GetRuleSet(), "department", s.called(why.GetDepartment())))
	var idle []string
	for _, agent := range why.GetAgents() {
		if agent.GetObstacle() == routingv1.ConsideredAgent_TAKES_NONE {
			idle = append(idle, s.called(agent.GetAgent()))
			continue
		}
		s.paper.below(plain, s.words.say("act.explain.agent", "agent", s.called(agent.GetAgent()),
			"open", strconv.Itoa(int(agent.GetOpenCount())), "room", strconv.Itoa(int(agent.GetCapacity())),
			"obstacle", s.words.name("obstacle", agent.GetObstacle().String())))
	}
	if len(idle) > 0 {
		s.paper.below(plain, s.words.say("act.explain.idle", "agents", strings.Join(idle, s.words.say("list")),
			"obstacle", s.words.name("obstacle", routingv1.ConsideredAgent_TAKES_NONE.String())))
	}
	if why.GetAssignee() == s.assignee { // Others may have been given something meanwhile.
		s.paper.below(plain, s.words.say("act.explain.choice", "agent", s.called(s.assignee)))
	}
	return nil
}

// repeated tells what becomes of the second complaint. Its times count from its own filing.
func (s *stage) repeated(ctx context.Context) error {
	return s.aside(ctx, func(context.Context) error {
		s.turnTo(s.second)
		return nil
	}, s.handOver, s.climbs)
}

// others tells of four other customers, of who answers for what went wrong with the first of them, and of what is learned from the last.
func (s *stage) others(ctx context.Context) error {
	return s.aside(ctx, s.cash, s.accountable, s.refused, s.takenBack, s.held, s.reviewed, s.improved)
}

// aside tells of other complaints, and comes back to the first one.
func (s *stage) aside(ctx context.Context, scenes ...func(context.Context) error) error {
	first, filed, told := s.complaint, s.filed, s.told
	for _, scene := range scenes {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	delete(s.names, customer)
	s.complaint, s.filed, s.told, s.waiting, s.open = first, filed, told, nil, nil
	return nil
}

// turnTo has the story go on with another complaint, whose times count from its own filing.
func (s *stage) turnTo(complaint *intakev1.Complaint) {
	filed := s.deps.Now()
	if s.complaint != nil {
		filed = s.clock(complaint.GetReceiveTime().AsTime())
	}
	s.complaint, s.open, s.filed, s.told, s.waiting = complaint, complaint, filed, nil, nil
}

// another has another customer complain, who is called at once.
func (s *stage) another(ctx context.Context, scene, name, statement string, target *intakev1.Target) error {
	complaint := &intakev1.Complaint{}
	err := s.server.post(ctx, s.tokens[customer], "/v1/complaints", &intakev1.CreateComplaintRequest{
		Statement: statement, Complainant: &intakev1.Complainant{DisplayName: name, Phone: s.newPhone()},
		Channel: intakev1.Complaint_WEB, Target: target,
	}, complaint)
	if err != nil {
		return err
	}
	s.turnTo(complaint)
	s.names[customer] = s.words.say("customer." + scene)
	s.act(complaint.GetReceiveTime().AsTime(), customer, s.words.say("act."+scene, "reference", complaint.GetReference()), "/v1/complaints")
	s.speak(scene, statement)
	if err := s.takeUp(ctx); err != nil {
		return err
	}
	_, err = s.reach(ctx, scene+".call", hasListened)
	return err
}

// takeUp waits until somebody is in charge of a complaint that was filed just now, and a callback is owed.
func (s *stage) takeUp(ctx context.Context) (err error) {
	if s.assignee, err = s.inCharge(ctx); err != nil {
		return err
	}
	if err = s.admit(s.assignee, authv1.Role_AGENT); err != nil {
		return err
	}
	return s.callbackOwed(ctx)
}

// handOver calls the customer at once this time, and offers the complaint to another department, which does not answer: it comes back
// by itself, and the ladder hears of it (ROUTE-3). Until then nobody else owes anything.
func (s *stage) handOver(ctx context.Context) error {
	s.begin("handover")
	if err := s.takeUp(ctx); err != nil {
		return err
	}
	called, err := s.reach(ctx, "callback", callAgain)
	if err != nil {
		return err
	}
	if err := s.until(ctx, "the callback kept", called.AsTime(), settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MET)); err != nil {
		return err
	}
	offered := &routingv1.HandOff{}
	if err := s.post(ctx, s.assignee, ":handOff", &routingv1.HandOffComplaintRequest{
		Department: quality, Note: handsOver, Call: &routingv1.CallEvidence{Caller: s.assignee, CallTime: called},
	}, offered); err != nil {
		return err
	}
	due := offered.GetDueTime().AsTime()
	s.act(offered.GetCreateTime().AsTime(), s.assignee, s.words.say("act.handover", "department", s.called(quality), "due", s.since(due)),
		"/v1/complaints/…:handOff")
	s.speak("handover", handsOver)
	return s.comesBack(ctx, due)
}

// comesBack waits until the hand-off is over, and requires that the giver is in charge as before.
func (s *stage) comesBack(ctx context.Context, due time.Time) error {
	if err := s.until(ctx, "the hand-off back", due, func(h happening) bool {
		return h.payload.GetHandOffSettled().GetState() == routingv1.HandOff_EXPIRED.String()
	}); err != nil {
		return err
	}
	if err := s.until(ctx, "the escalation of the hand-off", due, func(h happening) bool {
		return h.payload.GetEscalationRaised().GetReason() == routingv1.Escalation_HAND_OFF_OVERDUE.String()
	}); err != nil {
		return err
	}
	keeper, err := s.inCharge(ctx)
	if err != nil {
		return err
	}
	if keeper != s.assignee {
		return fmt.Errorf("a hand-off expired, and %s is in charge instead of %s", keeper, s.assignee)
	}
	s.paper.below(plain, s.words.say("act.keeper", "agent", s.called(keeper)))
	return nil
}

// inCharge is who has the complaint; it may have been filed just now.
func (s *stage) inCharge(ctx context.Context) (string, error) {
	assigned := &routingv1.Assignment{}
	err := s.soon(ctx, func() error {
		if err := s.get(ctx, "/assignment", assigned); err != nil || assigned.GetAssignee() != "" {
			return err
		}
		return fmt.Errorf("nobody is in charge of %s", s.complaint.GetName())
	})
	return assigned.GetAssignee(), err
}

// callbackOwed waits until the callback of a complaint that was filed just now is on record.
func (s *stage) callbackOwed(ctx context.Context) error {
	return s.soon(ctx, func() error {
		duties := &gatewayv1.ListComplaintDutiesResponse{}
		if err := s.get(ctx, "/duties", duties); err != nil {
			return err
		}
		for _, d := range duties.GetDuties() {
			if d.GetKind() == policyv1.DutyKind_CALLBACK {
				return nil
			}
		}
		return fmt.Errorf("nobody owes a callback on %s", s.complaint.GetName())
	})
}
