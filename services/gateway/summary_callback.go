package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// callbackSummary tells what becomes of a call that does not come about; empty for other events.
func callbackSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_NoticeDecided:
		text := fmt.Sprintf("The customer could not be reached by %s, and is written to in place of the call.",
			several(int64(k.NoticeDecided.GetAttempts()), "attempt"))
		if k.NoticeDecided.GetWrongNumber() {
			text = fmt.Sprintf("Only numbers are known that are somebody else's (attempts: %d); the customer is written to in place of the call.",
				k.NoticeDecided.GetAttempts())
		}
		if k.NoticeDecided.GetAutomatic() {
			text += " The policy decided it."
		}
		return text
	case *eventv1.Payload_AttemptJudged:
		if k.AttemptJudged.GetConfirmed() {
			return fmt.Sprintf("An attempt of %s that was dated back is confirmed, by %s; it counts by its own time.",
				k.AttemptJudged.GetAgent(), k.AttemptJudged.GetEvidence())
		}
		return fmt.Sprintf("An attempt of %s that was dated back is rejected; it never counts.", k.AttemptJudged.GetAgent())
	case *eventv1.Payload_WayFound:
		return "Another way to reach the customer is on record: " + words(strings.ReplaceAll(strings.Join(k.WayFound.GetFields(), ", "), "complainant.", "")) + "."
	case *eventv1.Payload_WayUnusable:
		return fmt.Sprintf("The customer is not to be found by %s: it is somebody else's. Another way has to be found.", words(k.WayUnusable.GetWay().String()))
	case *eventv1.Payload_CallbackPrepared:
		return "The sheet for the call was read, with the way to reach the customer."
	}
	return ""
}

// attempted tells of an attempt to reach the customer.
func attempted(a *eventv1.AttemptRecorded) string {
	text := fmt.Sprintf("Contact attempt by %s: %s.", words(a.GetWay().String()), words(a.GetOutcome()))
	if a.GetAgreedTime() != nil {
		text += fmt.Sprintf(" The customer asked for %s.", clock(a.GetAgreedTime()))
	}
	if a.GetFlagged() {
		text += " Flagged: dated back too far, it counts only when a supervisor confirms it."
	}
	return text
}

// metByNotice tells that a notice stood in for a call, and whether that was late.
func metByNotice(name string, s *eventv1.DutySettled) string {
	if s.GetFactTime().AsTime().After(s.GetDueTime().AsTime()) {
		return fmt.Sprintf("Met by written notice: %s, after it was broken at %s.", name, clock(s.GetDueTime()))
	}
	return fmt.Sprintf("Met by written notice: %s.", name)
}
