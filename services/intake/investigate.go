package intake

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// CreateInvestigationStep records what was found (INV-1).
func (s *Service) CreateInvestigationStep(ctx context.Context, req *intakev1.CreateInvestigationStepRequest) (*intakev1.InvestigationStep, error) {
	if err := s.checkEvidence(ctx, req.GetStep().GetEvidence()); err != nil {
		return nil, err
	}
	return create(ctx, s, req.GetParent(), InvestigationEntry, req.GetStep(), func(e *edit, id string, step *intakev1.InvestigationStep) error {
		if err := e.fresh(req.GetEtag()); err != nil {
			return err
		}
		name := entryName(e.ID, InvestigationEntry, id)
		content, err := e.content(name, step)
		if err != nil {
			return err
		}
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_InvestigationRecorded{InvestigationRecorded: &eventv1.InvestigationRecorded{
			Step: name, EvidenceCount: int32(len(step.GetEvidence())), OwnProcessChecked: step.GetOwnProcessCheck().GetDone(), Content: content,
		}}})
		return nil
	})
}

// investigated holds INV-1: before a ruling there is an investigation in this cycle
// that looked at the firm's own process too.
func (e *edit) investigated() error {
	steps, checked, err := e.investigation()
	switch {
	case err != nil:
		return err
	case steps == 0:
		return investigationMissing("steps")
	case !checked:
		return investigationMissing("own_process_check")
	}
	return nil
}

// investigation counts the steps of this cycle, and tells whether one of them looked
// at the firm's own process.
func (e *edit) investigation() (steps int, checked bool, err error) {
	for i := range e.entries {
		if e.entries[i].Kind != InvestigationEntry || e.entries[i].Cycle != e.Cycle {
			continue
		}
		step := &intakev1.InvestigationStep{}
		if err := readEntry(e.key, &e.entries[i], step); err != nil {
			return 0, false, err
		}
		steps++
		checked = checked || step.GetOwnProcessCheck().GetDone()
	}
	return steps, checked, nil
}

// fresh refuses a command that was meant for another version of the complaint.
func (e *edit) fresh(wanted string) error {
	if current := etag(e.Complaint); wanted != "" && wanted != current {
		return stale(current)
	}
	return nil
}

// content is a document for an event, sealed as a whole.
func (e *edit) content(name string, doc proto.Message) (*eventv1.Sealed, error) {
	ciphertext, err := sealDocument(e.key, doc, name+"#content")
	if err != nil {
		return nil, err
	}
	return &eventv1.Sealed{Customer: e.Customer, Ciphertext: ciphertext}, nil
}

// last is the newest entry of a kind of this cycle; nil when there is none.
func (e *edit) last(kind EntryKind) *Entry {
	for i := range slices.Backward(e.entries) {
		if e.entries[i].Kind == kind && e.entries[i].Cycle == e.Cycle {
			return &e.entries[i]
		}
	}
	return nil
}

// nameOfLast is the name of the newest entry of a kind of this cycle, empty when
// there is none.
func (e *edit) nameOfLast(kind EntryKind) string {
	if entry := e.last(kind); entry != nil {
		return entry.Name()
	}
	return ""
}
