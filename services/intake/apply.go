package intake

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// Apply takes note of a fact of another service: who is in charge of a
// complaint, what the directory has become, what became of an offer, what is
// promised, what was heard after a resolution, and how a refusal ended. All other facts are noted as seen and have no effect here. First is
// false for a fact that was applied before.
func (s *Service) Apply(ctx context.Context, event *eventv1.Event, payload *eventv1.Payload) (first bool, err error) {
	if told := payload.GetDirectoryChanged(); told != nil {
		return s.applyDirectory(ctx, event, told)
	}
	if told := payload.GetRefusalEnded(); told != nil {
		return s.applyRefusal(ctx, event, told)
	}
	if noted := owedBy(payload); noted != nil {
		return s.applyOwed(ctx, event, payload, noted)
	}
	if rule := s.afterResolution(payload); rule != nil {
		return s.applySeries(ctx, event, rule)
	}
	if s.heardOf(payload, false) != nil {
		return s.applyHeard(ctx, event, payload)
	}
	assigned := payload.GetComplaintAssigned()
	if assigned == nil {
		return s.store.Apply(ctx, event, "", nil)
	}
	id, err := complaintID("event.subject", event.GetSubject())
	if err != nil {
		return false, err
	}
	first, err = s.store.Apply(ctx, event, id, func(record *Record) (Effects, error) {
		return s.decide(record, nil, event.GetActor(), func(e *edit) error {
			if !e.Assign(assigned.GetDepartment(), assigned.GetAssignee(), e.now) {
				return nil
			}
			e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintActivated{ComplaintActivated: &eventv1.ComplaintActivated{
				Department: assigned.GetDepartment(), Assignee: assigned.GetAssignee(),
			}}})
			return nil
		})
	})
	return first, fault(err)
}
