package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// ladderSummary tells what people do about escalations (ROUTE-4).
func ladderSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_EscalationAsked:
		return fmt.Sprintf("Brought before level %d, %s: %s.", k.EscalationAsked.GetLevel(), hearer(k.EscalationAsked.GetRecipient()),
			words(k.EscalationAsked.GetReason())) + passed(k.EscalationAsked.GetPassed())
	case *eventv1.Payload_EscalationAcknowledged:
		text := fmt.Sprintf("Escalation acknowledged at level %d: %s.", k.EscalationAcknowledged.GetLevel(), words(k.EscalationAcknowledged.GetReason()))
		if k.EscalationAcknowledged.GetLate() {
			text += " Too late: the next level is told all the same."
		}
		return text
	case *eventv1.Payload_EscalationResolved:
		return fmt.Sprintf("Escalation resolved, %s: %s.", words(k.EscalationResolved.GetReason()), words(k.EscalationResolved.GetResolution()))
	}
	return "An event that this version of the gateway does not know."
}

// passed tells who would have heard of an escalation before, and why they did not.
func passed(over []*eventv1.PassedOver) string {
	var text strings.Builder
	for _, p := range over {
		if p.GetAgent() == "" {
			fmt.Fprintf(&text, " Nobody stands at level %d.", p.GetLevel())
			continue
		}
		fmt.Fprintf(&text, " %s is %s.", p.GetAgent(), map[string]string{
			"LEFT": "there no more", "ABSENT": "absent", "OFF_SHIFT": "off shift", "RECUSED": "recused", "IN_CHARGE": "in charge",
		}[p.GetCause()])
	}
	return text.String()
}

// hearer is who was told of an escalation.
func hearer(recipient string) string {
	if recipient == "" {
		return "where nobody may hear of it"
	}
	return recipient
}
