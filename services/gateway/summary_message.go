package gateway

import (
	"fmt"
	"path"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// messageSummary tells what becomes of messages to customers that were not sent at once.
func messageSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_MessageDelayed:
		return delayed(k.MessageDelayed)
	case *eventv1.Payload_MessageUndelivered:
		text := fmt.Sprintf("Could not be sent to the customer, and is not tried any more: %s (%s).", words(k.MessageUndelivered.GetTemplate()),
			k.MessageUndelivered.GetProblem())
		if k.MessageUndelivered.GetOwed() {
			text += " It is owed: another way is to be found."
		}
		return text
	case *eventv1.Payload_MessageBounced:
		return bounced(k.MessageBounced)
	case *eventv1.Payload_MessageRecovered:
		return fmt.Sprintf("What had not reached the customer was sent after all: %s.", path.Base(k.MessageRecovered.GetSent()))
	case *eventv1.Payload_SurveysStopped:
		about := "this complaint"
		if k.SurveysStopped.GetAllComplaints() {
			about = "any complaint"
		}
		if k.SurveysStopped.GetAllowed() {
			return "The customer does not mind surveys any more" + shownBy(k.SurveysStopped.GetEvidence()) + "."
		}
		text := fmt.Sprintf("The customer wants no surveys about %s", about)
		if k.SurveysStopped.GetFollowUp() != "" {
			text += ", said by the link of a survey"
		}
		return text + shownBy(k.SurveysStopped.GetEvidence()) + "."
	}
	return ""
}

func delayed(m *eventv1.MessageDelayed) string {
	what, again := words(m.GetTemplate()), clock(m.GetTryTime())
	switch m.GetCause() {
	case eventv1.MessageDelayed_QUIET_HOURS:
		return fmt.Sprintf("Waits for the customer's hours: %s, until %s.", what, again)
	case eventv1.MessageDelayed_REDRIVEN:
		return fmt.Sprintf("Is sent to the customer again: %s.", what)
	case eventv1.MessageDelayed_UNSURE:
		return fmt.Sprintf("May have been sent to the customer, or not: %s (%s). Tried again by the same way at %s.", what, m.GetProblem(), again)
	default:
		return fmt.Sprintf("Could not be sent to the customer yet: %s (%s). Tried again at %s.", what, m.GetProblem(), again)
	}
}

func bounced(m *eventv1.MessageBounced) string {
	if m.GetCorrected() {
		return fmt.Sprintf("Came back for a time only: %s%s. The address is used again.", words(m.GetTemplate()), to(m.GetAddress()))
	}
	text := fmt.Sprintf("Came back from the customer: %s%s.", words(m.GetTemplate()), to(m.GetAddress()))
	if m.GetUnusable() {
		text += " Nothing is sent to that address any more."
	}
	if m.GetAgain() != "" {
		return text + " It is sent by another way."
	}
	return text + " No other way is on record: one is to be found."
}

// to says where a message went, masked; empty for nowhere.
func to(address string) string {
	if address == "" {
		return ""
	}
	return ", to " + address
}
