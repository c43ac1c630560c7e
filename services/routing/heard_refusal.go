package routing

import (
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// refusalTypes are the types of remedy's events on refusals that routing hears.
func refusalTypes() []string { return []string{"refusal_ended", "refusal_repeated"} }

// heardOfRefusal is what becomes of a fact about a refusal (REF-1): that contact was ended is brought before the ladder, and the supervisor is
// told who comes again as long as that is watched for. Nil for any other fact.
func heardOfRefusal(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_RefusalEnded:
		if k.RefusalEnded.GetWatchTime() == nil {
			return nil // Accepted, given up, or over with its cycle.
		}
		_, number := refusalParts(k.RefusalEnded.GetRefusal())
		return &heard{raises: routingv1.Escalation_CONTACT_ENDED, about: number}
	case *eventv1.Payload_RefusalRepeated:
		complaint, number := refusalParts(k.RefusalRepeated.GetRefusal())
		return &heard{notice: routingv1.Notice_REPEAT, word: "again", about: complaint + "-" + number, recipient: supervisor}
	default:
		return nil
	}
}

// supervisor is who stands on the first level of the ladder for the complaint, or in that person's place.
func supervisor(s *Service, d *Directory, c Complaint) string { return s.rung(d, c, lowest).agent }

// refusalParts are the ids in "complaints/{complaint}/refusals/{refusal}", as they stand in the ids of what is about it.
func refusalParts(name string) (complaint, number string) {
	parent, number, _ := strings.Cut(name, "/refusals/")
	return complaintID(parent), number
}
