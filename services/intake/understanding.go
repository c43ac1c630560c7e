package intake

import (
	"context"

	"github.com/redress-dev/redress/services/internal/wording"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// UpdateUnderstanding puts the restatement, the feeling or the real need on record
// (REC-2, REC-4).
func (s *Service) UpdateUnderstanding(ctx context.Context, req *intakev1.UpdateUnderstandingRequest) (*intakev1.Understanding, error) {
	complaint, err := complaintID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	sent := req.GetUnderstanding()
	fields, err := fieldsOf(sent, req.GetUpdateMask().GetPaths(), understandable())
	if err != nil {
		return nil, err
	}
	only := draft[*intakev1.Understanding]{complaint: complaint, id: "1", kind: UnderstandingEntry, doc: sent}
	return amend(ctx, s, only, func(e *edit, sent *intakev1.Understanding) error {
		now := &intakev1.Understanding{}
		if entry := e.entry(UnderstandingEntry, "1"); entry != nil {
			if err := readEntry(e.key, entry, now); err != nil {
				return err
			}
		}
		copyFields(now, sent, fields)
		return e.understand(now, fields)
	})
}

// understand puts what was understood on record and tells which fields changed; nil
// for all that are set.
func (e *edit) understand(now *intakev1.Understanding, fields []string) error {
	if err := understood(now); err != nil {
		return err
	}
	if fields == nil {
		fields, _ = fieldsOf(now, nil, understandable())
	}
	now.Actor = e.actor
	need, err := e.sealed(now.GetRealNeed(), e.Name()+"#real-need")
	if err != nil {
		return err
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_UnderstandingChanged{UnderstandingChanged: &eventv1.UnderstandingChanged{
		Fields: fields, RestatementSettled: settledRestatement(now), FeelingSettled: now.GetFeeling() != "" || now.GetFeelingReason() != "",
		RealNeed: need,
	}}})
	if err := e.changed(UnderstandingEntry, "1", now.GetRestatementConfirmation().String(), now); err != nil {
		return err
	}
	return e.write(UnderstandingEntry, "1", now)
}

// understandable are the fields of the understanding that callers set.
func understandable() []string {
	return []string{"real_need", "restatement", "restatement_confirmation", "restatement_reason", "feeling", "feeling_reason"}
}

// understood holds REC-4: what is confirmed was said, and what was not obtained has
// a reason.
func understood(u *intakev1.Understanding) error {
	switch u.GetRestatementConfirmation() {
	case intakev1.Understanding_CONFIRMED, intakev1.Understanding_CORRECTED:
		if wording.Blank(u.GetRestatement()) {
			return invalid("understanding.restatement", "must say what was restated, for the customer to confirm it")
		}
	case intakev1.Understanding_NOT_OBTAINED:
		if wording.Blank(u.GetRestatementReason()) {
			return invalid("understanding.restatement_reason", "must say why the confirmation was not obtained")
		}
	case intakev1.Understanding_CONFIRMATION_UNSPECIFIED:
	}
	return nil
}

// settledRestatement is true when a remedy may be offered as far as REC-4 goes.
func settledRestatement(u *intakev1.Understanding) bool {
	switch u.GetRestatementConfirmation() {
	case intakev1.Understanding_CONFIRMED, intakev1.Understanding_NOT_OBTAINED:
		return true
	default:
		return false
	}
}
