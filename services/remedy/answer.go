package remedy

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// AcceptOffer records that the customer has chosen (REM-4). Each part of the option becomes a promise, of which the event tells (REM-5);
// what was held beyond it is released. So does each part of the fallback, unless it is words alone, for which nothing is owed. Errors: RESOURCE_NOT_FOUND, AGENT_RECUSED, ETAG_MISMATCH,
// OFFER_EXPIRED, REMEDY_STATE_FORBIDS, TIME_INVALID, OPTION_UNKNOWN, ANSWER_NOT_PROVEN, and followup's EVIDENCE_NOT_FOUND and NOT_YET_KNOWN.
func (s *Service) AcceptOffer(ctx context.Context, req *remedyv1.AcceptOfferRequest) (*remedyv1.Remedy, error) {
	said, err := when("answer_time", req.GetAnswerTime())
	if err != nil {
		return nil, err
	}
	before, err := s.recall(ctx, req.GetName(), req.GetEvidence())
	if err != nil {
		return nil, err
	}
	return s.changeWith(ctx, req.GetName(), req.GetEtag(), before.stored.Approval, func(c *Case, r *Remedy, now time.Time) error {
		at, late, err := s.answerable(c, r, said, now)
		switch {
		case err != nil:
			return err
		case int(req.GetOption()) > len(choices(r.Options)), req.GetFallback() && len(r.Fallback) == 0 && len(r.chosen(0)) == 0:
			return optionUnknown(req.GetOption())
		}
		if unshown := r.unshown(before); unshown != "" {
			return answerNotShown(before.evidence, unshown)
		}
		if late {
			if err := s.takeUp(c, r, r.chosen(req.GetOption()), before, vouches(ctx, c, r), now); err != nil {
				return err
			}
		}
		r.State = remedyv1.Remedy_ACCEPTED
		r.Answer = Answer{State: r.State, Option: req.GetOption(), Time: at, Actor: caller(ctx).Subject}
		keep := map[remedyv1.Option_Basis]Amount{}
		told := &eventv1.OfferAnswered{Option: req.GetOption(), Fallback: req.GetFallback(), Evidence: req.GetEvidence()}
		if chosen, _ := r.taken(); chosen != nil {
			for _, basis := range bases() {
				keep[basis] = s.rules.sum(*chosen, basis)
			}
			r.Answer.Owed = make([]Owed, len(chosen.Parts))
			told.Parts = s.owed(r, at)
		}
		if err := s.release(c, r, keep, cause{name: r.Name(), actor: r.Answer.Actor, at: now}); err != nil {
			return err
		}
		s.tellAnswer(c, r, told, now)
		s.finish(c, r, r.Answer.Actor, now)
		c.put(r)
		return nil
	})
}

// unshown is why what is named as the customer's yes is none; empty when it can be one, or nothing is named. A call is put on record by its
// beginning, which may lie before the offer that was made in it.
func (r *Remedy) unshown(before recalled) string {
	switch found := before.found; {
	case before.evidence == "":
		return ""
	case !found.CustomersWord:
		return "It is no word of the customer's, or did not reach them."
	case found.Message && found.Time.Before(r.Offer.Time):
		return "It is from before the offer."
	case found.Message && against(found.Kind):
		return "It rejects, chases or threatens. If it does not, correct its kind."
	}
	return ""
}

// owed are the parts of what was accepted as followup is told of them. What was promised without a time is due when its kind has to be done,
// counted from the customer's yes (REM-5).
func (s *Service) owed(r *Remedy, at time.Time) []*eventv1.OwedPart {
	chosen, number := r.taken()
	var parts []*eventv1.OwedPart
	for i, part := range chosen.Parts {
		due := part.FulfilTime
		if !due.After(at) { // None was named, or the customer took longer to decide.
			due = at.Add(s.rules.leads[part.Kind])
		}
		parts = append(parts, &eventv1.OwedPart{
			Part: int32(i + 1), Kind: part.Kind.String(), Owner: part.Owner, DueTime: timestamppb.New(due), Amount: moneyProto(part.Amount),
			Contents: &eventv1.Sealed{
				Customer: r.Customer, Ciphertext: part.Contents, Place: contentsPlace(r, number, i),
			},
		})
	}
	return parts
}

// DeclineOffer records that the customer wants none of it (REM-4). What was held is released. Errors: as of AcceptOffer, and
// DATA_KEY_NOT_FOUND.
func (s *Service) DeclineOffer(ctx context.Context, req *remedyv1.DeclineOfferRequest) (*remedyv1.Remedy, error) {
	return s.refused(ctx, req.GetName(), req.GetEtag(), req.GetReason(), req.GetAnswerTime(), Answer{State: remedyv1.Remedy_DECLINED})
}

// CounterOffer records that the customer wants something else (REM-4). What was held stays held until the proposal is revised or withdrawn.
// Errors: as of DeclineOffer, CURRENCY_NOT_SUPPORTED, AMOUNT_TOO_FINE.
func (s *Service) CounterOffer(ctx context.Context, req *remedyv1.CounterOfferRequest) (*remedyv1.Remedy, error) {
	wanted := moneyOf(req.GetAmount())
	if _, err := s.rules.Checked("amount", wanted); err != nil {
		return nil, err
	}
	return s.refused(ctx, req.GetName(), req.GetEtag(), req.GetWish(), req.GetAnswerTime(), Answer{State: remedyv1.Remedy_COUNTERED, Wanted: wanted})
}

// refused records an answer that is no yes, with the customer's words.
func (s *Service) refused(
	ctx context.Context, name, etag, text string, sent *timestamppb.Timestamp, answer Answer,
) (*remedyv1.Remedy, error) {
	said, err := when("answer_time", sent)
	if err != nil {
		return nil, err
	}
	words, err := s.sealFor(ctx, name, text, answerPlace)
	if err != nil {
		return nil, err
	}
	before, err := s.recall(ctx, name, "")
	if err != nil {
		return nil, err
	}
	return s.changeWith(ctx, name, etag, before.stored.Approval, func(c *Case, r *Remedy, now time.Time) error {
		at, late, err := s.answerable(c, r, said, now)
		if err != nil {
			return err
		}
		if late {
			wanted := r.Options
			if answer.State == remedyv1.Remedy_DECLINED {
				wanted = nil
			}
			if err := s.takeUp(c, r, wanted, before, vouches(ctx, c, r), now); err != nil {
				return err
			}
		}
		r.State, r.Answer = answer.State, answer
		r.Answer.Words, r.Answer.Time, r.Answer.Actor = words.GetCiphertext(), at, caller(ctx).Subject
		if answer.State == remedyv1.Remedy_DECLINED {
			if err := s.release(c, r, nil, cause{name: r.Name(), actor: r.Answer.Actor, at: now}); err != nil {
				return err
			}
		}
		s.tellAnswer(c, r, &eventv1.OfferAnswered{Words: words, Wanted: moneyProto(answer.Wanted)}, now)
		c.put(r)
		return nil
	})
}

// answerable is when the customer has answered an offer that can be answered, and whether that is put on record after the offer has lapsed.
// The time of the answer decides (CLK-1): one given before the offer's last time counts however late it is recorded, while the complaint is open;
// one without a time is given now. Errors: OFFER_EXPIRED, COMPLAINT_ENDED, REMEDY_STATE_FORBIDS, TIME_INVALID.
func (s *Service) answerable(c *Case, r *Remedy, said, now time.Time) (at time.Time, late bool, err error) {
	late = r.State == remedyv1.Remedy_LAPSED
	switch {
	case !late && r.State != remedyv1.Remedy_OFFERED:
		return now, late, stateForbids(r, "a proposal that was offered and not answered")
	case !late && c.Complaint.Ended():
		return now, late, complaintEnded(c.Complaint)
	}
	if at, err = s.moment("answer_time", said, r.Offer.Time, now); err != nil {
		return at, late, err
	}
	_, words := c.Complaint.said(r)
	switch {
	case r.Offer.Reminded && !r.Offer.contactOwed() && !words && at.After(r.Offer.AnswerTime):
		return at, late, offerExpired(r.Offer.AnswerTime)
	case late && c.Complaint.Ended():
		return at, late, answeredBeforeTheEnd(c.Complaint)
	}
	return at, late, nil
}

// takeUp has an offer that had lapsed stand again in the complaint's present cycle, since it was answered in time, with what the options cost
// that are wanted of it.
func (s *Service) takeUp(c *Case, r *Remedy, wanted []Option, before recalled, vouched bool, now time.Time) error {
	r.Cycle = c.Complaint.Cycle
	if len(wanted) == 0 {
		return nil
	}
	return s.grantLate(c, r, wanted, before, vouched, now)
}

// chosen is the option of a number, from 1, or for 0 the fallback; none where that is words alone.
func (r *Remedy) chosen(option int32) []Option {
	at := index(r.Options, option)
	return r.Options[at:min(at+1, len(r.Options))]
}

// tellAnswer adds the event of an answer.
func (s *Service) tellAnswer(c *Case, r *Remedy, told *eventv1.OfferAnswered, now time.Time) {
	told.Remedy, told.Version, told.Answer, told.AnswerTime = r.Name(), r.Revision, r.Answer.State.String(), timestamppb.New(r.Answer.Time)
	c.tell(r.Cycle, r.Answer.Actor, now, &eventv1.Payload{Kind: &eventv1.Payload_OfferAnswered{OfferAnswered: told}})
}

// finish notes that nothing of what was accepted is owed any more, if so. What the customer gave up leaves the rest done; with nothing done,
// or something that the end of the complaint left undone, it is not fulfilled.
func (s *Service) finish(c *Case, r *Remedy, actor string, now time.Time) {
	became := map[OwedState]int{}
	for _, owed := range r.Answer.Owed {
		became[owed.State]++
	}
	spent := s.rules.proto(s.rules.spent(r))
	switch {
	case became[StillOwed] > 0:
		return
	case became[Dropped] > 0, became[Let] > 0 && became[Kept] == 0:
		r.State = remedyv1.Remedy_RELEASED
		c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_RemedyReleased{RemedyReleased: &eventv1.RemedyReleased{
			Remedy: r.Name(), Version: r.Revision, Spent: spent, ByCustomer: became[Dropped] == 0,
		}}})
	default:
		r.State = remedyv1.Remedy_FULFILLED
		c.tell(r.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_RemedyFulfilled{RemedyFulfilled: &eventv1.RemedyFulfilled{
			Remedy: r.Name(), Version: r.Revision, Spent: spent,
		}}})
	}
}
