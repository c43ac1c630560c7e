package intake

import (
	"context"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// endBySilence ends a complaint because its customer did not answer an offer (REM-4), unless intake knows better than remedy: then whoever is in
// charge is told why it stays open.
func (s *Service) endBySilence(e *edit, lapsed *eventv1.OfferLapsed, spoken bool) {
	if !e.Open() {
		return
	}
	if why := e.keepsOpen(spoken, s.statutory(e)); why != eventv1.SilenceRefused_REASON_UNSPECIFIED {
		e.touch(e.now)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_SilenceRefused{SilenceRefused: &eventv1.SilenceRefused{
			Remedy: lapsed.GetRemedy(), Version: lapsed.GetVersion(), Reason: why,
		}}})
		return
	}
	if e.Lapse(e.now) {
		e.details.Resolution = "" // What was only asked for is not what the customer was told.
		e.tell(closed(e.Outcome))
	}
}

// keepsOpen is why silence does not end a complaint; unspecified when it does. Remedy looks, too, but may not have heard yet of what the
// customer has said, nor at all of an authority that forwarded the complaint before remedy kept that.
func (e *edit) keepsOpen(spoken, statutory bool) eventv1.SilenceRefused_Reason {
	switch {
	case !e.AuthorityDueTime.IsZero(): // Also when it has its reply: what it follows, a person ends.
		return eventv1.SilenceRefused_AUTHORITY_WAITS
	case statutory: // The final response is a person's, and so is the end that follows it.
		return eventv1.SilenceRefused_FINAL_RESPONSE
	case e.OpenItems > 0: // What a person may not resolve (ITEMS_OPEN), silence does not end either.
		return eventv1.SilenceRefused_ITEMS_OPEN
	case spoken:
		return eventv1.SilenceRefused_CUSTOMER_WROTE
	default:
		return eventv1.SilenceRefused_REASON_UNSPECIFIED
	}
}

// messagesAtOnce is how many messages are read at a time.
const messagesAtOnce = 200

// spokenSince tells whether the customer has said anything since an offer was made that is told to have lapsed, but for what somebody found to be
// a thank you (REC-5).
func (s *Service) spokenSince(ctx context.Context, complaint string, lapsed *eventv1.OfferLapsed) (bool, error) {
	if !lapsed.GetClose() || lapsed.GetOfferTime() == nil {
		return false, nil
	}
	since := lapsed.GetOfferTime().AsTime()
	for after := ""; ; {
		messages, _, err := s.store.Messages(ctx, complaint, after, messagesAtOnce)
		if err != nil {
			return false, err
		}
		for i := range messages {
			if after = messages[i].ID; messages[i].speaksSince(since) {
				return true, nil
			}
		}
		if len(messages) < messagesAtOnce {
			return false, nil
		}
	}
}

// speaksSince tells whether it is the customer's, was said after a moment, and nobody has found it to be mere thanks.
func (m *Message) speaksSince(since time.Time) bool {
	return m.Author == int32(intakev1.Message_CUSTOMER) && (m.Kind != int32(policyv1.MessageKind_THANKS) || m.KindActor == "") && m.said().After(since)
}
