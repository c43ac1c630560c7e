package fill

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// Template is a real complaint that copies are made of.
type Template struct {
	// ID is its id: what follows "complaints/".
	ID string
	// Customer is "customers/…", to whom the copies belong, too.
	Customer string
	// Key is the customer's data key as intake tells it to services.
	Key []byte
	// Open says that it goes on: copies of it were received in the last days, those of the others in the last years.
	Open bool

	aead cipher.AEAD
}

// open prepares the key: a byte that says which kind it is, and 32 of AES-256.
func (t *Template) open() error {
	const kind = 1
	if len(t.Key) != 33 || t.Key[0] != kind {
		return errors.New("fill: a data key is not of the kind that this package seals with")
	}
	block, err := aes.NewCipher(t.Key[1:])
	if err != nil {
		return err
	}
	t.aead, err = cipher.NewGCM(block)
	return err
}

// moved opens a text at one place and seals it for another. The product binds what it seals to its place, so a text that is only
// copied would not open.
func (t *Template) moved(sealed []byte, from, to string) ([]byte, error) {
	if len(sealed) == 0 {
		return sealed, nil
	}
	size := t.aead.NonceSize()
	if len(sealed) < size {
		return nil, fmt.Errorf("fill: what is at %s is not sealed", from)
	}
	plain, err := t.aead.Open(nil, sealed[:size], sealed[size:], t.bound(from))
	if err != nil {
		return nil, fmt.Errorf("fill: open %s: %w", from, err)
	}
	out := make([]byte, size, len(sealed))
	if _, err := rand.Read(out); err != nil {
		return nil, err
	}
	return t.aead.Seal(out, out, plain, t.bound(to)), nil
}

func (t *Template) bound(place string) []byte { return []byte(t.Customer + "\x00" + place) }
