package intake

import (
	"context"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// pastTarget begins the id of the signal of a duty that is long past.
const pastTarget = "past-"

// RaiseRisk puts on record that a duty was missed so long ago that the policy calls
// it a risk (RISK-3), once per duty. The duty is the evidence. The ladder is not told
// of one that was that long past already when the complaint was put on record, which
// came from another system: it hears of the broken duty in the same moment, and that is
// one fact (ROUTE-4). Nothing happens when
// the cycle has ended, for then nobody needs to hurry, or when the customer's key was
// destroyed. Errors: INVALID_FIELD when the duty is not the complaint's,
// COMPLAINT_NOT_FOUND.
func (s *Service) RaiseRisk(ctx context.Context, req *intakev1.RaiseRiskRequest) (*intakev1.RaiseRiskResponse, error) {
	complaint, err := complaintID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	duty, ok := strings.CutPrefix(req.GetDuty(), req.GetName()+"/duties/")
	if !ok {
		return nil, invalid("duty", "must be a duty of the complaint")
	}
	// The name tells the duty, so that there can be no second one.
	id := pastTarget + duty
	answer := &intakev1.RaiseRiskResponse{}
	name := entryName(complaint, SignalEntry, id)
	_, err = s.amendRecord(ctx, complaint, name, []EntryKind{SignalEntry}, func(e *edit) error {
		known := e.entry(SignalEntry, id) != nil
		if !known && (e.Cycle != req.GetCycle() || !e.Open() || e.key == nil) {
			return nil
		}
		answer.Signal = name
		if known {
			return nil
		}
		return s.raise(e, req.GetDuty(), []finding{{
			id: id, kind: policyv1.SignalKind_TARGET_LONG_PAST, weight: s.weight(policyv1.SignalKind_TARGET_LONG_PAST),
			rule: "attention.past_target", quiet: s.longPastWhenFiled(e.Complaint, req),
		}})
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// longPastWhenFiled tells whether a duty had been a risk before the complaint was on
// record.
func (s *Service) longPastWhenFiled(c *Complaint, req *intakev1.RaiseRiskRequest) bool {
	past := s.policy.Proto().GetAttention().GetPastTarget().AsDuration()
	return !req.GetDueTime().AsTime().Add(past).After(c.CreateTime)
}
