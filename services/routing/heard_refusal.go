package routing

import (
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// refusalTypes are the types of remedy's events on refusals that routing hears.
func refusalTypes() []string {
	return []string{"refusal_step_recorded", "refusal_ended", "refusal_repeated"}
}

// heardOfRefusal is what becomes of a fact about a refusal (REF-1): that contact was ended is brought before the ladder, and the supervisor is
// told who comes again as long as that is watched for, and who is named as support is told that they are. Nil for any other fact.
func heardOfRefusal(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_RefusalEnded:
		if k.RefusalEnded.GetWatchTime() == nil {
			return nil // Accepted, given up, or over with its cycle.
		}
		_, number := refusalParts(k.RefusalEnded.GetRefusal())
		return &heard{raises: routingv1.Escalation_CONTACT_ENDED, about: number}
	case *eventv1.Payload_RefusalStepRecorded:
		step := k.RefusalStepRecorded
		if step.GetStep() != "SUPPORT" || !strings.HasPrefix(step.GetParty(), "agents/") {
			return nil // The last step's is told by the ladder, and a department is nobody in person.
		}
		_, number := refusalParts(step.GetRefusal())
		return &heard{notice: routingv1.Notice_SUPPORT, word: "supports", about: number, recipient: named(step.GetParty())}
	case *eventv1.Payload_RefusalRepeated:
		complaint, number := refusalParts(k.RefusalRepeated.GetRefusal())
		return &heard{notice: routingv1.Notice_REPEAT, word: "again", about: complaint + "-" + number, recipient: supervisor}
	default:
		return nil
	}
}

// named is told what somebody says of them; nobody else is if they have left.
func named(who string) func(*Service, *Directory, Complaint) string {
	return func(_ *Service, d *Directory, _ Complaint) string {
		if isActive(d.agent(who)) {
			return agentID(who)
		}
		return ""
	}
}

// supervisor is who stands on the first level of the ladder for the complaint, or in that person's place.
func supervisor(s *Service, d *Directory, c Complaint) string { return s.rung(d, c, lowest).agent }

// refusalParts are the ids in "complaints/{complaint}/refusals/{refusal}", as they stand in the ids of what is about it.
func refusalParts(name string) (complaint, number string) {
	parent, number, _ := strings.Cut(name, "/refusals/")
	return complaintID(parent), number
}
