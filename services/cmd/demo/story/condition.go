package story

import policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"

// settled holds for a verdict on a duty.
func settled(kind policyv1.DutyKind, verdict policyv1.Verdict) func(happening) bool {
	return func(h happening) bool {
		d := h.payload.GetDutySettled()
		return d.GetKind() == kind && d.GetVerdict() == verdict
	}
}

// warned holds when the person in charge was told of a duty's due time.
func warned(kind policyv1.DutyKind) func(happening) bool {
	return func(h happening) bool { return h.payload.GetNoticeSent().GetKind() == kind }
}

// escalated holds when a level of the ladder was told of the callback.
func escalated(level int32) func(happening) bool {
	return func(h happening) bool {
		e := h.payload.GetEscalationRaised()
		return e.GetKind() == policyv1.DutyKind_CALLBACK && e.GetLevel() == level
	}
}
