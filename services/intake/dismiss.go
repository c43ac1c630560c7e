package intake

import (
	"context"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// The commands that a person's change of the severity is remarked by.
const (
	setSeverity   = "set-severity"
	lowerSeverity = "lower-severity"
)

// lowered is when a person last lowered the severity in this cycle; zero when nobody did.
func (e *edit) lowered() (at time.Time) {
	for _, remark := range e.details.Remarks {
		if remark.Command == lowerSeverity && remark.Cycle == e.Cycle && remark.Time.After(at) {
			at = remark.Time
		}
	}
	return at
}

// DismissSignal says of a signal that it was none. It stays on record, with who said so
// and why, and counts no more (RISK-5). Dismissing it again changes nothing.
func (s *Service) DismissSignal(ctx context.Context, req *intakev1.DismissSignalRequest) (*intakev1.Signal, error) {
	complaint, id, err := entryID("name", SignalEntry, req.GetName())
	if err != nil {
		return nil, err
	}
	one := draft[*intakev1.Signal]{complaint: complaint, id: id, kind: SignalEntry, doc: &intakev1.Signal{}}
	return amend(ctx, s, one, func(e *edit, doc *intakev1.Signal) error {
		entry := e.entry(SignalEntry, id)
		if entry == nil {
			return noEntry(SignalEntry)
		}
		if err := readEntry(e.key, entry, doc); err != nil || doc.GetDismissTime() != nil {
			return err
		}
		return e.dismiss(id, doc, req.GetReason())
	})
}

// dismiss has a signal that was read count no more.
func (e *edit) dismiss(id string, doc *intakev1.Signal, reason string) error {
	strip(doc)
	doc.DismissActor, doc.DismissReason, doc.DismissTime = e.actor, reason, stamp(e.now)
	if err := e.changed(SignalEntry, id, "DISMISSED", doc); err != nil {
		return err
	}
	return e.write(SignalEntry, id, doc)
}

// judgeThreats takes over what a person says of a message: when it does not threaten, the
// threats that were found in it count no more, and when it does after all, those that
// were dismissed for this count again. A signal that stands for several stays.
func (e *edit) judgeThreats(message string, previous, kind policyv1.MessageKind) error {
	threatens := kind == policyv1.MessageKind_THREATENS
	if threatens == (previous == policyv1.MessageKind_THREATENS) {
		return nil
	}
	for i := range e.entries {
		entry := &e.entries[i]
		if entry.Kind != SignalEntry || entry.Code != int32(policyv1.SignalKind_THREAT) {
			continue
		}
		doc := &intakev1.Signal{}
		if err := readEntry(e.key, entry, doc); err != nil {
			return err
		}
		dismissed := doc.GetDismissTime() != nil
		switch {
		case doc.GetSource() != message || doc.GetFoldedCount() > 0 || dismissed != threatens || doc.GetDismissReason() != "":
		case threatens:
			strip(doc)
			doc.DismissActor, doc.DismissTime = "", nil
			if err := e.changed(SignalEntry, entry.ID, "RESTORED", doc); err != nil {
				return err
			}
			if err := e.write(SignalEntry, entry.ID, doc); err != nil {
				return err
			}
		default:
			if err := e.dismiss(entry.ID, doc, ""); err != nil {
				return err
			}
		}
	}
	return nil
}
