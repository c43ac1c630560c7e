package intake

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/internal/wording"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// firstContact checks the conversation in which a complaint was filed and dealt
// with at once (REC-10), and says when it was. It is dated back no further than any
// attempt may be (CALL-2). Only staff have such conversations.
func (s *Service) firstContact(
	ctx context.Context, sent *intakev1.FirstContactResolution, received, now time.Time,
) (*intakev1.FirstContactResolution, error) {
	if sent == nil {
		return nil, nil
	}
	if !staff(caller(ctx)) {
		return nil, errs.Denied(intakev1.ErrorReason_AUTHOR_NOT_ALLOWED.String(),
			"Only staff can settle a complaint in the conversation in which it is filed.")
	}
	contact, _ := proto.Clone(sent).(*intakev1.FirstContactResolution)
	if contact.GetOutcome() == intakev1.Complaint_REMEDIED && wording.Blank(contact.GetRemedy()) {
		return nil, invalid("first_contact.remedy", "must say what was done for the customer, or the outcome is EXPLAINED")
	}
	switch at := contact.GetContactTime(); {
	case at == nil:
		contact.ContactTime = stamp(now)
	case at.CheckValid() != nil || at.AsTime().After(now.Add(s.policy.ClockSkew())) || at.AsTime().Before(received):
		return nil, invalid("first_contact.contact_time", "must be a time between the receipt and now")
	case at.AsTime().Before(now.Add(-s.policy.BackDating())):
		return nil, invalid("first_contact.contact_time", "must not be dated back further than the policy allows (attempts.back_dating): "+
			"file without it, and record the attempt, which a supervisor may confirm")
	}
	return contact, understood(contact.GetUnderstanding())
}

// conversation is what the event tells of it; nil when there was none.
func conversation(contact *intakev1.FirstContactResolution, agent string) *eventv1.FirstContact {
	if contact == nil {
		return nil
	}
	return &eventv1.FirstContact{ContactTime: contact.GetContactTime(), Way: contact.GetWay(), Agent: agent}
}

// settle puts facts, understanding and answer of the conversation on record, and
// asks for the resolution (REC-10).
func (s *Service) settle(e *edit, contact *intakev1.FirstContactResolution) error {
	for _, fact := range contact.GetFacts() {
		id := s.ids.ID()
		strip(fact)
		if err := s.stated(e, id, fact); err != nil {
			return err
		}
		if err := e.write(FactEntry, id, fact); err != nil {
			return err
		}
	}
	if understanding := contact.GetUnderstanding(); understanding != nil {
		if err := e.understand(understanding, nil); err != nil {
			return err
		}
	}
	request := s.ids.ID()
	if err := e.RequestResolution(request, Outcome(contact.GetOutcome()), e.now); err != nil {
		return err
	}
	e.details.Resolution = contact.GetAnswer()
	e.details.Settled = &Settled{Time: contact.GetContactTime().AsTime(), Answer: contact.GetAnswer(), Remedy: contact.GetRemedy()}
	e.remark("first-contact", contact.GetRemedy())
	e.remark("resolve", contact.GetAnswer())
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ResolutionRequested{ResolutionRequested: &eventv1.ResolutionRequested{
		RequestId: request, Outcome: contact.GetOutcome().String(),
	}}})
	return nil
}

// settledAtOnce is how a complaint was settled in the conversation in which it was filed;
// nil when it was not, and when it is dealt with anew: the owners objected, or it was
// opened again.
func settledAtOnce(c *Complaint, details Details) *Settled {
	if c.Cycle != 1 || c.State == Received || c.State == Active {
		return nil
	}
	return details.Settled
}

func toSettled(at *Settled) *intakev1.Settled {
	if at == nil {
		return nil
	}
	return &intakev1.Settled{SettleTime: stamp(at.Time), Answer: at.Answer, Remedy: at.Remedy}
}
