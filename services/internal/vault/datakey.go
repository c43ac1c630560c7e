package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	// keySize is that of AES-256.
	keySize = 32
	// serialVersion begins the serialised form, so that another kind of key can
	// be told apart one day.
	serialVersion = 1
)

// DataKey seals and opens what identifies one customer. It is safe for
// concurrent use. Do not log it; its String form says nothing.
type DataKey struct {
	customer string
	secret   secretdata.Bytes
	aead     tink.AEAD
}

// newDataKey makes the primitive of a key.
func newDataKey(customer string, secret []byte) (*DataKey, error) {
	if customer == "" {
		return nil, errors.New("vault: a data key needs a customer")
	}
	parameters, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: keySize, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantNoPrefix,
	})
	if err != nil {
		return nil, fmt.Errorf("vault: data key: %w", err)
	}
	bytes := secretdata.NewBytesFromData(secret, insecuresecretdataaccess.Token{})
	key, err := aesgcm.NewKey(bytes, 0, parameters)
	if err != nil {
		return nil, fmt.Errorf("vault: data key: %w", err)
	}
	primitive, err := aesgcm.NewAEAD(key)
	if err != nil {
		return nil, fmt.Errorf("vault: data key: %w", err)
	}
	return &DataKey{customer: customer, secret: bytes, aead: primitive}, nil
}

// Customer returns whose key it is.
func (k *DataKey) Customer() string { return k.customer }

// Seal encrypts a text and binds it to its place, "<resource name>#<field>": in
// any other place, or as another customer's, it does not open.
func (k *DataKey) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plaintext, k.bind(context))
	if err != nil {
		return nil, fmt.Errorf("vault: seal %s: %w", context, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place, or returns ErrOpen.
func (k *DataKey) Open(ciphertext []byte, context string) ([]byte, error) {
	plaintext, err := k.aead.Decrypt(ciphertext, k.bind(context))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrOpen, context)
	}
	return plaintext, nil
}

// Mark returns a keyed hash of a value for its place, by which the same value is
// found again there. It tells nothing once the key was destroyed.
func (k *DataKey) Mark(value []byte, context string) ([]byte, error) {
	secret, err := hkdf.Key(sha256.New, k.secret.Data(insecuresecretdataaccess.Token{}), nil, "redress mark", keySize)
	if err != nil {
		return nil, fmt.Errorf("vault: mark %s: %w", context, err)
	}
	mark := hmac.New(sha256.New, secret)
	mark.Write(append(k.bind(context), 0))
	mark.Write(value)
	return mark.Sum(nil), nil
}

// Serialize returns the key itself, for a service that may read it. Whoever has
// it can open everything of this customer.
func (k *DataKey) Serialize() []byte {
	return append([]byte{serialVersion}, k.secret.Data(insecuresecretdataaccess.Token{})...)
}

// NewDataKey makes a key of 32 secret bytes for what belongs to no customer; owner says to what.
func NewDataKey(owner string, secret []byte) (*DataKey, error) {
	if len(secret) != keySize {
		return nil, errors.New("vault: a data key has 32 bytes")
	}
	return newDataKey(owner, secret)
}

// ParseDataKey reads a key from its serialised form.
func ParseDataKey(customer string, serialized []byte) (*DataKey, error) {
	if len(serialized) != keySize+1 || serialized[0] != serialVersion {
		return nil, errors.New("vault: not a serialised data key")
	}
	return newDataKey(customer, serialized[1:])
}

// String keeps the key out of logs and messages.
func (k *DataKey) String() string { return "data key of " + k.customer }

// GoString keeps the key out of logs and messages.
func (k *DataKey) GoString() string { return k.String() }

// bind is what the ciphertext is bound to.
func (k *DataKey) bind(context string) []byte { return []byte(k.customer + "\x00" + context) }
