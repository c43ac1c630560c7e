package vault

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// lookupSize is the length of a keyed hash in bytes: long enough that two
// customers never share one by accident.
const lookupSize = 32

// ErrOpen is returned when something sealed cannot be opened: it was altered, it
// is out of its place, or the key is not the one that sealed it.
var ErrOpen = errors.New("vault: cannot be opened with this key in this place")

// Keyring holds the master keys of an installation. It is safe for concurrent use.
type Keyring struct {
	master tink.AEAD
	lookup *prf.Set
}

// newKeyring makes the primitives of two keysets.
func newKeyring(master, lookup *keyset.Handle) (*Keyring, error) {
	wrap, err := aead.New(master)
	if err != nil {
		return nil, fmt.Errorf("vault: master keyset: %w", err)
	}
	hash, err := prf.NewPRFSet(lookup)
	if err != nil {
		return nil, fmt.Errorf("vault: look-up keyset: %w", err)
	}
	// Tried once here, so that Lookup has no error to answer with.
	if _, err := hash.ComputePrimaryPRF(nil, lookupSize); err != nil {
		return nil, fmt.Errorf("vault: look-up keyset: %w", err)
	}
	return &Keyring{master: wrap, lookup: hash}, nil
}

// NewDataKey makes a data key for a customer ("customers/…"), and the wrapped
// form to store. The wrapped form opens for this customer only.
func (k *Keyring) NewDataKey(customer string) (*DataKey, []byte, error) {
	secret := make([]byte, keySize)
	if _, err := rand.Read(secret); err != nil {
		return nil, nil, fmt.Errorf("vault: no randomness: %w", err)
	}
	key, err := newDataKey(customer, secret)
	if err != nil {
		return nil, nil, err
	}
	wrapped, err := k.master.Encrypt(secret, wrapContext(customer))
	if err != nil {
		return nil, nil, fmt.Errorf("vault: wrap a data key: %w", err)
	}
	return key, wrapped, nil
}

// Unwrap returns the data key of a customer from its wrapped form. It returns
// ErrOpen when it is not this customer's, or was wrapped by another keyring.
func (k *Keyring) Unwrap(customer string, wrapped []byte) (*DataKey, error) {
	secret, err := k.master.Decrypt(wrapped, wrapContext(customer))
	if err != nil {
		return nil, fmt.Errorf("%w: the data key of %s", ErrOpen, customer)
	}
	return newDataKey(customer, secret)
}

// Lookup returns the keyed hash under which a value of this kind is found again.
// The kind ("phone", "email" …) must not contain a zero byte.
func (k *Keyring) Lookup(kind, value string) []byte {
	hash, err := k.lookup.ComputePrimaryPRF([]byte(kind+"\x00"+value), lookupSize)
	if err != nil {
		// A hash of nothing would make all customers the same one.
		panic(fmt.Sprintf("vault: a look-up key that worked at start does not: %v", err))
	}
	return hash
}

// wrapContext keeps a wrapped data key from being taken for another customer's,
// or for anything else that the master key may come to seal.
func wrapContext(customer string) []byte { return []byte("data-key\x00" + customer) }
