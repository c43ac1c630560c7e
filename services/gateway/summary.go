package gateway

import (
	"cmp"
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// summary says what an event tells, in a sentence without personal data.
func summary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		return fmt.Sprintf("Complaint %s received; call back by %s.", k.ComplaintReceived.GetReference(), clock(k.ComplaintReceived.GetTargets().GetCallback()))
	case *eventv1.Payload_ComplaintUpdated:
		return "Corrected: " + strings.Join(k.ComplaintUpdated.GetFields(), ", ") + "."
	case *eventv1.Payload_ComplaintActivated:
		return "In charge: " + owner(k.ComplaintActivated.GetDepartment(), k.ComplaintActivated.GetAssignee()) + "."
	case *eventv1.Payload_MessageRecorded:
		return "Message by the " + words(k.MessageRecorded.GetAuthor().String()) + messageKind(k.MessageRecorded.GetKind()) + "."
	case *eventv1.Payload_ResolutionRequested:
		return "Resolution asked for: " + words(k.ResolutionRequested.GetOutcome()) + "."
	case *eventv1.Payload_ResolutionRefused:
		return "Resolution refused: " + strings.Join(k.ResolutionRefused.GetObjections(), " ")
	case *eventv1.Payload_ComplaintResolved:
		return "Resolved: " + words(k.ComplaintResolved.GetOutcome()) + "."
	case *eventv1.Payload_ComplaintClosed:
		return "Closed: " + words(k.ComplaintClosed.GetOutcome()) + "."
	case *eventv1.Payload_ComplaintReopened:
		return fmt.Sprintf("Reopened; call back by %s.", clock(k.ComplaintReopened.GetTargets().GetCallback()))
	case *eventv1.Payload_AttachmentAdded:
		return attachmentSummary(k.AttachmentAdded)
	case *eventv1.Payload_AttachmentScanned:
		return scanSummary(k.AttachmentScanned)
	}
	for _, summarize := range []func(*eventv1.Payload) string{
		recordSummary, assessmentSummary, dutySummary, clockSummary, handOffSummary, remedySummary, reviewSummary,
		summarizeSeries,
	} {
		if s := summarize(p); s != "" {
			return s
		}
	}
	return peopleSummary(p)
}

// dutySummary tells followup's events; empty for others.
func dutySummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_DutyOpened:
		return fmt.Sprintf("Owed: %s by %s.", duty(k.DutyOpened.GetKind()), clock(k.DutyOpened.GetDueTime()))
	case *eventv1.Payload_DutyWarned:
		if k.DutyWarned.GetWaiting() {
			return fmt.Sprintf("Warning waits to be told: %s is due by %s.", duty(k.DutyWarned.GetKind()), clock(k.DutyWarned.GetDueTime()))
		}
		return fmt.Sprintf("Warned: %s is due by %s.", duty(k.DutyWarned.GetKind()), clock(k.DutyWarned.GetDueTime()))
	case *eventv1.Payload_DutySettled:
		return settled(k.DutySettled)
	case *eventv1.Payload_DutyRescheduled:
		return rescheduled(k.DutyRescheduled)
	case *eventv1.Payload_DutyReleased:
		return fmt.Sprintf("No longer owed: %s. %s", duty(k.DutyReleased.GetKind()), k.DutyReleased.GetReason())
	case *eventv1.Payload_AttemptRecorded:
		return attempted(k.AttemptRecorded)
	case *eventv1.Payload_MessageSent:
		return fmt.Sprintf("Sent to the customer: %s (%s)%s.", words(k.MessageSent.GetTemplate()), k.MessageSent.GetLanguageCode(),
			to(k.MessageSent.GetAddress()))
	}
	return cmp.Or(messageSummary(p), callbackSummary(p))
}

// peopleSummary tells routing's events.
func peopleSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintAssigned:
		if k.ComplaintAssigned.GetChanged() {
			return "Passed on to " + owner(k.ComplaintAssigned.GetDepartment(), k.ComplaintAssigned.GetAssignee()) + "."
		}
		return "Assigned to " + owner(k.ComplaintAssigned.GetDepartment(), k.ComplaintAssigned.GetAssignee()) + byRule(k.ComplaintAssigned) + "."
	case *eventv1.Payload_EscalationRaised:
		return fmt.Sprintf("Escalated to level %d, %s: %s.", k.EscalationRaised.GetLevel(), hearer(k.EscalationRaised.GetRecipient()),
			words(k.EscalationRaised.GetReason())) + passed(k.EscalationRaised.GetPassed())
	case *eventv1.Payload_WebhookChanged:
		return fmt.Sprintf("Webhooks: %s was %s.", k.WebhookChanged.GetWebhook(), words(k.WebhookChanged.GetChange().String()))
	case *eventv1.Payload_DirectoryChanged:
		return fmt.Sprintf("Directory: %s was %s.", k.DirectoryChanged.GetResource(), words(k.DirectoryChanged.GetChange().String()))
	case *eventv1.Payload_RuleSetActivated:
		return fmt.Sprintf("Complaints are assigned by %s from now on.", k.RuleSetActivated.GetRuleSet())
	}
	if s := noticeSummary(p); s != "" {
		return s
	}
	return ladderSummary(p)
}

// byRule tells the rule that found the department: " by rule transport-damage (rules 3)".
func byRule(a *eventv1.ComplaintAssigned) string {
	if a.GetRule() == "" {
		return ""
	}
	return " by rule " + a.GetRule() + " (rules " + strings.TrimPrefix(a.GetRuleSet(), "ruleSets/") + ")"
}

func attachmentSummary(a *eventv1.AttachmentAdded) string {
	text := fmt.Sprintf("File added: %s, %d bytes.", a.GetMediaType(), a.GetSizeBytes())
	if a.GetQuarantined() {
		text += " Malware was found in it; it is not handed out."
	}
	return text
}

func scanSummary(a *eventv1.AttachmentScanned) string {
	if a.GetQuarantined() {
		return "File scanned: malware was found in it; it is not handed out any more."
	}
	return "File scanned: nothing was found in it."
}

func rescheduled(r *eventv1.DutyRescheduled) string {
	if r.GetDueTime().AsTime().Equal(r.GetPreviousDueTime().AsTime()) {
		return fmt.Sprintf("Warned at other times: %s is due by %s as before. %s", duty(r.GetKind()), clock(r.GetDueTime()), r.GetReason())
	}
	if r.GetWished() {
		return fmt.Sprintf("Due later by the customer's own wish: %s by %s, before by %s.",
			duty(r.GetKind()), clock(r.GetDueTime()), clock(r.GetPreviousDueTime()))
	}
	if r.GetDueTime().AsTime().After(r.GetPreviousDueTime().AsTime()) {
		return fmt.Sprintf("Due later: %s by %s, before by %s. %s",
			duty(r.GetKind()), clock(r.GetDueTime()), clock(r.GetPreviousDueTime()), r.GetReason())
	}
	return fmt.Sprintf("Due earlier: %s by %s, before by %s. %s",
		duty(r.GetKind()), clock(r.GetDueTime()), clock(r.GetPreviousDueTime()), r.GetReason())
}

func settled(s *eventv1.DutySettled) string {
	name := duty(s.GetKind())
	switch {
	case s.GetEarlierFact():
		return fmt.Sprintf("Kept by something earlier than was known: %s, at %s.", name, clock(s.GetFactTime()))
	case s.GetCorrection() && s.GetVerdict() == policyv1.Verdict_VERDICT_UNSPECIFIED, s.GetCorrection() && s.GetVerdict() == policyv1.Verdict_MISSED:
		return fmt.Sprintf("Corrected: %s is owed again, since what kept it came back.", name)
	case s.GetCorrection() && s.GetVerdict() == policyv1.Verdict_MET_LATE:
		return fmt.Sprintf("Corrected: %s was kept late, since it had been due earlier.", name)
	case s.GetCorrection() && s.GetVerdict() == policyv1.Verdict_MET_BY_NOTICE:
		return fmt.Sprintf("Corrected: the written notice came late for %s, since it had been due earlier.", name)
	case s.GetCorrection():
		return fmt.Sprintf("Corrected: %s was kept in time after all.", name)
	case s.GetVerdict() == policyv1.Verdict_MISSED:
		return fmt.Sprintf("Broken: %s was due by %s, and is still owed.", name, clock(s.GetDueTime()))
	case s.GetVerdict() == policyv1.Verdict_MET_LATE:
		return fmt.Sprintf("Kept late: %s.", name)
	case s.GetVerdict() == policyv1.Verdict_MET_BY_NOTICE:
		return metByNotice(name, s)
	default:
		return fmt.Sprintf("Kept: %s.", name)
	}
}

func owner(department, assignee string) string {
	if assignee == "" {
		return "the queue of " + department
	}
	return assignee + " of " + department
}

// words turns a name of the contract into lower-case words.
func words(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", " "))
}

func duty(k policyv1.DutyKind) string { return words(k.String()) }

func clock(t *timestamppb.Timestamp) string {
	if t == nil {
		return "an unknown time"
	}
	return t.AsTime().UTC().Format("2006-01-02 15:04:05 MST")
}
