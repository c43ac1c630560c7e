package gateway

import (
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// noticeSummary tells what became of notices to the firm's own people; empty for other events.
func noticeSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_NoticeSent:
		return noticeSent(k.NoticeSent)
	case *eventv1.Payload_NoticeDelayed:
		return fmt.Sprintf("%s could not be told of %s yet: %s. It is tried again.",
			k.NoticeDelayed.GetRecipient(), about(k.NoticeDelayed.GetAbout()), k.NoticeDelayed.GetProblem())
	case *eventv1.Payload_NoticeGivenUp:
		return fmt.Sprintf("%s could not be told of %s: %s. It is not tried any more until an operator says so.",
			k.NoticeGivenUp.GetRecipient(), about(k.NoticeGivenUp.GetAbout()), k.NoticeGivenUp.GetProblem())
	case *eventv1.Payload_NoticeRedriven:
		return fmt.Sprintf("%s is told of %s after all.", k.NoticeRedriven.GetRecipient(), about(k.NoticeRedriven.GetAbout()))
	}
	return ""
}

// noticeSent says who was told of what, and how.
func noticeSent(n *eventv1.NoticeSent) string {
	text := n.GetRecipient() + " was told"
	switch n.GetAbout() {
	case "", routingv1.Notice_WARNING.String():
		text += fmt.Sprintf(": %s is due by %s", duty(n.GetKind()), clock(n.GetDueTime()))
	case routingv1.Notice_ESCALATION.String():
		text += fmt.Sprintf(" of the escalation to level %d", n.GetLevel())
	default:
		text += " of " + about(n.GetAbout())
	}
	if n.GetChannel() != policyv1.NoticeChannel_NOTICE_CHANNEL_UNSPECIFIED {
		text += ", by " + words(n.GetChannel().String())
	}
	return text + "."
}

// about names what a notice is about.
func about(name string) string {
	switch name {
	case routingv1.Notice_ASSIGNMENT.String():
		return "being in charge"
	case routingv1.Notice_ESCALATION.String():
		return "an escalation"
	case routingv1.Notice_HAND_OFF.String():
		return "a hand-off"
	case routingv1.Notice_APPROVAL.String():
		return "an approval"
	case routingv1.Notice_OFFER.String():
		return "an offer that nobody has answered"
	case routingv1.Notice_REPEAT.String():
		return "a customer who comes again after a refusal"
	case routingv1.Notice_SUPPORT.String():
		return "being named as support of a refusal"
	case routingv1.Notice_OFFER_WORDS.String():
		return "what the customer said since an offer was made"
	case routingv1.Notice_OPEN_AUTHORITY.String():
		return "a complaint that stays open because an authority has forwarded it"
	case routingv1.Notice_OPEN_ITEMS.String():
		return "a complaint that stays open because a request within it is not done"
	case routingv1.Notice_OPEN_LAW.String():
		return "a complaint that stays open because the law demands a final response"
	case routingv1.Notice_OPEN_WORDS.String():
		return "a complaint that stays open because the customer has written"
	case routingv1.Notice_UNDELIVERED.String():
		return "a message that has not reached the customer"
	case routingv1.Notice_IMPROVEMENT_OVERDUE.String():
		return "an improvement that is overdue"
	case routingv1.Notice_CLAIM_OVERDUE.String():
		return "a claim on a third party that is overdue"
	case routingv1.Notice_FIND_WAY.String():
		return "a number of the customer's that is somebody else's"
	case routingv1.Notice_EXTENSION.String():
		return "more time that was asked for"
	case routingv1.Notice_PROMISE.String():
		return "a promise to keep"
	case routingv1.Notice_DEDUCTION.String():
		return "a deduction that is suggested"
	case routingv1.Notice_DEDUCTION_DECIDED.String():
		return "what was decided of a deduction"
	case routingv1.Notice_DEDUCTION_APPEAL_REJECTED.String():
		return "an appeal that was rejected"
	case routingv1.Notice_MANY.String():
		return "many things at once"
	default:
		return "a due time"
	}
}
