package story

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/money"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// evidence prints the signals that have not been printed yet, with the words that are their evidence. What was said again is printed once.
func (s *stage) evidence(ctx context.Context) error {
	record := &intakev1.Record{}
	if err := s.get(ctx, "/record", record); err != nil {
		return err
	}
	for _, signal := range record.GetSignals() {
		text := s.words.say("act.signal", "kind", s.words.name("escalatedKind", signal.GetKind().String()),
			"text", s.words.say("quote", "text", signal.GetQuote()))
		if !slices.Contains(s.signals, text) {
			s.signals = append(s.signals, text)
			s.paper.below(plain, text)
		}
	}
	return nil
}

// signal holds when a signal of this kind was seen.
func signal(kind policyv1.SignalKind) func(happening) bool {
	return func(h happening) bool {
		for _, one := range h.payload.GetSignalsRaised().GetSignals() {
			if one.GetKind() == kind {
				return true
			}
		}
		return false
	}
}

// demand puts on record what the customer wants now; no amount for what is no money.
func (s *stage) demand(ctx context.Context, scene, text string, yuan int64) error {
	entry := &intakev1.DemandEntry{Basis: intakev1.DemandEntry_NEW_TOTAL, Demand: &intakev1.Demand{Text: text}}
	if yuan > 0 {
		entry.Demand.Kind, entry.Demand.Amount = intakev1.Demand_COMPENSATION, &money.Money{CurrencyCode: "CNY", Units: yuan}
	}
	made := &intakev1.DemandEntry{}
	if err := s.post(ctx, s.assignee, "/demands", entry, made); err != nil {
		return err
	}
	what := "act.demanded"
	if made.GetRising() {
		what = "act.demanded.rising"
	}
	s.act(made.GetCreateTime().AsTime(), s.assignee, s.words.say(what), "/v1/complaints/…/demands")
	s.speak("demanded."+scene, text)
	return nil
}

// chase has the customer ask four times how far it is: once more than the policy allows (RISK-3).
func (s *stage) chase(ctx context.Context) error {
	s.begin("chase")
	for range 4 {
		if err := s.pause(ctx, 600*time.Millisecond); err != nil {
			return err
		}
		if err := s.write(ctx, customer, "chase", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, asks); err != nil {
			return err
		}
	}
	if err := s.until(ctx, "the signal of the fourth request", s.complaint.GetTargets().GetCallback().AsTime(), signal(policyv1.SignalKind_CHASED_TOO_OFTEN)); err != nil {
		return err
	}
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	if err := s.evidence(ctx); err != nil {
		return err
	}
	return s.acknowledge(ctx, policyv1.SignalKind_CHASED_TOO_OFTEN)
}

// again closes the complaint and has the customer complain of the same once more: it is linked and counted (REC-6).
func (s *stage) again(ctx context.Context) error {
	s.begin("again")
	closed := &intakev1.Complaint{}
	if err := s.post(ctx, s.assignee, ":close", &intakev1.CloseComplaintRequest{}, closed); err != nil {
		return err
	}
	s.act(closed.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.close"), "/v1/complaints/…:close")
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	second := &intakev1.Complaint{}
	err := s.server.post(ctx, s.tokens[customer], "/v1/complaints", &intakev1.CreateComplaintRequest{
		Statement: repeats, Complainant: s.complainant(),
		Channel: intakev1.Complaint_WEB, Target: &intakev1.Target{Kind: policyv1.TargetKind_SERVICE, Product: "宽带"},
	}, second)
	if err != nil {
		return err
	}
	s.second, s.open = second, second
	s.act(second.GetReceiveTime().AsTime(), customer, s.words.say("act.again", "reference", second.GetReference()), "/v1/complaints")
	s.speak("again", repeats)
	s.names[second.GetName()] = second.GetReference()
	if err := s.linked(ctx, second.GetName()); err != nil {
		return err
	}
	return s.pause(ctx, (holdBack+1)*tick) // The first one's timeline tells of it, too.
}

// linked waits until the second complaint is linked as a repeat of the first.
func (s *stage) linked(ctx context.Context, second string) error {
	now, record := &intakev1.Complaint{}, &intakev1.Record{}
	err := s.soon(ctx, func() error {
		if err := s.server.get(ctx, s.tokens[observer], "/v1/"+second, now); err != nil {
			return err
		}
		if err := s.server.get(ctx, s.tokens[observer], "/v1/"+second+"/record", record); err != nil {
			return err
		}
		linked := slices.ContainsFunc(record.GetLinks(), func(l *intakev1.Link) bool { return l.GetComplaint() == s.complaint.GetName() })
		if now.GetRepeatCount() > 0 && linked {
			return nil
		}
		return fmt.Errorf("%s says the same as %s did, and was not linked to it", second, s.complaint.GetName())
	})
	if err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.linked", "count", strconv.Itoa(int(now.GetRepeatCount())),
		"severity", s.words.name("severity", now.GetSeverity().String())))
	return nil
}
