package gateway

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

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
		return overdueSummary("The improvement", k.ImprovementOverdue)
	case *eventv1.Payload_ImprovementCompleted:
		return fmt.Sprintf("The improvement was done; whether it helped is looked at on %s.", clock(k.ImprovementCompleted.GetCheckTime()))
	case *eventv1.Payload_ImprovementChecked:
		c := k.ImprovementChecked
		return fmt.Sprintf("The improvement is %s: %d escalated of %s before, %d of %d after.", words(c.GetState()),
			c.GetBeforeEscalated(), several(int64(c.GetBefore()), "complaint"), c.GetAfterEscalated(), c.GetAfter())
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

// overdue is what was not done by its due time.
type overdue interface {
	GetOwner() string
	GetDueTime() *timestamppb.Timestamp
	GetAbove() bool
}

// overdueSummary tells that something was not done in time, and who is to see to that now.
func overdueSummary(what string, o overdue) string {
	text := fmt.Sprintf("%s was due by %s", what, clock(o.GetDueTime()))
	if o.GetAbove() {
		return text + "; it is brought before whoever stands above " + hearer(o.GetOwner()) + "."
	}
	return text + "."
}
