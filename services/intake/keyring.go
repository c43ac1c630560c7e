package intake

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/internal/vault"
)

// Sampler reads some customer, so that a keyring can be tried on it.
type Sampler interface {
	// Sample reads any customer whose data key was not destroyed; ErrNotFound when there is none.
	Sample(ctx context.Context) (Customer, error)
}

// CheckKeyring fails with vault.ErrOpen when the keyring is not the one that the data was sealed with. Call it before anything
// is sealed: a keyring that was made anew because its file got lost would split the data in two.
func CheckKeyring(ctx context.Context, sampler Sampler, keyring *vault.Keyring) error {
	customer, err := sampler.Sample(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = keyring.Unwrap(customer.Name, customer.WrappedKey)
	return err
}
