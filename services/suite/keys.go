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
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/vault"
)

// keys are the secrets of an installation. Each is a file of its own with mode 0600. A process has those that its roles need.
type keys struct {
	// token signs the tokens of callers. Every role has it: it signs the tokens of its own calls, and checks those of others.
	token ed25519.PrivateKey
	// log signs the checkpoints of event logs. For roles with a log.
	log ed25519.PrivateKey
	// evidence signs the files of complaints that regulators get. For the gateway alone.
	evidence ed25519.PrivateKey
	// temporal seals what workflows are told. For those that meet Temporal, and the gateway, unless nothing is sealed; else nil.
	temporal *envelope.Keys
	// vault wraps the data keys of customers. For intake alone.
	vault *vault.Keyring
	// page authenticates page tokens and fingerprints of request bodies. Derived from the token key: losing it costs nothing.
	page []byte
	// survey signs the tokens of surveys. Derived from the token key: losing it ends the surveys that were sent, and a reminder sends them anew.
	survey []byte
	// hooks seals the secrets of webhooks. Derived from the token key: losing it costs those secrets, and each webhook needs another.
	hooks *vault.DataKey
}

const (
	tokenKeyFile    = "token.key"
	logKeyFile      = "log.key"
	vaultKeyFile    = "vault.key"
	evidenceKeyFile = "evidence.key"
	temporalKeyFile = "temporal.key"
)

// makeKeys makes the keys that are missing.
func makeKeys(dir string) error {
	// First, for a process that has found the others does not wait for this one.
	_, temporalErr := envelope.LoadOrCreateKeys(filepath.Join(dir, temporalKeyFile))
	_, evidenceErr := auth.LoadOrCreateKey(filepath.Join(dir, evidenceKeyFile))
	_, tokenErr := auth.LoadOrCreateKey(filepath.Join(dir, tokenKeyFile))
	_, logErr := auth.LoadOrCreateKey(filepath.Join(dir, logKeyFile))
	_, vaultErr := vault.LoadOrCreateKeyring(filepath.Join(dir, vaultKeyFile))
	return errors.Join(temporalErr, evidenceErr, tokenErr, logErr, vaultErr)
}

// MakeKeys makes the keys of an installation that are missing in a directory, which is made too. Those that are there stay; a damaged one
// is an error. Migrate does this as well: MakeKeys is for installations whose processes are handed their keys in another way.
func MakeKeys(dir string) error {
	if err := prepareDir(dir); err != nil {
		return fmt.Errorf("the data directory cannot be used; choose another one with --data-dir: %w", err)
	}
	return makeKeys(dir)
}

// openKeys reads the keys that the roles need. The error is fs.ErrNotExist when one is missing.
func openKeys(cfg Config) (*keys, error) {
	token, err := auth.LoadKey(filepath.Join(cfg.DataDir, tokenKeyFile))
	if err != nil {
		return nil, err
	}
	k := &keys{token: token}
	if cfg.listens() {
		if k.log, err = auth.LoadKey(filepath.Join(cfg.DataDir, logKeyFile)); err != nil {
			return nil, err
		}
	}
	if cfg.has(Intake) {
		if k.vault, err = vault.LoadKeyring(filepath.Join(cfg.DataDir, vaultKeyFile)); err != nil {
			return nil, err
		}
	}
	if cfg.has(Gateway) {
		if k.evidence, err = auth.LoadKey(filepath.Join(cfg.DataDir, evidenceKeyFile)); err != nil {
			return nil, err
		}
	}
	if cfg.seals() != envelope.Off {
		if k.temporal, err = loadTemporalKey(cfg); err != nil {
			return nil, err
		}
	}
	k.page, err = hkdf.Key(sha256.New, token.Seed(), nil, "redress page tokens and fingerprints", 32)
	if err != nil {
		return nil, fmt.Errorf("suite: derive the page key: %w", err)
	}
	if k.survey, err = hkdf.Key(sha256.New, token.Seed(), nil, "redress survey tokens", 32); err != nil {
		return nil, fmt.Errorf("suite: derive the survey key: %w", err)
	}
	hooks, err := hkdf.Key(sha256.New, token.Seed(), nil, "redress secrets of webhooks", 32)
	if err == nil {
		k.hooks, err = vault.NewDataKey("webhooks", hooks)
	}
	if err != nil {
		return nil, fmt.Errorf("suite: derive the key of webhooks: %w", err)
	}
	return k, nil
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

func (k *keys) logPublic() ed25519.PublicKey {
	public, _ := k.log.Public().(ed25519.PublicKey) // As below.
	return public
}

func (k *keys) tokenPublic() ed25519.PublicKey {
	public, _ := k.token.Public().(ed25519.PublicKey) // Always true for an ed25519.PrivateKey.
	return public
}

// EvidenceKey reads the public key that the installation in dir signs the files of complaints with.
func EvidenceKey(dir string) (ed25519.PublicKey, error) {
	key, err := auth.LoadKey(filepath.Join(dir, evidenceKeyFile))
	if err != nil {
		return nil, err
	}
	public, _ := key.Public().(ed25519.PublicKey) // Always true for an ed25519.PrivateKey.
	return public, nil
}

// TemporalKeys lists the ids of the keys that the installation in dir encrypts workflows with; the one that does so now comes first.
func TemporalKeys(dir string) ([]string, error) {
	keys, err := envelope.LoadKeys(filepath.Join(dir, temporalKeyFile))
	if err != nil {
		return nil, err
	}
	return keys.IDs(), nil
}

// AddTemporalKey adds a key that does not encrypt yet, and returns its id.
func AddTemporalKey(dir string) (string, error) {
	return envelope.Add(filepath.Join(dir, temporalKeyFile))
}

// PromoteTemporalKey has a key encrypt from the next start on. The others still decrypt.
func PromoteTemporalKey(dir, id string) error {
	return envelope.Promote(filepath.Join(dir, temporalKeyFile), id)
}
