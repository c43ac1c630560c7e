package attachment

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"

	"github.com/redress-dev/redress/services/internal/vault"
)

const (
	contentKeySize = 32
	// segmentSize is how much is encrypted, and checked, at a time.
	segmentSize = 64 << 10
)

// details are what identifies somebody, or may do so, and the key of the content. They are stored sealed, as a whole.
type details struct {
	FileName string `json:"file_name"`
	SHA256   []byte `json:"sha256"`
	Finding  string `json:"finding,omitempty"`
	// ContentKey decrypts the object.
	ContentKey []byte `json:"content_key"`
}

// The places that sealed texts and marks are bound to.
func detailsPlace(attachment string) string { return attachment + "#details" }
func markPlace(complaint string) string     { return "complaints/" + complaint + "#attachments" }

func seal(key *vault.DataKey, d details, name string) ([]byte, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("attachment: serialise details: %w", err)
	}
	return key.Seal(plain, detailsPlace(name))
}

// unseal is the inverse of seal. Without a key, which is the case after it was destroyed, the details are empty.
func unseal(key *vault.DataKey, sealed []byte, name string) (d details, err error) {
	if key == nil {
		return d, nil
	}
	plain, err := key.Open(sealed, detailsPlace(name))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(plain, &d); err != nil {
		return details{}, fmt.Errorf("attachment: read details of %s: %w", name, err)
	}
	return d, nil
}

func newContentKey() ([]byte, error) {
	key := make([]byte, contentKeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("attachment: no randomness: %w", err)
	}
	return key, nil
}

// encrypt returns what encrypts to w, bound to the attachment's name. It is whole when it was closed.
func encrypt(key []byte, name string, w io.Writer) (io.WriteCloser, error) {
	cipher, err := subtle.NewAESGCMHKDF(key, "SHA256", contentKeySize, segmentSize, 0)
	if err != nil {
		return nil, fmt.Errorf("attachment: encrypt: %w", err)
	}
	return cipher.NewEncryptingWriter(w, []byte(name))
}

// decrypt is the inverse of encrypt. It gives out no byte that was altered, and fails at the end of what was cut off.
func decrypt(key []byte, name string, r io.Reader) (io.Reader, error) {
	cipher, err := subtle.NewAESGCMHKDF(key, "SHA256", contentKeySize, segmentSize, 0)
	if err != nil {
		return nil, fmt.Errorf("attachment: decrypt: %w", err)
	}
	return cipher.NewDecryptingReader(r, []byte(name))
}
