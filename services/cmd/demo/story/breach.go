package story

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

func (s *stage) missed(ctx context.Context) error {
	s.begin("missed")
	due := s.complaint.GetTargets().GetCallback().AsTime()
	if err := s.until(ctx, "the callback broken", due, settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MISSED)); err != nil {
		return err
	}
	if err := s.until(ctx, "the escalation to level 1", due, escalated(1)); err != nil {
		return err
	}
	overdue := &followupv1.ListCallbacksResponse{}
	if err := s.server.get(ctx, s.tokens[observer], "/v1/callbacks?pageSize=200&filter="+url.QueryEscape("overdue=true"), overdue); err != nil {
		return err
	}
	for _, callback := range overdue.GetCallbacks() {
		if strings.HasPrefix(callback.GetName(), s.complaint.GetName()+"/") {
			s.paper.below(plain, s.words.say("act.overdue",
				"due", s.since(callback.GetDueTime().AsTime()), "attempts", strconv.Itoa(len(callback.GetAttempts()))))
			return nil
		}
	}
	return fmt.Errorf("the callback is broken, and the list of overdue ones does not have it")
}

func (s *stage) claim(ctx context.Context) error {
	s.begin("claim")
	if err := s.pause(ctx, 2*time.Second); err != nil {
		return err
	}
	if err := s.write(ctx, customer, "claim", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, claims); err != nil {
		return err
	}
	if err := s.demand(ctx, "more", wantsMore, 500); err != nil {
		return err
	}
	if err := s.pause(ctx, (holdBack+1)*tick); err != nil {
		return err
	}
	if err := s.evidence(ctx); err != nil {
		return err
	}
	list := &routingv1.ListEscalationsResponse{}
	if err := s.get(ctx, "/escalations", list); err != nil {
		return err
	}
	for _, escalation := range list.GetEscalations() {
		if escalation.GetKind() == policyv1.DutyKind_CALLBACK && escalation.GetClimbTime() != nil {
			climb := escalation.GetClimbTime().AsTime()
			s.climb = climb.Sub(escalation.GetNotifyTime().AsTime())
			s.paper.below(plain, s.words.say("act.climb", "climb", s.since(climb)))
			return s.until(ctx, "the escalation to level 2", climb, escalated(2))
		}
	}
	return fmt.Errorf("the callback is broken, and no escalation says when it climbs")
}

func (s *stage) call(ctx context.Context) error {
	s.begin("call")
	if err := s.pause(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	called, err := s.reach(ctx, "call", callNote)
	if err != nil {
		return err
	}
	s.reached = called.AsTime()
	return s.until(ctx, "the callback kept late", s.reached, settled(policyv1.DutyKind_CALLBACK, policyv1.Verdict_MET_LATE))
}

// reach records that the person in charge has called the customer and reached him, and returns when that was.
func (s *stage) reach(ctx context.Context, scene, note string) (*timestamppb.Timestamp, error) {
	callback := &followupv1.Callback{}
	err := s.post(ctx, s.assignee, "/callbacks/1:recordAttempt", &followupv1.RecordAttemptRequest{
		Outcome: followupv1.Attempt_REACHED, Way: policyv1.ContactWay_PHONE, Note: note,
	}, callback)
	if err != nil {
		return nil, err
	}
	attempts := callback.GetAttempts()
	if len(attempts) == 0 {
		return nil, fmt.Errorf("an attempt was recorded, and the callback does not have it")
	}
	at := attempts[len(attempts)-1].GetRecordTime()
	s.act(at.AsTime(), s.assignee, s.words.say("act."+scene, "way", s.words.name("way", policyv1.ContactWay_PHONE.String())),
		"/v1/complaints/…/callbacks/1:recordAttempt")
	s.speak(scene, note)
	return at, nil
}
