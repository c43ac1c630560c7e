package intake

import (
	"context"
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// contactEnded is what remedy calls a refusal that went to its last step, of which somebody has confirmed that it was made by the rules and
// without an attitude issue.
const contactEnded = "CONTACT_ENDED"

// RefusalTypes are the types of remedy's events about refusals that intake hears.
func RefusalTypes() []string { return []string{"refusal_ended"} }

// EndedRefusal is how somebody ended a refusal, as remedy told it (REF-1).
type EndedRefusal struct {
	// Name is "complaints/{complaint}/refusals/{refusal}", State how it ended by remedy's name of it, Actor who ended it.
	Name  string    `json:"name"`
	State string    `json:"state"`
	Actor string    `json:"actor,omitempty"`
	Cycle int32     `json:"cycle"`
	Time  time.Time `json:"time"`
}

// applyRefusal notes how a refusal ended, for whoever rules about it (ASSESS-4), also when the complaint has ended meanwhile. What ended with
// its cycle alone says nothing of how it was made.
func (s *Service) applyRefusal(ctx context.Context, event *eventv1.Event, told *eventv1.RefusalEnded) (first bool, err error) {
	if !slices.Contains([]string{contactEnded, "ACCEPTED", "ABANDONED"}, told.GetState()) {
		return s.store.Apply(ctx, event, "", nil)
	}
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	first, err = s.store.Apply(ctx, event, id, func(record *Record) (Effects, error) {
		return s.decide(record, nil, event.GetActor(), func(e *edit) error {
			if e.key == nil || e.Cycle != event.GetCycle() {
				return nil
			}
			e.details.Refusal = &EndedRefusal{
				Name: told.GetRefusal(), State: told.GetState(), Actor: event.GetActor(), Cycle: event.GetCycle(),
				Time: event.GetRecordTime().AsTime(),
			}
			e.touch(e.now)
			return nil
		})
	})
	return first, fault(err)
}

// onRecord is what a ruling in a cycle could go by; nil when nobody has ended a refusal in it.
func (r *EndedRefusal) onRecord(cycle int32) *intakev1.RefusalOnRecord {
	if r == nil || r.Cycle != cycle {
		return nil
	}
	out := &intakev1.RefusalOnRecord{Refusal: r.Name, State: r.State, Actor: r.Actor, EndTime: stamp(r.Time)}
	if r.State == contactEnded {
		out.Suggested = &intakev1.RefusalCheck{ByTheRules: true, WithoutAttitudeIssue: true}
	}
	return out
}
