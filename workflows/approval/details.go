package approval

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

const (
	// mostPast bounds what the details tell of steps that are over; the last level may be asked for weeks.
	mostPast = 10
	// mostRefusals bounds what they tell of calls that were refused.
	mostRefusals = 5
)

// details tells an operator in Markdown what waits, on whom, until when and for how much, and what happened before.
func (a *approval) details() string {
	urgent := ""
	if a.input.GetUrgent() {
		urgent = " · urgent"
	}
	lines := []string{
		fmt.Sprintf("**%s** · %s%s · %s · proposed by %s", a.stands(), price(a.input), urgent, a.input.GetComplaint(), a.input.GetProposer()),
		"",
	}
	if a.pending() {
		lines = append(lines, fmt.Sprintf("Waits for: %s · level %d · until %s · reminded: %s", a.approver(), a.state.GetLevel(),
			stamp(a.state.GetDueTime().AsTime()), yes(a.state.GetReminded())), "")
	}
	lines = append(lines, "| Step | Level | Who | Due | What became of it |", "| --- | --- | --- | --- | --- |")
	if past := a.state.GetPast(); len(past) > 0 && past[0].GetStep() > 1 {
		lines = append(lines, "| … | | | | |")
	}
	for _, turn := range a.state.GetPast() {
		outcome := "not decided in time"
		if turn.GetApproved() {
			outcome = "approved; the level above has to as well"
		}
		lines = append(lines, line(turn, who(turn.GetApprover()), outcome))
	}
	now := &workflowv1.ApprovalTurn{Step: a.state.GetStep(), Level: a.state.GetLevel(), DueTime: a.state.GetDueTime()}
	lines = append(lines, line(now, a.approver(), a.stands()))
	if len(a.refusals) > 0 {
		lines = append(lines, "", "Needs a look:", "")
	}
	for _, refusal := range a.refusals {
		lines = append(lines, "- "+refusal)
	}
	return strings.Join(lines, "\n")
}

func line(turn *workflowv1.ApprovalTurn, who, outcome string) string {
	return fmt.Sprintf("| %d | %d | %s | %s | %s |", turn.GetStep(), turn.GetLevel(), who, stamp(turn.GetDueTime().AsTime()), outcome)
}

// stands is what has become of it.
func (a *approval) stands() string {
	if a.pending() {
		return "waits for a decision"
	}
	return strings.ToLower(a.state.GetEnd())
}

// approver is who is to decide now.
func (a *approval) approver() string {
	if a.state.GetApprover() == "" && a.asked != a.state.GetStep() {
		return "not named yet"
	}
	return who(a.state.GetApprover())
}

func who(approver string) string {
	if approver == "" {
		return "nobody"
	}
	return approver
}

// note keeps something for operators to look at.
func (a *approval) note(ctx workflow.Context, text string) {
	workflow.GetLogger(ctx).Warn(text)
	a.refusals = append(a.refusals, stamp(workflow.Now(ctx))+": "+text)
	a.refusals = a.refusals[max(0, len(a.refusals)-mostRefusals):]
	workflow.SetCurrentDetails(ctx, a.details())
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
