package followup

import (
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// RefusalTypes are the types of remedy's events that tell followup of a conversation: the one in which the contact was ended.
func RefusalTypes() []string { return []string{"refusal_step_recorded"} }

// parted puts the conversation in which the contact was ended on record as an attempt that reached the customer, at the time when remedy
// recorded it (CALL-1). So the callback is met by it as by any other, and nothing else of it is let go (CALL-2, REF-1): a contact that was
// ended without a conversation meets nothing. What is owed no more needs no attempt.
func (s *Service) parted(e *eventv1.Event, step *eventv1.RefusalStepRecorded) (func(ledger), error) {
	if !twoWay(step.GetWay()) {
		return nil, nil
	}
	return func(l ledger) {
		d := l.Duty(DutyID(e.GetCycle(), policyv1.DutyKind_CALLBACK))
		if d == nil || d.State == followupv1.Duty_RELEASED {
			return
		}
		at := micros(e.GetRecordTime())
		l.attempt(Attempt{
			Complaint: l.Complaint.ID, Cycle: e.GetCycle(), ID: s.deps.IDs.ID(), Outcome: followupv1.Attempt_REACHED, Way: step.GetWay(),
			Agent: e.GetActor(), AttemptTime: at, RecordTime: at,
		})
	}, valid("event.record_time", e.GetRecordTime())
}
