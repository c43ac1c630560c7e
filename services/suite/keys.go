package suite

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/vault"
)

// keys are the secrets of an installation. Each is a file of its own with mode 0600, made at the first start.
type keys struct {
	// token signs the tokens of callers.
	token ed25519.PrivateKey
	// log signs the checkpoints of event logs.
	log ed25519.PrivateKey
	// vault wraps the data keys of customers.
	vault *vault.Keyring
	// page authenticates page tokens and fingerprints of request bodies. Derived from the token key: losing it costs nothing.
	page []byte
}

const (
	tokenKeyFile = "token.key"
	vaultKeyFile = "vault.key"
)

func openKeys(dir string) (*keys, error) {
	token, err := auth.LoadOrCreateKey(filepath.Join(dir, tokenKeyFile))
	if err != nil {
		return nil, err
	}
	log, err := auth.LoadOrCreateKey(filepath.Join(dir, "log.key"))
	if err != nil {
		return nil, err
	}
	ring, err := vault.LoadOrCreateKeyring(filepath.Join(dir, vaultKeyFile))
	if err != nil {
		return nil, err
	}
	page, err := hkdf.Key(sha256.New, token.Seed(), nil, "redress page tokens and fingerprints", 32)
	if err != nil {
		return nil, fmt.Errorf("suite: derive the page key: %w", err)
	}
	return &keys{token: token, log: log, vault: ring, page: page}, nil
}

// DevelopmentToken mints a token with the key of the installation in dir. It is for people who try Redress out, and for tests:
// whoever can read the key file may be anybody. A directory without a key is an error: a new key would be of no use.
func DevelopmentToken(dir, subject string, roles []authv1.Role, lifetime time.Duration, now func() time.Time) (string, error) {
	key, err := auth.LoadKey(filepath.Join(dir, tokenKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no installation in %q: start Redress first, or name its directory with --data-dir", dir)
	}
	if err != nil {
		return "", err
	}
	return auth.NewMinter(key, now).Mint(subject, roles, lifetime)
}
