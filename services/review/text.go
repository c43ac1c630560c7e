package review

import (
	"context"
	"fmt"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// The places that sealed texts are bound to.
func lessonPlace(o *Outcome, version int32) string {
	return fmt.Sprintf("%s#lesson-v%d", o.Name(), version)
}

func reasonPlace(o *Outcome, version int32) string {
	return fmt.Sprintf("%s#reason-v%d", o.Name(), version)
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
	allowed := caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
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
