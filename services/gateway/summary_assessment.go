package gateway

import (
	"fmt"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// assessmentSummary tells what the firm found out and made of it; empty for other events.
func assessmentSummary(p *eventv1.Payload) string {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_InvestigationRecorded:
		text := fmt.Sprintf("Investigated, with %d piece(s) of evidence", k.InvestigationRecorded.GetEvidenceCount())
		if k.InvestigationRecorded.GetOwnProcessChecked() {
			text += "; our own process was looked at"
		}
		return text + "."
	case *eventv1.Payload_ComplaintAssessed:
		return assessed(k.ComplaintAssessed)
	case *eventv1.Payload_ResponsibilityRuled:
		text := fmt.Sprintf("Ruled: %s, %s", words(k.ResponsibilityRuled.GetResponsibility().String()), words(k.ResponsibilityRuled.GetReason().String()))
		if concerned := k.ResponsibilityRuled.GetConcerned(); len(concerned) > 0 {
			text += "; it concerns " + strings.Join(concerned, ", ")
		}
		return text + "."
	case *eventv1.Payload_RulingAppealed:
		return "The ruling was appealed."
	case *eventv1.Payload_AppealDecided:
		how := "upheld"
		if k.AppealDecided.GetOverturned() {
			how = "overturned"
		}
		return fmt.Sprintf("The appeal was decided: the ruling is %s, %s.", how, words(k.AppealDecided.GetResponsibility().String()))
	}
	return ""
}

func assessed(a *eventv1.ComplaintAssessed) string {
	text := fmt.Sprintf("Assessed: %s, %s", words(a.GetEstablished().String()), words(a.GetScenario().String()))
	var causes []string
	for _, cause := range a.GetCauses() {
		causes = append(causes, words(cause.String()))
	}
	if len(causes) > 0 {
		text += "; because of " + strings.Join(causes, ", ")
	}
	return text + "."
}
