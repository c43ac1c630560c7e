package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"

	"github.com/redress-dev/redress/services/internal/secret"
)

const blockType = "PRIVATE KEY"

// LoadOrCreateKey reads the key that tokens are signed with from a PEM file
// (PKCS #8), or makes a new one, with mode 0600, when there is none. When two
// processes begin at once, both end up with the same key. A file that others
// than its owner may use is refused, and so is one that is damaged.
func LoadOrCreateKey(path string) (ed25519.PrivateKey, error) {
	key, err := LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil {
		return nil, fmt.Errorf("auth: make a key: %w", err)
	}
	return LoadKey(path)
}

// LoadKey reads a key that LoadOrCreateKey made. The error is fs.ErrNotExist when
// there is none.
func LoadKey(path string) (ed25519.PrivateKey, error) {
	text, err := secret.Read(path)
	if err != nil {
		return nil, fmt.Errorf("auth: key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != blockType {
		return nil, fmt.Errorf("auth: key %s is damaged: it has no PEM block %q", path, blockType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("auth: key %s is damaged: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("auth: key %s is of another kind; it must be Ed25519", path)
	}
	return key, nil
}

// createKey writes a new key file unless there is one.
func createKey(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return secret.Create(path, pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}
