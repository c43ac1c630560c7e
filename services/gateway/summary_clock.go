package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// clockSummary tells of pauses, extensions and final responses; empty for other events.
func clockSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_DutyPaused:
		return fmt.Sprintf("Clock stopped: %s; the customer is waited for (%s), until %s at the latest.", duty(k.DutyPaused.GetKind()),
			words(k.DutyPaused.GetReason()), clock(k.DutyPaused.GetLimitTime()))
	case *eventv1.Payload_DutyResumed:
		return fmt.Sprintf("Clock goes on: %s, since %s (%s).", duty(k.DutyResumed.GetKind()), clock(k.DutyResumed.GetEndTime()),
			words(k.DutyResumed.GetEnd()))
	case *eventv1.Payload_ExtensionRequested:
		return fmt.Sprintf("More time is asked for: %s, by %s. Somebody else decides.", duty(k.ExtensionRequested.GetKind()),
			clock(k.ExtensionRequested.GetDueTime()))
	case *eventv1.Payload_ExtensionReminded:
		return extensionReminded(k.ExtensionReminded)
	case *eventv1.Payload_ExtensionDecided:
		if !k.ExtensionDecided.GetGranted() {
			return fmt.Sprintf("No more time: %s is due by %s as before.", duty(k.ExtensionDecided.GetKind()), clock(k.ExtensionDecided.GetDueTime()))
		}
		return fmt.Sprintf("More time (extension %d): %s by %s. The customer is told.", k.ExtensionDecided.GetNumber(),
			duty(k.ExtensionDecided.GetKind()), clock(k.ExtensionDecided.GetDueTime()))
	case *eventv1.Payload_FinalResponseCarried:
		return "By law the final response of a complaint that went on in this one is owed here, by " + clock(k.FinalResponseCarried.GetDueTime()) + "."
	case *eventv1.Payload_FinalResponseGiven:
		var has []string
		for _, content := range k.FinalResponseGiven.GetContents() {
			has = append(has, words(content.String()))
		}
		return "Final response given, with " + strings.Join(has, ", ") + "."
	}
	return ""
}

// extensionReminded tells who is to decide on more time, and by when.
func extensionReminded(r *eventv1.ExtensionReminded) string {
	text := fmt.Sprintf("More time for %s is not decided yet: level %d of those who approve is told", duty(r.GetKind()), r.GetLevel())
	if r.GetAgain() {
		text += " again"
	}
	return text + ", and has until " + clock(r.GetDecideTime()) + "."
}
