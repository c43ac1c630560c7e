package remedy

import (
	"context"
	"fmt"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// The places that sealed texts are bound to. The first revision's are those of before there were revisions and parts.
func contentsPlace(r *Remedy, option, part int) string {
	if r.Revision <= 1 && part == 0 {
		return fmt.Sprintf("%s#contents-%d", r.Name(), option)
	}
	return fmt.Sprintf("%s#contents-v%d-%d-%d", r.Name(), r.Revision, option, part)
}

func fallbackPlace(r *Remedy) string {
	if r.Revision <= 1 {
		return r.Name() + "#fallback"
	}
	return fmt.Sprintf("%s#fallback-v%d", r.Name(), r.Revision)
}

func objectionPlace(r *Remedy) string { return fmt.Sprintf("%s#objection-v%d", r.Name(), r.Revision) }
func withdrawnPlace(r *Remedy) string { return r.Name() + "#withdrawn" }
func offerPlace(r *Remedy) string     { return r.Name() + "#offer" }
func answerPlace(r *Remedy) string    { return r.Name() + "#answer" }
func reviewPlace(r *Remedy) string    { return r.Name() + "#review" }

// seal puts the texts of a proposal into the remedy, unreadable without the customer's data key.
func (s *Service) seal(ctx context.Context, r *Remedy, sent draft) error {
	key, err := s.deps.Keys.Key(ctx, r.Customer)
	if err != nil {
		return err
	}
	for i, o := range sent.options {
		parts := r.Options[i].Parts
		if parts[0].Contents, err = key.Seal([]byte(o.GetContents()), contentsPlace(r, i, 0)); err != nil {
			return err
		}
		for n, part := range o.GetParts() {
			if parts[n+1].Contents, err = key.Seal([]byte(part.GetContents()), contentsPlace(r, i, n+1)); err != nil {
				return err
			}
		}
	}
	if r.Fallback, err = sealText(key, sent.fallback, fallbackPlace(r)); err != nil {
		return err
	}
	r.Objection, err = sealText(key, sent.objection, objectionPlace(r))
	return err
}

// sealText leaves an empty text empty.
func sealText(key *vault.DataKey, text, place string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return key.Seal([]byte(text), place)
}

// sealFor seals a text on a remedy that is on record, for its place; nil for an empty one. Errors: RESOURCE_NOT_FOUND, and intake's
// DATA_KEY_NOT_FOUND for a customer who was erased.
func (s *Service) sealFor(ctx context.Context, name, text string, place func(*Remedy) string) (*eventv1.Sealed, error) {
	complaint, id := remedyIDs(name)
	r, err := s.deps.Store.Remedy(ctx, complaint, id)
	if err != nil {
		return nil, s.noRemedy(err, name)
	}
	if text == "" {
		return nil, nil
	}
	key, err := s.deps.Keys.Key(ctx, r.Customer)
	if err != nil {
		return nil, err
	}
	ciphertext, err := sealText(key, text, place(&r))
	return &eventv1.Sealed{Customer: r.Customer, Ciphertext: ciphertext}, err
}

// reader reads sealed texts for one call. It asks for the key of a customer once.
type reader struct {
	service *Service
	// allowed tells whether the caller's work needs the texts (API-4).
	allowed bool
	// keys has a nil key for a customer who was erased.
	keys map[string]*vault.DataKey
}

func (s *Service) reader(ctx context.Context) *reader {
	allowed := caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_SERVICE)
	return &reader{service: s, allowed: allowed, keys: map[string]*vault.DataKey{}}
}

// text opens a sealed text. It is empty for a caller who may not read it, and when the customer was erased.
func (r *reader) text(ctx context.Context, customer string, sealed []byte, place string) (string, error) {
	if !r.allowed || len(sealed) == 0 {
		return "", nil
	}
	key, err := r.key(ctx, customer)
	if key == nil || err != nil {
		return "", err
	}
	text, err := key.Open(sealed, place)
	if err != nil {
		// One damaged text must not make a whole list unreadable.
		r.service.deps.Logger.ErrorContext(ctx, "a text cannot be opened", "place", place, "error", err)
		return "", nil
	}
	return string(text), nil
}

func (r *reader) key(ctx context.Context, customer string) (*vault.DataKey, error) {
	if key, ok := r.keys[customer]; ok {
		return key, nil
	}
	key, err := r.service.deps.Keys.Key(ctx, customer)
	if errs.Reason(err) == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String() {
		key, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.keys[customer] = key
	return key, nil
}
