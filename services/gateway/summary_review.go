package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// reviewSummary tells review's events (REV-2, REV-3); empty for others.
func reviewSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_OutcomeRecorded:
		return outcomeSummary(k.OutcomeRecorded)
	case *eventv1.Payload_ImprovementOpened:
		o := k.ImprovementOpened
		return fmt.Sprintf("To be improved by %s: %s; %s sees to it.", clock(o.GetDueTime()), matter(o), hearer(o.GetOwner()))
	case *eventv1.Payload_ImprovementAssigned:
		return fmt.Sprintf("%s sees to the improvement by %s.", k.ImprovementAssigned.GetOwner(), clock(k.ImprovementAssigned.GetDueTime()))
	case *eventv1.Payload_ImprovementOverdue:
		return fmt.Sprintf("The improvement was due by %s.", clock(k.ImprovementOverdue.GetDueTime()))
	case *eventv1.Payload_ImprovementCompleted:
		return fmt.Sprintf("The improvement was done; whether it helped is looked at on %s.", clock(k.ImprovementCompleted.GetCheckTime()))
	case *eventv1.Payload_ImprovementChecked:
		c := k.ImprovementChecked
		return fmt.Sprintf("The improvement is %s: %d of %d complaints were escalated before, %d of %d after.", words(c.GetState()),
			c.GetBeforeEscalated(), c.GetBefore(), c.GetAfterEscalated(), c.GetAfter())
	case *eventv1.Payload_ImprovementAbandoned:
		return "The improvement is not done."
	case *eventv1.Payload_ReviewDone:
		return reviewDoneSummary(k.ReviewDone)
	}
	return ""
}

// outcomeSummary tells a version of a record.
func outcomeSummary(o *eventv1.OutcomeRecorded) string {
	text := fmt.Sprintf("What the cycle was is on record, version %d: %s", o.GetVersion(), words(o.GetResult()))
	if o.GetSatisfaction() > 0 {
		text += fmt.Sprintf(", satisfaction %d of 5", o.GetSatisfaction())
	}
	if retention := o.GetRetention(); retention == "RETAINED" || retention == "LOST" {
		text += ", customer " + words(retention)
	}
	if o.GetOrigin() != "WRITTEN" {
		text += " (" + words(o.GetOrigin()) + ")"
	}
	return text + "."
}

// matter is what an improvement is about.
func matter(o *eventv1.ImprovementOpened) string {
	if o.GetCategory() != "" {
		return "category " + words(o.GetCategory())
	}
	return strings.TrimSpace(o.GetProduct() + ", fault " + o.GetFaultCode())
}
