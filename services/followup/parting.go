package followup

import (
	"slices"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// RefusalTypes are the types of remedy's events on refusals that followup goes by: the conversation in which the contact was ended, and the
// alternative that a customer has accepted.
func RefusalTypes() []string { return []string{"refusal_step_recorded", "refusal_ended"} }

// parted puts the conversation in which the contact was ended on record as an attempt that reached the customer, at the time when remedy
// recorded it (CALL-1). So the callback is met by it as by any other, and nothing else of it is let go (CALL-2, REF-1): a contact that was
// ended without a conversation meets nothing. What is owed no more needs no attempt. Nobody asks the customer afterwards whether it held (FUP-1).
func (s *Service) parted(e *eventv1.Event, step *eventv1.RefusalStepRecorded) (func(ledger), error) {
	if !endsContact(step) {
		return nil, nil
	}
	return func(l ledger) {
		s.leaveAlone(l, e.GetCycle(), micros(e.GetRecordTime()))
		if !twoWay(step.GetWay()) {
			return
		}
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

// endsContact tells whether a step is the one that ends the contact.
func endsContact(step *eventv1.RefusalStepRecorded) bool { return step.GetStep() == "END_CONTACT" }

// leaveAlone has nobody ask a customer afterwards with whom the contact was ended in a cycle. What is planned is stopped; otherwise a contact that
// is stopped already stands in the place of the series.
func (s *Service) leaveAlone(l ledger, cycle int32, at time.Time) {
	if slices.ContainsFunc(l.Touches, func(t *Touch) bool { return t.Cycle == cycle }) {
		l.stopSeries(cycle, eventv1.SeriesEnded_CONTACT_ENDED, at)
		return
	}
	l.planStopped(cycle, stoppedCut, at)
}

// letBe has nobody ask a customer after a cycle who has said so after an earlier one. The series is over before it has begun, as if the wish had
// been said now.
func (s *Service) letBe(l ledger, cycle int32, at time.Time) {
	l.planStopped(cycle, stoppedByWish, at)
	l.seriesEnded(cycle, eventv1.SeriesEnded_CUSTOMER_WISH, false)
}

// planStopped puts one contact that is stopped already on record in the place of a cycle's series: it says why nobody asks, and none is planned.
func (l ledger) planStopped(cycle int32, reason string, at time.Time) {
	t := &Touch{
		Complaint: l.Complaint.ID, Cycle: cycle, Number: 1, Customer: l.Complaint.Customer, State: followupv1.FollowUp_STOPPED,
		StopReason: reason, PlanTime: at, BeginTime: at, DueTime: at,
	}
	l.Touches, l.Changes.Planned = append(l.Touches, t), append(l.Changes.Planned, t)
}
