package gateway

import (
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/type/money"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// recordSummary tells what intake put on record beside the complaint itself; empty for other events.
func recordSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_SignalsRaised:
		return signals(k.SignalsRaised)
	case *eventv1.Payload_SeverityChanged:
		return severity(k.SeverityChanged)
	case *eventv1.Payload_DemandMade:
		return demand(k.DemandMade)
	case *eventv1.Payload_ItemChanged:
		return fmt.Sprintf("A request within the complaint: %s; %d open.", words(k.ItemChanged.GetState()), k.ItemChanged.GetOpenCount())
	case *eventv1.Payload_UnderstandingChanged:
		text := "Recorded: " + words(strings.Join(k.UnderstandingChanged.GetFields(), ", ")) + "."
		if k.UnderstandingChanged.GetRestatementSettled() {
			text += " The restatement is settled."
		}
		return text
	case *eventv1.Payload_RecordChanged:
		text := "On record: " + words(k.RecordChanged.GetKind())
		if state := k.RecordChanged.GetState(); state != "" {
			text += ", " + words(state)
		}
		return text + "."
	case *eventv1.Payload_MessageReclassified:
		if k.MessageReclassified.GetPrevious() == k.MessageReclassified.GetKind() {
			return fmt.Sprintf("A person confirms what the message is: %s.", words(k.MessageReclassified.GetKind().String()))
		}
		return fmt.Sprintf("Message corrected from %s to %s.",
			words(k.MessageReclassified.GetPrevious().String()), words(k.MessageReclassified.GetKind().String()))
	case *eventv1.Payload_ComplaintImported:
		return fmt.Sprintf("Complaint %s imported as history: %s, closed on %s.", k.ComplaintImported.GetReference(),
			words(k.ComplaintImported.GetOutcome()), clock(k.ComplaintImported.GetCloseTime()))
	case *eventv1.Payload_AuthorityAnswerHeld:
		return fmt.Sprintf("The authority that forwarded it is said to have been answered on %s; dated back so far, that waits for a supervisor.",
			clock(k.AuthorityAnswerHeld.GetAnswerTime()))
	case *eventv1.Payload_AuthorityAnswerRejected:
		return fmt.Sprintf("What %s said of an answer on %s to the authority is rejected; it never counts.",
			k.AuthorityAnswerRejected.GetAgent(), clock(k.AuthorityAnswerRejected.GetAnswerTime()))
	case *eventv1.Payload_AuthorityAnswered:
		if k.AuthorityAnswered.GetConfirmed() {
			return fmt.Sprintf("Confirmed: the authority that forwarded it was answered on %s.", clock(k.AuthorityAnswered.GetAnswerTime()))
		}
		return fmt.Sprintf("The authority that forwarded it was answered on %s.", clock(k.AuthorityAnswered.GetAnswerTime()))
	case *eventv1.Payload_EvidencePackMade:
		return fmt.Sprintf("The file of the complaint was made and handed to %s: SHA-256 %x, signed with key %s.",
			k.EvidencePackMade.GetReader(), k.EvidencePackMade.GetSha256(), k.EvidencePackMade.GetKeyId())
	case *eventv1.Payload_ComplaintMerged:
		return fmt.Sprintf("Merged into %s, in which it goes on.", k.ComplaintMerged.GetReference())
	case *eventv1.Payload_ComplaintAbsorbed:
		return fmt.Sprintf("Goes on for %s too; %d request(s) within the complaint open now.",
			k.ComplaintAbsorbed.GetReference(), k.ComplaintAbsorbed.GetOpenItemCount())
	case *eventv1.Payload_TargetNamed:
		return "The complaint is about " + strings.Join(k.TargetNamed.GetTargetAgents(), ", ") + ", who judge it no more."
	case *eventv1.Payload_ComplaintLinked:
		return linked(k.ComplaintLinked)
	}
	return ""
}

func linked(l *eventv1.ComplaintLinked) string {
	by := "by a person"
	if l.GetAutomatic() {
		by = "by the policy"
	}
	return fmt.Sprintf("Linked to %s as %s %s.", l.GetComplaint(), words(l.GetRelation()), by)
}

// signals lists what was seen, without the words that are the evidence.
func signals(raised *eventv1.SignalsRaised) string {
	var seen []string
	for _, signal := range raised.GetSignals() {
		text := words(signal.GetKind().String())
		if signal.GetTarget() != policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED {
			text += " (" + words(signal.GetTarget().String()) + ")"
		}
		seen = append(seen, text)
	}
	return "Signals: " + strings.Join(seen, ", ") + "."
}

func severity(changed *eventv1.SeverityChanged) string {
	by := "by its signals"
	if changed.GetByPerson() {
		by = "by a person"
	}
	return fmt.Sprintf("Severity %s, was %s: set %s.", words(changed.GetSeverity().String()), words(changed.GetPrevious().String()), by)
}

func demand(made *eventv1.DemandMade) string {
	text := "The customer wants something"
	if made.GetTotal() != nil {
		text = "Demanded now: " + amounts(made.GetTotal(), made.GetFurtherTotals()) + " in all"
	}
	if made.GetRising() {
		text += ", more than before (" + amounts(made.GetPreviousTotal(), made.GetPreviousFurtherTotals()) + ")"
	}
	return text + "."
}

// amounts are totals of several currencies.
func amounts(first *money.Money, further []*money.Money) string {
	text := amount(first)
	for _, one := range further {
		text += " and " + amount(one)
	}
	return text
}

// messageKind is what kind of message it is, behind a colon; empty for one that has none.
func messageKind(kind policyv1.MessageKind) string {
	if kind == policyv1.MessageKind_MESSAGE_KIND_UNSPECIFIED {
		return ""
	}
	return ": " + words(kind.String())
}
