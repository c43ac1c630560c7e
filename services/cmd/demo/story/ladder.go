package story

import (
	"context"
	"fmt"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// acknowledge has whoever was told of a signal say that they know: then it climbs no further (ROUTE-4).
func (s *stage) acknowledge(ctx context.Context, kind policyv1.SignalKind) error {
	var raised string
	if err := s.until(ctx, "the supervisor told of "+kind.String(), s.complaint.GetTargets().GetCallback().AsTime(), func(h happening) bool {
		if e := h.payload.GetEscalationRaised(); e.GetSignal() == kind {
			raised = e.GetEscalation()
		}
		return raised != ""
	}); err != nil {
		return err
	}
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	return s.answerEscalation(ctx, raised)
}

// answerEscalation acknowledges an escalation as whoever was told last. On a machine that is very busy it may climb in the same moment;
// then it is for the one above.
func (s *stage) answerEscalation(ctx context.Context, name string) error {
	const tries = 3
	var e *routingv1.Escalation
	var err error
	for range tries {
		if e, err = s.escalation(ctx, name); err != nil {
			return err
		}
		who := e.GetRecipient()
		if err = s.admit(who, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE); err != nil {
			return err
		}
		answer := &routingv1.Escalation{}
		err = s.server.post(ctx, s.tokens[who], "/v1/"+name+":acknowledgeEscalation", &routingv1.AcknowledgeEscalationRequest{}, answer)
		if err == nil {
			s.act(answer.GetAcknowledgeTime().AsTime(), who, s.words.say("act.acknowledge"), "/v1/complaints/…/escalations/…:acknowledgeEscalation")
			return nil
		}
		if !refusedWith(err, routingv1.ErrorReason_NOT_THE_RECIPIENT) {
			return err
		}
	}
	if s.alone() {
		s.paper.below(plain, s.words.say("act.acknowledge.nobody", "agent", s.called(e.GetRecipient())))
		return nil
	}
	return err
}

// alone is true when one token plays all parts; whoever it stands for is told of no escalation.
func (s *stage) alone() bool { return s.tokens[observer] == s.tokens[customer] }

// escalation is what is before the ladder under a name, as it stands.
func (s *stage) escalation(ctx context.Context, name string) (*routingv1.Escalation, error) {
	list := &routingv1.ListEscalationsResponse{}
	if err := s.get(ctx, "/escalations", list); err != nil {
		return nil, err
	}
	for _, e := range list.GetEscalations() {
		if e.GetName() == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%s was told, and is not on the list of what is before the ladder", name)
}

// climbs follows what nobody acknowledges, the hand-off that was not answered, from level to level up to the executive. Nobody is above,
// so the executive is told again; then the story has that person see to it, so that nothing is left that would be told for ever.
func (s *stage) climbs(ctx context.Context) error {
	s.begin("climb")
	first := s.raised(routingv1.Escalation_HAND_OFF_OVERDUE)
	e, err := s.escalation(ctx, first[0].payload.GetEscalationRaised().GetEscalation())
	if err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.told", "agent", s.called(e.GetRecipient()), "due", s.since(e.GetClimbTime().AsTime())))
	for again := false; !again; {
		next, err := s.nextNotice(ctx, e)
		if err != nil {
			return err
		}
		text := "act.climbed"
		if again = next.GetLevel() == e.GetLevel(); again {
			text = "act.climbed.again"
		}
		s.paper.below(plain, s.words.say(text, "before", s.called(e.GetRecipient()), "was", s.since(e.GetClimbTime().AsTime()),
			"agent", s.called(next.GetRecipient()), "due", s.since(next.GetClimbTime().AsTime())))
		e = next
	}
	return s.seenTo(ctx, e)
}

// nextNotice waits until the next notice of an escalation has been told, and requires that it was for want of an acknowledgement.
func (s *stage) nextNotice(ctx context.Context, e *routingv1.Escalation) (*routingv1.Escalation, error) {
	if e.GetState() != routingv1.Escalation_OPEN || e.GetClimbTime() == nil {
		return nil, fmt.Errorf("nobody has acknowledged %s, and it is %s and does not climb", e.GetName(), e.GetState())
	}
	told := len(s.raised(e.GetReason()))
	if err := s.until(ctx, "the next notice of what nobody acknowledged", e.GetClimbTime().AsTime(), func(happening) bool {
		return len(s.raised(e.GetReason())) > told
	}); err != nil {
		return nil, err
	}
	return s.escalation(ctx, e.GetName())
}

// raised are the notices of a reason that have been told of the complaint.
func (s *stage) raised(reason routingv1.Escalation_Reason) []happening {
	var all []happening
	for _, h := range s.told {
		if h.payload.GetEscalationRaised().GetReason() == reason.String() {
			all = append(all, h)
		}
	}
	return all
}

// seenTo has the one at the top acknowledge the escalation, decide, and the complaint be settled.
func (s *stage) seenTo(ctx context.Context, e *routingv1.Escalation) error {
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	if err := s.answerEscalation(ctx, e.GetName()); err != nil {
		return err
	}
	decided, who := &routingv1.Escalation{}, e.GetRecipient()
	err := s.server.post(ctx, s.tokens[who], "/v1/"+e.GetName()+":resolveEscalation",
		&routingv1.ResolveEscalationRequest{Resolution: routingv1.Escalation_DECIDED}, decided)
	switch {
	case err == nil:
		s.act(decided.GetResolveTime().AsTime(), who, s.words.say("act.decide"), "/v1/complaints/…/escalations/…:resolveEscalation")
	case !s.alone() || !refusedWith(err, routingv1.ErrorReason_NOT_THE_RECIPIENT):
		return err
	}
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	return s.ended(ctx, "refund", intakev1.Complaint_REMEDIED, refunded)
}
