package followup

import (
	"fmt"
	"path"
	"strings"

	"go.temporal.io/sdk/workflow"
)

// mostRefusals bounds what the details tell of calls that were refused.
const mostRefusals = 5

// details tells an operator in Markdown what has been asked, what waits and until when.
func (s *series) details() string {
	stands := "asks whether it held"
	if s.ended() {
		stands = "ended"
	}
	lines := []string{
		fmt.Sprintf("**%s** · %s, cycle %d · resolved %s", stands, s.input.GetComplaint(), s.input.GetCycle(), stamp(s.input.GetStartTime().AsTime())),
		"", "| Contact | State | By | Due | Next | Escalation |", "| --- | --- | --- | --- | --- | --- |",
	}
	for _, t := range s.touches {
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", path.Base(t.GetName()), t.stands(), by(t.GetMode()),
			stamp(t.GetDueTime().AsTime()), t.waits(), t.escalation()))
	}
	if len(s.refusals) > 0 {
		lines = append(lines, "", "Needs a look:", "")
	}
	for _, refusal := range s.refusals {
		lines = append(lines, "- "+refusal)
	}
	return strings.Join(lines, "\n")
}

// what names the contact to people.
func (t *touch) what() string { return "follow-up " + path.Base(t.GetName()) }

func (t *touch) stands() string {
	state := strings.ToLower(t.GetState())
	if t.GetBroken() {
		state = "**missed, still owed**"
	}
	return state
}

func (t *touch) waits() string {
	if t.GetEnded() || t.GetNextTime() == nil {
		return "—"
	}
	return stamp(t.GetNextTime().AsTime())
}

func (t *touch) escalation() string {
	if t.GetNoticeCount() == 0 {
		return "none"
	}
	text := fmt.Sprintf("notice %d", t.GetNoticeCount())
	if t.GetRecipient() != "" {
		text += " to " + t.GetRecipient()
	}
	if t.GetClimbTime() != nil {
		text += ", climbs " + stamp(t.GetClimbTime().AsTime())
	}
	return text
}

func by(mode string) string {
	if mode == "" {
		return "not begun"
	}
	return strings.ToLower(mode)
}

// note keeps something for operators to look at.
func (s *series) note(ctx workflow.Context, text string) {
	workflow.GetLogger(ctx).Warn(text)
	s.refusals = append(s.refusals, stamp(workflow.Now(ctx))+": "+text)
	s.refusals = s.refusals[max(0, len(s.refusals)-mostRefusals):]
	workflow.SetCurrentDetails(ctx, s.details())
}
