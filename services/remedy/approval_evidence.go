package remedy

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

func commentPlace(a *Approval) string  { return a.name() + "#comment" }
func evidencePlace(a *Approval) string { return a.name() + "#evidence" }

// sealOn seals a comment for its approval; nil for an empty one.
func (s *Service) sealOn(ctx context.Context, a *Approval, text string) (*eventv1.Sealed, error) {
	if text == "" {
		return nil, nil
	}
	key, err := s.deps.Keys.Key(ctx, a.Customer)
	if err != nil {
		return nil, err
	}
	ciphertext, err := sealText(key, text, commentPlace(a))
	return &eventv1.Sealed{Customer: a.Customer, Ciphertext: ciphertext}, err
}

// sealedEvidence is what whoever decides now decides by, to be kept as it is (APPR-2); nothing for a customer who was erased, or when nobody
// can decide any more.
func (s *Service) sealedEvidence(ctx context.Context, a *Approval) ([]byte, error) {
	if !a.pending() {
		return nil, nil
	}
	key, err := s.deps.Keys.Key(ctx, a.Customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := s.reader(ctx).live(ctx, a)
	if err != nil || m == nil {
		return nil, err
	}
	text, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("remedy: evidence: %w", err)
	}
	return key.Seal(text, evidencePlace(a))
}

// evidence is what an approval is decided by: as it is now, or as it was when it was decided; nothing for one that is void.
func (r *reader) evidence(ctx context.Context, a *Approval) (*remedyv1.Evidence, error) {
	if a.pending() {
		return r.live(ctx, a)
	}
	if len(a.Evidence) == 0 {
		return nil, nil
	}
	key, err := r.key(ctx, a.Customer)
	if key == nil || err != nil {
		return nil, err
	}
	m := &remedyv1.Evidence{}
	text, err := key.Open(a.Evidence, evidencePlace(a))
	if err == nil {
		err = proto.Unmarshal(text, m)
	}
	if err != nil {
		r.service.deps.Logger.ErrorContext(ctx, "evidence cannot be opened", "approval", a.name(), "error", err)
		return nil, nil
	}
	if !r.allowed { // They quote what is said to the customer.
		m.ScoreObjection, m.Warnings = "", nil
	}
	return m, nil
}

// live is what would be decided by now; nothing once something else is proposed.
func (r *reader) live(ctx context.Context, a *Approval) (*remedyv1.Evidence, error) {
	c, err := r.service.deps.Store.Case(ctx, a.Complaint)
	if err != nil {
		return nil, r.service.unknown(err, a.Complaint)
	}
	stored, err := r.service.deps.Store.Remedy(ctx, a.Complaint, a.Remedy)
	if errors.Is(err, ErrUnknown) || err == nil && stored.Revision != a.Revision {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	shown, err := r.message(ctx, c.Complaint, &stored)
	if err != nil {
		return nil, err
	}
	m, err := r.service.evidence(ctx, c.Complaint, &stored, false)
	if err != nil {
		return nil, err
	}
	m.Warnings = shown.GetWarnings()
	return m, nil
}
