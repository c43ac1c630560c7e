package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// summarizeSeries tells of what follows a resolution; empty for anything else.
func summarizeSeries(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_SeriesPlanned:
		return planned(k.SeriesPlanned)
	case *eventv1.Payload_TouchAsked:
		return asked(k.TouchAsked)
	case *eventv1.Payload_TouchTried:
		return fmt.Sprintf("The customer was not reached to ask whether it held (call %d).", k.TouchTried.GetCalls())
	case *eventv1.Payload_TouchAnswered:
		return touchAnswered(k.TouchAnswered)
	case *eventv1.Payload_TouchUnanswered:
		return "The customer has not answered whether it held; that says nothing of satisfaction."
	case *eventv1.Payload_TouchMerged:
		if k.TouchMerged.GetInto() == "" {
			return "The contact after the resolution stands by itself again."
		}
		return fmt.Sprintf("The customer was asked with another complaint: %s.", k.TouchMerged.GetInto())
	case *eventv1.Payload_SeriesEnded:
		return seriesEnded(k.SeriesEnded)
	case *eventv1.Payload_SilentClosingRefused:
		if k.SilentClosingRefused.GetFinalResponseOwed() {
			return "Not closed: the final response that the law demands is still owed. A person closes it."
		}
		return "Not closed: a case of an authority, or with a final response by law, is not closed by silence. A person closes it."
	default:
		return ""
	}
}

func planned(told *eventv1.SeriesPlanned) string {
	var times []string
	for _, t := range told.GetTouches() {
		at := clock(t.GetDueTime())
		if t.GetMergedInto() != "" {
			at += " (with " + t.GetMergedInto() + ")"
		}
		times = append(times, at)
	}
	return "The customer will be asked whether it held, by " + strings.Join(times, ", ") + "."
}

func asked(told *eventv1.TouchAsked) string {
	improved := ""
	if n := len(told.GetImprovements()); n == 1 {
		improved = " It tells what was improved since."
	} else if n > 1 {
		improved = fmt.Sprintf(" It tells %d things that were improved since.", n)
	}
	switch {
	case !told.GetSurvey() && improved != "":
		return "Somebody is to ask the customer whether it held, and to tell what was improved since."
	case !told.GetSurvey():
		return "Somebody is to ask the customer whether it held."
	case told.GetReminder():
		return fmt.Sprintf("Customer reminded of the survey; it can be answered until %s.", clock(told.GetExpireTime()))
	default:
		return fmt.Sprintf("Customer asked by a survey whether it held; it can be answered until %s.", clock(told.GetExpireTime())) + improved
	}
}

func touchAnswered(told *eventv1.TouchAnswered) string {
	text := "The customer says that it was done"
	if !told.GetDone() {
		text = "The customer says that it was not done"
	}
	if told.GetSatisfaction() > 0 {
		text += fmt.Sprintf(", and is satisfied %d of 5", told.GetSatisfaction())
	}
	switch told.GetRetention() {
	case "RETAINED":
		text += "; the customer stays"
	case "LOST":
		text += "; the customer leaves"
	default: // It was not said.
	}
	if told.GetAskedWith() != "" {
		text += "; asked with another complaint: " + told.GetAskedWith()
	}
	if told.GetReopen() {
		text += "; it is dealt with again"
	}
	return text + "."
}

func seriesEnded(told *eventv1.SeriesEnded) string {
	switch told.GetReason() {
	case eventv1.SeriesEnded_COMPLETED:
		if told.GetSatisfied() {
			return "The series after the resolution has ended; the customer is satisfied."
		}
		return "The series after the resolution has ended without the customer saying to be satisfied."
	case eventv1.SeriesEnded_CUSTOMER_WISH:
		if told.GetByRepresentative() {
			return "The customer's representative wishes that nobody asks any more" + shownBy(told.GetEvidence()) + "."
		}
		return "The customer wishes not to be asked any more" + shownBy(told.GetEvidence()) + "."
	case eventv1.SeriesEnded_REOPENED:
		return "The series after the resolution has ended: the complaint is dealt with again."
	case eventv1.SeriesEnded_CONTACT_ENDED:
		return "Nobody asks after the resolution: the contact with the customer was ended."
	default:
		return "The series after the resolution has ended with the complaint."
	}
}

// shownBy names what shows a wish, if anything does.
func shownBy(evidence string) string {
	if evidence == "" {
		return ""
	}
	return " (" + evidence + ")"
}
