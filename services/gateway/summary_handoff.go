package gateway

import (
	"fmt"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// handOffSummary tells of hand-offs; empty for other events.
func handOffSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_HandOffProposed:
		h := k.HandOffProposed
		text := fmt.Sprintf("Offered to %s by %s", receiver(h), owner(h.GetFromDepartment(), h.GetGiver()))
		if h.GetItemCount() > 0 {
			text += fmt.Sprintf(", %d item(s)", h.GetItemCount())
		}
		if h.GetCalled() {
			text += "; the customer was called beforehand"
		}
		return text + fmt.Sprintf(". To be accepted or returned by %s; until then the giver owes.", clock(h.GetDueTime()))
	case *eventv1.Payload_HandOffSettled:
		return handOffSettled(k.HandOffSettled)
	case *eventv1.Payload_HandOffDecided:
		text := "Decided where it stays"
		if k.HandOffDecided.GetLate() {
			text += ", after the time for that"
		}
		return text + ": with " + owner(k.HandOffDecided.GetDepartment(), k.HandOffDecided.GetAssignee()) + "."
	}
	return ""
}

// receiver is whom a complaint is offered to.
func receiver(h *eventv1.HandOffProposed) string {
	if h.GetToAgent() != "" {
		return owner(h.GetToDepartment(), h.GetToAgent())
	}
	return h.GetToDepartment()
}

func handOffSettled(h *eventv1.HandOffSettled) string {
	text := "Hand-off " + words(h.GetState())
	switch {
	case h.GetState() == routingv1.HandOff_EXPIRED.String():
		text += ": nobody accepted or returned it in time; it is back with the giver"
	case h.GetSettler() != "":
		text += " by " + h.GetSettler()
	}
	if h.GetReturnedCount() > 0 {
		text += fmt.Sprintf(", %d item(s)", h.GetReturnedCount())
	}
	if h.GetDecider() != "" {
		text += fmt.Sprintf(". It came back for the %s time: %s decides where it stays", ordinal(h.GetReturnCount()), h.GetDecider())
		if h.GetDecideDueTime() != nil {
			text += fmt.Sprintf(", by %s; until then the giver owes", clock(h.GetDecideDueTime()))
		}
	}
	return text + "."
}

// ordinal writes which time it is: "2nd".
func ordinal(n int32) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}
