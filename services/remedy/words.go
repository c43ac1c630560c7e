package remedy

import (
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Words are a message of the customer's, by name and time alone.
type Words struct {
	// Message is "complaints/{complaint}/messages/{message}".
	Message string
	// Time is when the customer said it.
	Time time.Time
	// Thanks is true for what somebody found to be a thank you, which starts and stops nothing (REC-5). That the analyser takes it for one is not
	// enough: thanks with a yes look much like it, and the silence would go against the customer.
	Thanks bool
	// Against is true for one that says no, or asks for more: it accepts nothing.
	Against bool
}

// mostWords bounds what is kept of a complaint: it takes one to stop the silence.
const mostWords = 20

// wordTypes are the types of intake's events that tell of what the customer says.
func wordTypes() []string { return []string{"message_recorded", "message_reclassified"} }

// says is what an event about a message does; false for one that is no such event. Only what the customer says is noted.
func (s *Service) says(e *eventv1.Event, p *eventv1.Payload) (Change, func(*Case) error, bool) {
	id, _ := complaintID(e.GetSubject())
	change := Change{Complaint: id, Remedies: true}
	var note func(f *Facts)
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_MessageRecorded:
		m := k.MessageRecorded
		if m.GetAuthor() != eventv1.MessageRecorded_CUSTOMER {
			return Change{}, func(*Case) error { return nil }, true
		}
		said := Words{
			Message: m.GetMessage(), Time: m.GetMessageTime().AsTime().Truncate(time.Microsecond), Against: against(m.GetKind()),
		}
		if m.GetMessageTime() == nil {
			said.Time = e.GetRecordTime().AsTime().Truncate(time.Microsecond)
		}
		note = func(f *Facts) { f.hearWords(said) }
	case *eventv1.Payload_MessageReclassified:
		m := k.MessageReclassified
		note = func(f *Facts) { f.correctWords(m.GetMessage(), m.GetKind()) }
	default:
		return Change{}, nil, false
	}
	return change, func(c *Case) error {
		if c.Complaint.ID == "" {
			return nil // It was imported as ended before remedy heard of such.
		}
		before, next := c.Complaint, c.Complaint
		next.Facts.Words = slices.Clone(before.Facts.Words)
		note(&next.Facts)
		c.Complaint, c.Changes.Complaint = next, &next
		s.stopsSilence(c, before, e)
		return nil
	}, true
}

// stopsSilence tells, once for each offer, that the customer has said something since.
func (s *Service) stopsSilence(c *Case, before Complaint, e *eventv1.Event) {
	for i := range c.Remedies {
		r := &c.Remedies[i]
		said, ok := c.Complaint.said(r)
		if _, known := before.said(r); ok && !known {
			c.tell(r.Cycle, e.GetActor(), s.now(), spoken(r, said))
		}
	}
}

// spoken is the event of words since an offer.
func spoken(r *Remedy, said Words) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_OfferWordsHeard{OfferWordsHeard: &eventv1.OfferWordsHeard{
		Remedy: r.Name(), Version: r.Revision, Message: said.Message, MessageTime: timestamppb.New(said.Time),
	}}}
}

// said is the newest that the customer has said since an offer that waits for the answer; false for nothing but thanks.
func (c Complaint) said(r *Remedy) (Words, bool) {
	if r.State != remedyv1.Remedy_OFFERED || r.Cycle != c.Cycle {
		return Words{}, false
	}
	var newest Words
	for _, w := range c.Facts.Words {
		if !w.Thanks && w.Time.After(r.Offer.Time) && !w.Time.Before(newest.Time) {
			newest = w
		}
	}
	return newest, newest.Message != ""
}

// hearWords notes a message, once.
func (f *Facts) hearWords(said Words) {
	if slices.ContainsFunc(f.Words, func(w Words) bool { return w.Message == said.Message }) {
		return
	}
	f.Words = append(f.Words, said)
	f.Words = f.Words[max(0, len(f.Words)-mostWords):]
}

// correctWords notes what somebody has found a message to be: a thank you, or more than that.
func (f *Facts) correctWords(message string, kind policyv1.MessageKind) {
	for i := range f.Words {
		if f.Words[i].Message == message {
			f.Words[i].Thanks, f.Words[i].Against = kind == policyv1.MessageKind_THANKS, against(kind)
		}
	}
}
