package remedy

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// MakeOffer puts on record what the customer was told (REM-4). An offer whose time is over is made again so: what it costs is held anew.
// Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH, OFFER_OUTDATED, COMPLAINT_ENDED, REMEDY_STATE_FORBIDS, RESTATEMENT_MISSING, TIME_INVALID,
// CAP_EXCEEDED, DATA_KEY_NOT_FOUND.
func (s *Service) MakeOffer(ctx context.Context, req *remedyv1.MakeOfferRequest) (*remedyv1.Remedy, error) {
	told, err := when("offer_time", req.GetOfferTime())
	if err != nil {
		return nil, err
	}
	words, err := s.sealFor(ctx, req.GetName(), req.GetWords(), offerPlace)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, req.GetName(), req.GetEtag(), func(c *Case, r *Remedy, now time.Time) error {
		switch {
		case req.GetVersion() != 0 && req.GetVersion() != r.Revision:
			return offerOutdated(r.Revision)
		case c.Complaint.Ended():
			return complaintEnded(c.Complaint)
		case r.Cycle != c.Complaint.Cycle || !offerable(r.State):
			return stateForbids(r, "a proposal that was granted and not answered")
		case !c.Complaint.Facts.Restated:
			return restatementMissing()
		}
		at, err := s.moment("offer_time", told, r.Grant.Time, now)
		if err != nil {
			return err
		}
		if r.State == remedyv1.Remedy_LAPSED {
			if err := s.grantAgain(c, r, now); err != nil {
				return err
			}
			at = now
		}
		r.Offer = Offer{
			Teller: caller(ctx).Subject, Way: req.GetWay(), Time: at, Words: words.GetCiphertext(), AnswerTime: at.Add(s.rules.offerWithin),
		}
		r.Answer, r.State = Answer{}, remedyv1.Remedy_OFFERED
		c.tell(r.Cycle, r.Offer.Teller, now, made(r, req.GetWay(), words))
		c.put(r)
		return nil
	})
}

// made is the event of an offer.
func made(r *Remedy, way policyv1.ContactWay, words *eventv1.Sealed) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferMade{OfferMade: &eventv1.OfferMade{
		Remedy: r.Name(), Version: r.Revision, Way: way, OfferTime: timestamppb.New(r.Offer.Time),
		AnswerTime: timestamppb.New(r.Offer.AnswerTime), Words: words,
	}}}
}

// offerable tells whether the customer may be told of a proposal as it stands.
func offerable(state remedyv1.Remedy_State) bool {
	return state == remedyv1.Remedy_GRANTED || state == remedyv1.Remedy_OFFERED || state == remedyv1.Remedy_LAPSED
}

// moment is when something happened that is recorded now: now, unless something else was said that lies neither before what it follows nor
// in the future. Errors: TIME_INVALID.
func (s *Service) moment(field string, said, follows, now time.Time) (time.Time, error) {
	switch {
	case said.IsZero():
		return now, nil
	case said.After(now.Add(s.rules.clockSkew)):
		return said, timeInvalid(field, "It lies in the future.")
	case said.Before(follows):
		return said, timeInvalid(field, "It lies before what it follows.")
	}
	return said, nil
}

// SettleOffer says how an offer stands when its time is over (CLK-1): first somebody is to ask again, then it lapses, and what was held
// for it is released. The time that is on record decides, not when this is asked. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND,
// RESOURCE_NOT_FOUND.
func (s *Service) SettleOffer(ctx context.Context, req *remedyv1.SettleOfferRequest) (*remedyv1.SettleOfferResponse, error) {
	complaint, _ := remedyIDs(req.GetName())
	resp := &remedyv1.SettleOfferResponse{}
	_, err := s.deps.Store.Change(ctx, Change{Complaint: complaint, Remedies: true, Money: true}, func(c *Case) error {
		r, err := s.named(c, req.GetName(), "")
		if err != nil {
			return err
		}
		resp.Reset()
		if r.Revision != req.GetVersion() {
			resp.State = remedyv1.Remedy_WITHDRAWN
			return nil
		}
		if r.State == remedyv1.Remedy_OFFERED {
			if err := s.settleOffer(c, r, req.GetOwed(), cause{name: r.Name(), actor: caller(ctx).Subject, at: s.now()}); err != nil {
				return err
			}
		}
		resp.State, resp.Reminded = r.State, r.Offer.Reminded
		if r.State == remedyv1.Remedy_OFFERED {
			resp.RetryTime = timestamppb.New(r.Offer.AnswerTime)
		}
		resp.Close = r.State == remedyv1.Remedy_LAPSED && s.closes(c, req.GetOwed())
		return nil
	})
	return resp, err
}

// closes tells whether silence closes the complaint: by the policy, never one that an authority waits for (REM-4), nor one in which
// something is still owed, by what followup says or by another proposal that was accepted, or may still come of another one: the end of
// the cycle would take it back.
func (s *Service) closes(c *Case, owed bool) bool {
	live := func(r Remedy) bool {
		return r.Cycle == c.Complaint.Cycle && (r.State == remedyv1.Remedy_ACCEPTED || open(r.State))
	}
	return s.rules.policy.GetOffers().GetCloseAfterSilence() && !owed && !c.Complaint.Facts.AuthorityWaits && !c.Complaint.Ended() &&
		!slices.ContainsFunc(c.Remedies, live)
}

// settleOffer records what time has made of an offer that was not answered.
func (s *Service) settleOffer(c *Case, r *Remedy, owed bool, why cause) error {
	actor, now := why.actor, why.at
	if now.Before(r.Offer.AnswerTime) {
		return nil
	}
	if !r.Offer.Reminded {
		// From the time that is over, not from now: who was late to ask gives nobody more time.
		r.Offer.Reminded, r.Offer.AnswerTime = true, s.rules.final(r.Offer)
		c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_OfferReminded{OfferReminded: &eventv1.OfferReminded{
			Remedy: r.Name(), Version: r.Revision, AnswerTime: timestamppb.New(r.Offer.AnswerTime),
		}}})
		if now.Before(r.Offer.AnswerTime) {
			c.put(r)
			return nil
		}
	}
	if err := s.release(c, r, nil, why); err != nil {
		return err
	}
	r.State, r.Answer = remedyv1.Remedy_LAPSED, Answer{State: remedyv1.Remedy_LAPSED, Time: now, Actor: actor}
	c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: r.Name(), Version: r.Revision, Close: s.closes(c, owed),
	}}})
	c.put(r)
	return nil
}

// final is the last time at which an offer may be answered, whether or not anybody has settled what was before.
func (r *Rules) final(o Offer) time.Time {
	if o.Reminded {
		return o.AnswerTime
	}
	return o.AnswerTime.Add(r.policy.GetOffers().GetRemindedWithin().AsDuration())
}
