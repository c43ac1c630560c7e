package routing

import (
	"path"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// MessageTypes are the types of followup's events on messages to customers that routing hears.
func MessageTypes() []string {
	return []string{"message_undelivered", "message_bounced", "message_recovered", "way_unusable", "way_found", "extension_reminded", "extension_decided"}
}

// heardOfMessages is the part of the table about ways to customers that are none, and messages that did not arrive: whoever is in charge is
// told, once for each number or address, and not any more once another way is on record; what
// is owed and has no other way on record is brought before the ladder until it is sent. Nil for any other fact.
func heardOfMessages(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_MessageUndelivered:
		return unarrived(k.MessageUndelivered.GetNotification(), "lost", k.MessageUndelivered.GetOwed())
	case *eventv1.Payload_MessageBounced:
		bounced := k.MessageBounced
		if bounced.GetCorrected() {
			return &heard{} // Somebody in charge has said so.
		}
		h := unarrived(bounced.GetNotification(), "bounced", bounced.GetOwed() && bounced.GetAgain() == "")
		if bounced.GetKnown() { // Whoever is in charge was told of that address.
			h.notice = routingv1.Notice_ABOUT_UNSPECIFIED
		}
		return h
	case *eventv1.Payload_WayUnusable:
		return &heard{
			notice: routingv1.Notice_FIND_WAY, word: strings.ToLower(k.WayUnusable.GetWay().String()), about: path.Base(k.WayUnusable.GetAttempt()),
			recipient: func(s *Service, d *Directory, c Complaint) string { return s.inCharge(d, c) },
		}
	case *eventv1.Payload_WayFound:
		return &heard{recalls: []routingv1.Notice_About{routingv1.Notice_FIND_WAY, routingv1.Notice_UNDELIVERED}}
	case *eventv1.Payload_MessageRecovered:
		return &heard{
			settles: routingv1.Escalation_MESSAGE_UNDELIVERED, resolution: routingv1.Escalation_DUTY_DONE,
			about: messagePart(k.MessageRecovered.GetNotification()),
		}
	default:
		return nil
	}
}

// unarrived is what becomes of a message that did not arrive.
func unarrived(notification, word string, climbs bool) *heard {
	h := &heard{
		notice: routingv1.Notice_UNDELIVERED, word: word, about: path.Base(notification),
		recipient: func(s *Service, d *Directory, c Complaint) string { return s.inCharge(d, c) },
	}
	if climbs {
		h.raises, h.about, h.of = routingv1.Escalation_MESSAGE_UNDELIVERED, messagePart(notification), path.Base(notification)
	}
	return h
}

// longestPart is how much of a message's id stands in the id of its escalation, which has 63 characters.
const longestPart = 36

// messagePart is the id of a message, as it stands in the ids of what is about it; one that goes by another way is the same.
func messagePart(notification string) string {
	id, _, _ := strings.Cut(path.Base(notification), "-again-")
	return strings.Trim(id[:min(len(id), longestPart)], "-")
}
