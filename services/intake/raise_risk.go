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
// it a risk (RISK-3), once per duty. The duty is the evidence. Nothing happens when
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
	_, err = s.records.Amend(ctx, Amendment{
		Command: command(ctx), Complaint: complaint, Result: entryName(complaint, SignalEntry, id), Kinds: []EntryKind{SignalEntry},
		Decide: func(record *Record, entries []Entry) (Effects, error) {
			return s.decide(record, entries, caller(ctx).Subject, func(e *edit) error {
				if e.entry(SignalEntry, id) != nil {
					answer.Signal = entryName(complaint, SignalEntry, id)
					return nil
				}
				if e.Cycle != req.GetCycle() || !e.Open() || e.key == nil {
					return nil
				}
				answer.Signal = entryName(complaint, SignalEntry, id)
				return s.raise(e, req.GetDuty(), []finding{{
					id: id, kind: policyv1.SignalKind_TARGET_LONG_PAST, weight: s.weight(policyv1.SignalKind_TARGET_LONG_PAST),
					rule: "attention.past_target",
				}})
			})
		},
	})
	if err != nil {
		return nil, fault(err)
	}
	return answer, nil
}
