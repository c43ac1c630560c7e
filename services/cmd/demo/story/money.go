package story

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

const (
	// away is the supervisor who is absent, standIn who decides meanwhile.
	away, standIn = "agents/gao", "agents/liu"
	// leave is how long the supervisor is away: a little longer than the chapter takes.
	leave = 40 * time.Second
	// soonest is within what time the money is promised.
	soonest = 6 * time.Second
)

// cash tells of another customer, whom money is given to: two people above the agent have to agree, and one of them is absent (APPR-2,
// APPR-3).
func (s *stage) cash(ctx context.Context) error {
	s.begin("cash")
	err := s.another(ctx, "cash", "周女士", losesDays, &intakev1.Target{Kind: policyv1.TargetKind_BILLING, Product: "话费"})
	if err != nil {
		return err
	}
	if err := s.goesAway(ctx); err != nil {
		return err
	}
	if err := s.restate(ctx, "cash.restate", understanding{losesRestated, losesFeels, losesNeeds}); err != nil {
		return err
	}
	remedy, err := s.asks200(ctx)
	if err != nil {
		return err
	}
	for _, turn := range []struct {
		scene, comment string
		passed         func(happening) bool
	}{
		{"agrees", agrees, func(h happening) bool { return h.payload.GetApprovalMovedUp().GetSeconded() }},
		{"agrees.too", agreesToo, func(h happening) bool { return h.payload.GetRemedyGranted() != nil }},
	} {
		if err := s.approve(ctx, remedy.GetApproval(), turn.scene, turn.comment); err != nil {
			return err
		}
		if err := s.until(ctx, "what the approval leads to", s.complaint.GetTargets().GetResolution().AsTime(), turn.passed); err != nil {
			return err
		}
	}
	if err := s.offer(ctx, remedy.GetName(), "offer.cash"); err != nil {
		return err
	}
	promise, err := s.choose(ctx, remedy.GetName())
	if err != nil {
		return err
	}
	return s.broken(ctx, promise)
}

// goesAway puts on record that a supervisor is absent for a while, and who stands in.
func (s *stage) goesAway(ctx context.Context) error {
	if err := s.admit(personnel, authv1.Role_HR); err != nil {
		return err
	}
	now := s.complaint.GetReceiveTime().AsTime()
	changed := &routingv1.Agent{}
	err := s.server.patch(ctx, s.tokens[personnel], "/v1/"+away, &routingv1.Agent{Absences: []*routingv1.Absence{{
		StartTime: timestamppb.New(now), EndTime: timestamppb.New(now.Add(leave)), Delegate: standIn, Reason: routingv1.Absence_LEAVE,
	}}}, changed)
	if err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.away", "agent", s.called(away), "delegate", s.called(standIn)))
	return nil
}

// asks200 proposes money and something else, and requires that nobody grants it alone.
func (s *stage) asks200(ctx context.Context) (*remedyv1.Remedy, error) {
	remedy, err := s.propose(ctx, "propose.cash", []*remedyv1.Option{
		{
			Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_GOODWILL, Contents: inCash, Cash: true,
			Amount: &money.Money{CurrencyCode: "CNY", Units: 200}, FulfilTime: timestamppb.New(s.serverTime().Add(2 * soonest)),
		},
		{Kind: remedyv1.Option_SERVICE_CHANGE, Basis: remedyv1.Option_GOODWILL, Contents: instead},
	})
	if err != nil {
		return nil, err
	}
	if remedy.GetApproval() == "" {
		return nil, fmt.Errorf("200 yuan in cash were proposed, and nobody has to approve them: %s", remedy.GetName())
	}
	return remedy, nil
}

// approve has whoever is named agree, and prints what that person sees among what waits.
func (s *stage) approve(ctx context.Context, name, scene, comment string) error {
	var waits *remedyv1.Approval
	if err := s.soon(ctx, func() error {
		list := &remedyv1.ListApprovalsResponse{}
		if err := s.server.get(ctx, s.tokens[observer], "/v1/approvals?pageSize=200&filter="+url.QueryEscape(`state = "PENDING"`), list); err != nil {
			return err
		}
		for _, one := range list.GetApprovals() {
			if one.GetName() == name && one.GetApprover() != "" {
				waits = one
				return nil
			}
		}
		return fmt.Errorf("nobody is named to decide on %s", name)
	}); err != nil {
		return err
	}
	who := waits.GetApprover()
	s.paper.below(plain, s.words.say("act.waits", "agent", s.called(who), "due", s.since(waits.GetDueTime().AsTime()),
		"amount", s.words.say("yuan", "amount", fmt.Sprint(waits.GetAmount().GetUnits()))))
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	if err := s.admit(who, authv1.Role_SUPERVISOR, authv1.Role_MANAGER); err != nil {
		return err
	}
	decided := &remedyv1.Approval{}
	err := s.server.post(ctx, s.tokens[who], "/v1/"+name+":approve", &remedyv1.ApproveRemedyRequest{Comment: comment}, decided)
	if err != nil {
		return err
	}
	s.act(s.serverTime(), who, s.words.say("act.approve"), "/v1/approvals/…:approve")
	s.speak(scene, comment)
	return nil
}
