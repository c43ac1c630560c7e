package complaint

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// mostRefusals bounds what the details tell of calls that were refused.
const mostRefusals = 5

// details tells an operator in Markdown where the complaint stands now, who has it, what is owed, and what went wrong.
func (c *cycle) details(now time.Time) string {
	lines := []string{
		fmt.Sprintf("**%s** · %s · %s · cycle %d · received %s", c.stage(), c.input.GetReference(),
			strings.ToLower(c.input.GetSeverity().String()), c.input.GetCycle(), stamp(c.input.GetReceiveTime().AsTime())),
		"",
		fmt.Sprintf("Owner: %s · acknowledged: %s · escalation level: %d", c.owner(), yes(c.state.GetAcknowledged()),
			c.state.GetEscalationLevel()),
	}
	if waits := c.attributes().waitsFor; len(waits) > 0 {
		lines = append(lines, "", "Waits for the answer of: "+strings.Join(waits, ", "))
	}
	if len(c.duties) > 0 {
		lines = append(lines, "", "| Duty | Due | Stands | Warnings | Escalation | Clock |", "| --- | --- | --- | --- | --- | --- |")
	}
	for _, d := range c.duties {
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %d of %d | %s | %s |", d.what(), stamp(d.GetDueTime().AsTime()),
			c.stands(d), d.GetWarningsGiven(), len(d.GetWarnTimes()), d.escalation(), d.clock(now)))
	}
	lines = append(lines, c.reasons()...)
	if signals := c.state.GetEscalatedSignals(); len(signals) > 0 {
		names := make([]string, len(signals))
		for i, kind := range signals {
			names[i] = signalName(kind)
		}
		lines = append(lines, "", "The ladder was told of: "+strings.Join(names, ", "))
	}
	for _, e := range c.state.GetEscalations() {
		if c.over() { // The end has resolved it, and nothing climbs here any more.
			break
		}
		lines = append(lines, "", fmt.Sprintf("Before the ladder: %s, notice %d%s, climbs %s", word(e.GetReason()), e.GetNoticeCount(),
			to(e.GetRecipient()), stamp(e.GetClimbTime().AsTime())))
	}
	if len(c.refusals) > 0 {
		lines = append(lines, "", "Needs a look:", "")
	}
	for _, refusal := range c.refusals {
		lines = append(lines, "- "+refusal)
	}
	return strings.Join(lines, "\n")
}

func (c *cycle) owner() string {
	switch {
	case !c.state.GetAssigned():
		return "nobody yet"
	case c.state.GetAssignee() == "":
		return "the queue of " + c.state.GetDepartment()
	default:
		return c.state.GetAssignee() + ", " + c.state.GetDepartment()
	}
}

func (c *cycle) stands(d *duty) string {
	switch {
	case d.owed() && c.over() && !outlives(d.DutyState):
		return "ended with the cycle"
	case d.owed() && !d.broken() && d.GetToDepartment()+d.GetToAgent() != "":
		return "owed by " + strings.Trim(d.GetToDepartment()+", "+d.GetToAgent(), ", ")
	case d.broken() && d.GetNotice():
		return "**missed, still owed**, a written notice is being sent"
	case d.broken():
		return "**missed, still owed**"
	case d.owed() && d.GetNotice():
		return "owed, a written notice is being sent"
	case d.owed():
		return "owed"
	case d.GetVerdict() == policyv1.Verdict_VERDICT_UNSPECIFIED:
		return "released"
	case d.GetVerdict() == policyv1.Verdict_MISSED:
		return "missed, released"
	default:
		return strings.ReplaceAll(strings.ToLower(d.GetVerdict().String()), "_", " ")
	}
}

// clock says how the duty's time is counted, and what moved it: "business days of office, paused until 2026-01-05 09:00 UTC, 2 pauses".
func (d *duty) clock(now time.Time) string {
	var parts []string
	if measure := d.GetMeasure(); measure != policyv1.Clock_MEASURE_UNSPECIFIED {
		parts = append(parts, word(measure.String()))
		if d.GetCalendar() != "" {
			parts[0] += " of " + d.GetCalendar()
		}
	}
	if used := d.used(); used != "" {
		parts = append(parts, used)
	}
	if until := d.GetPausedUntil(); until != nil && d.owed() && until.AsTime().After(now) { // At its limit it goes on by itself, and nobody tells.
		parts = append(parts, "paused until "+stamp(until.AsTime())+" at the latest")
	}
	if n := d.GetPauses(); n > 0 {
		parts = append(parts, "paused "+often(n))
	}
	if n := d.GetExtensions(); n > 0 {
		parts = append(parts, "extended "+often(n))
	}
	if d.GetCorrected() {
		parts = append(parts, "verdict corrected")
	}
	return strings.Join(parts, ", ")
}

// often says how many times something was done.
func often(n int32) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (d *duty) escalation() string {
	switch {
	case d.GetNoticeCount() == 0:
		return "none"
	case d.broken() && d.GetClimbTime() != nil:
		return fmt.Sprintf("notice %d%s, climbs %s", d.GetNoticeCount(), to(d.GetRecipient()), stamp(d.GetClimbTime().AsTime()))
	default:
		return fmt.Sprintf("notice %d%s", d.GetNoticeCount(), to(d.GetRecipient()))
	}
}

// to says who was told; nothing when that is not known.
func to(recipient string) string {
	if recipient == "" {
		return ""
	}
	return " to " + recipient
}

func escalateSummary(d *duty, number int32) string {
	return fmt.Sprintf("Escalate: %s missed, notice %d", d.what(), number)
}

// note keeps something for operators to look at.
func (c *cycle) note(ctx workflow.Context, text string) {
	workflow.GetLogger(ctx).Warn(text)
	c.refusals = append(c.refusals, stamp(workflow.Now(ctx))+": "+text)
	c.refusals = c.refusals[max(0, len(c.refusals)-mostRefusals):]
	c.publish()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
