package remedy

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// SettleOffer says how an offer stands when its time is over (CLK-1): first somebody is to get in touch again, which is a duty of
// followup's; when the last time after that contact is over it lapses, and what was held for it is released. As long as the contact is owed,
// or the customer has said something that is not recorded as an answer, nothing lapses. The times that are on record decide, not when this is
// asked. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, RESOURCE_NOT_FOUND.
func (s *Service) SettleOffer(ctx context.Context, req *remedyv1.SettleOfferRequest) (*remedyv1.SettleOfferResponse, error) {
	complaint, _ := remedyIDs(req.GetName())
	resp := &remedyv1.SettleOfferResponse{}
	_, err := s.deps.Store.Change(ctx, Change{Complaint: complaint, Remedies: true, Money: true, Refusals: true}, func(c *Case) error {
		r, err := s.named(c, req.GetName(), "")
		if err != nil {
			return err
		}
		resp.Reset()
		if r.Revision != req.GetVersion() {
			resp.State = remedyv1.Remedy_WITHDRAWN
			return nil
		}
		now := s.now()
		if r.State == remedyv1.Remedy_OFFERED {
			if err := s.settleOffer(c, r, req.GetOwed(), cause{name: r.Name(), actor: caller(ctx).Subject, at: now}); err != nil {
				return err
			}
		}
		s.stands(c, r, resp, now)
		resp.Close = r.State == remedyv1.Remedy_LAPSED && s.closes(c, r, req.GetOwed())
		return nil
	})
	return resp, err
}

// stands tells how an offer stands, and when to ask again. What has to happen first is told by an event of its own; asking again is a
// precaution.
func (s *Service) stands(c *Case, r *Remedy, resp *remedyv1.SettleOfferResponse, now time.Time) {
	resp.State, resp.Reminded = r.State, r.Offer.Reminded
	if r.State != remedyv1.Remedy_OFFERED {
		return
	}
	_, resp.WordsWait = c.Complaint.said(r)
	resp.ContactOwed = r.Offer.contactOwed()
	retry := r.Offer.AnswerTime
	if resp.GetContactOwed() || resp.GetWordsWait() && !retry.After(now) {
		retry = now.Add(s.rules.policy.GetOffers().GetRemindedWithin().AsDuration())
	}
	resp.RetryTime = timestamppb.New(retry)
}

// closes tells whether silence closes the complaint: by the policy, never a statutory case (REM-4), which is one that an authority has forwarded,
// or whose offer holds what the customer is entitled to; nor one in which a refusal is under way, or something is still owed, by what followup says or by another proposal that was accepted, or may still come of another one: the end of
// the cycle would take it back.
func (s *Service) closes(c *Case, r *Remedy, owed bool) bool {
	live := func(other Remedy) bool {
		return other.Cycle == c.Complaint.Cycle && (other.State == remedyv1.Remedy_ACCEPTED || open(other.State))
	}
	refusing := slices.ContainsFunc(c.Refusals, func(f Refusal) bool { return f.Open() })
	return s.rules.policy.GetOffers().GetCloseAfterSilence() && !owed && !refusing && !c.Complaint.Facts.Authority && !entitles(r) && !c.Complaint.Ended() &&
		!slices.ContainsFunc(c.Remedies, live)
}

// entitles tells whether an option holds what the customer is entitled to (REM-3): their own money, or a right by statute.
func entitles(r *Remedy) bool {
	return slices.ContainsFunc(r.Options, func(o Option) bool {
		return slices.ContainsFunc(o.Parts, func(p Part) bool { return p.Basis == remedyv1.Option_ENTITLEMENT })
	})
}

// settleOffer records what time has made of an offer that was not answered.
func (s *Service) settleOffer(c *Case, r *Remedy, owed bool, why cause) error {
	if _, said := c.Complaint.said(r); said || r.Offer.contactOwed() || why.at.Before(r.Offer.AnswerTime) {
		return nil
	}
	if !r.Offer.Reminded {
		s.remind(c, r, why)
		return nil
	}
	if err := s.release(c, r, nil, why); err != nil {
		return err
	}
	r.State, r.Answer = remedyv1.Remedy_LAPSED, Answer{State: remedyv1.Remedy_LAPSED, Time: why.at, Actor: why.actor}
	c.tell(r.Cycle, why.actor, why.at, &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: r.Name(), Version: r.Revision, Close: s.closes(c, r, owed), OfferTime: timestamppb.New(r.Offer.Time),
	}}})
	c.put(r)
	return nil
}

// remind has somebody get in touch with the customer again. By when counts from the time that is over: who was late to ask gives nobody more
// time.
func (s *Service) remind(c *Case, r *Remedy, why cause) {
	over := r.Offer.AnswerTime
	due := over.Add(s.rules.policy.GetOffers().GetFollowUpWithin().AsDuration())
	r.Offer.Reminded, r.Offer.AnswerTime = true, time.Time{}
	c.tell(r.Cycle, why.actor, why.at, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
		Remedy: r.Name(), Version: r.Revision, OverTime: timestamppb.New(over), FollowUpTime: timestamppb.New(due),
	}}})
	c.put(r)
}

// contacted begins the last time for an answer with the contact that was owed. What was heard of it first counts: a contact that was earlier
// and is put on record later takes nothing away from the customer.
func (s *Service) contacted(c *Case, e *eventv1.Event, settled *eventv1.DutySettled) {
	_, id := remedyIDs(settled.GetRemedy())
	r, at := c.remedy(id), settled.GetFactTime().AsTime().Truncate(time.Microsecond)
	if r == nil || r.State != remedyv1.Remedy_OFFERED || r.Revision != settled.GetVersion() || !r.Offer.contactOwed() || at.Before(r.Offer.Time) {
		return
	}
	r.Offer.AnswerTime = at.Add(s.rules.policy.GetOffers().GetRemindedWithin().AsDuration())
	c.tell(r.Cycle, e.GetActor(), s.now(), &eventv1.Payload{Kind: &eventv1.Payload_OfferFollowedUp{OfferFollowedUp: &eventv1.OfferFollowedUp{
		Remedy: r.Name(), Version: r.Revision, ContactTime: timestamppb.New(at), Evidence: settled.GetEvidence(),
		AnswerTime: timestamppb.New(r.Offer.AnswerTime),
	}}})
	c.put(r)
}

// followedUp is what an event of followup's does that tells of a contact about an offer; false for any other. It may tell what was broken, too.
func (s *Service) followedUp(e *eventv1.Event, p *eventv1.Payload) (Change, func(*Case) error, bool) {
	settled := p.GetDutySettled()
	if settled.GetRemedy() == "" || settled.GetFactTime() == nil {
		return Change{}, nil, false
	}
	change, further, accounts := s.accounts(e, p)
	change.Remedies = true
	return change, func(c *Case) error {
		if accounts {
			if err := further(c); err != nil {
				return err
			}
		}
		s.contacted(c, e, settled)
		return nil
	}, true
}
