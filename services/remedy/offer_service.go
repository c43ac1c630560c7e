package remedy

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// MakeOffer puts on record what the customer was told (REM-4). An offer whose time is over is made again so: what it costs is held anew.
// So is one that the customer has said no to and wants after all. Each time gives the customer a new time to answer, so a version is offered again so
// often and no more.
// Errors: RESOURCE_NOT_FOUND, AGENT_RECUSED, ETAG_MISMATCH, OFFER_OUTDATED, COMPLAINT_ENDED, REMEDY_STATE_FORBIDS, RESTATEMENT_MISSING, OFFERED_TOO_OFTEN,
// NOT_OUR_FAULT, ITEM_NOT_COVERED, TIME_INVALID, CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE, APPROVAL_NEEDED, CAP_EXCEEDED, WORDS_ABOVE_GRANT,
// DATA_KEY_NOT_FOUND.
func (s *Service) MakeOffer(ctx context.Context, req *remedyv1.MakeOfferRequest) (*remedyv1.Remedy, error) {
	told, err := when("offer_time", req.GetOfferTime())
	if err != nil {
		return nil, err
	}
	words, err := s.sealFor(ctx, req.GetName(), req.GetWords(), offerPlace)
	if err != nil {
		return nil, err
	}
	if err := s.modest(ctx, req.GetName(), req.GetWords()); err != nil {
		return nil, err
	}
	before, err := s.recall(ctx, req.GetName(), "")
	if err != nil {
		return nil, err
	}
	return s.changeWith(ctx, req.GetName(), req.GetEtag(), before.stored.Approval, func(c *Case, r *Remedy, now time.Time) error {
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
		again, err := s.offeredAgain(r)
		if err != nil {
			return err
		}
		if err := s.still(c, r); err != nil {
			return err
		}
		if r.Grant.Alone && s.rules.doubted(r, c.Complaint.Facts) { // It was found since not to be established.
			return approvalNeeded(s.rules.asked(r, c.Complaint.Facts, r.Options, false))
		}
		at, err := s.moment("offer_time", told, r.Grant.Time, now)
		if err != nil {
			return err
		}
		if repeats(r.State) {
			if err := s.unchanged(r, now); err != nil {
				return err
			}
			if err := s.grantAgain(c, r, before, now); err != nil {
				return err
			}
			at = now
		}
		r.Offer = Offer{
			Teller: caller(ctx).Subject, Way: req.GetWay(), Time: at, Words: words.GetCiphertext(), AnswerTime: s.answerBy(at, now),
			Again: again,
		}
		r.Answer, r.State = Answer{}, remedyv1.Remedy_OFFERED
		c.tell(r.Cycle, r.Offer.Teller, now, made(r, req.GetWay(), words))
		if said, ok := c.Complaint.said(r); ok { // What was told a while ago may have been answered meanwhile.
			c.tell(r.Cycle, r.Offer.Teller, now, spoken(r, said))
		}
		c.put(r)
		return nil
	})
}

// offeredAgain is how often a version is offered again with this time, 0 for the first. Errors: OFFERED_TOO_OFTEN.
func (s *Service) offeredAgain(r *Remedy) (int32, error) {
	if r.Offer.Teller == "" {
		return 0, nil
	}
	if most := s.rules.policy.GetOffers().GetAgainMost(); most > 0 && r.Offer.Again >= most {
		return 0, offeredTooOften(r, most)
	}
	return r.Offer.Again + 1, nil
}

// answerBy is until when the customer may answer what was told at a time, and is recorded now: recording it late takes nothing of that.
func (s *Service) answerBy(told, now time.Time) time.Time {
	if told.Before(now.Add(-s.rules.policy.GetOffers().GetBackDating().AsDuration())) {
		told = now
	}
	return told.Add(s.rules.offerWithin)
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
	return state == remedyv1.Remedy_GRANTED || state == remedyv1.Remedy_OFFERED || repeats(state)
}

// repeats tells whether an offer would be made again that had come to its end: nobody answered, or the customer said no and thinks better of it.
func repeats(state remedyv1.Remedy_State) bool {
	return state == remedyv1.Remedy_LAPSED || state == remedyv1.Remedy_DECLINED || state == remedyv1.Remedy_COUNTERED
}

// unchanged refuses to make an offer again that the customer has said no to once the time is over that it had: what was granted then is not what
// anybody would grant now. Errors: REMEDY_STATE_FORBIDS.
func (s *Service) unchanged(r *Remedy, now time.Time) error {
	if r.State == remedyv1.Remedy_LAPSED {
		return nil
	}
	until := r.Offer.AnswerTime
	if until.IsZero() { // The last time begins with a contact, and the answer was one.
		until = r.Answer.Time.Add(s.rules.policy.GetOffers().GetRemindedWithin().AsDuration())
	}
	if now.After(until) {
		return stateForbids(r, "a proposal that the customer still had time to answer: revise it")
	}
	return nil
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
