package envelope

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/redress-dev/redress/services/internal/secret"
)

// ErrOpen is returned when something sealed cannot be opened: it was altered, or sealed with another key.
var ErrOpen = errors.New("envelope: cannot be opened with this key")

// Keys are those that payloads are sealed with. They are safe for concurrent use.
type Keys struct {
	handle  *keyset.Handle
	sealer  tink.AEAD
	primary string
	ids     map[string]bool
}

// LoadOrCreateKeys reads the key file, or makes a new one, with mode 0600, when there is none. Of two processes that begin at once both end up
// with the same keys. A file that others than its owner may use is refused, and so is one that is damaged.
func LoadOrCreateKeys(path string) (*Keys, error) {
	keys, err := LoadKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("envelope: make a key: %w", err)
	}
	content, err := render(handle)
	if err != nil {
		return nil, err
	}
	if err := secret.Create(path, content); err != nil {
		return nil, fmt.Errorf("envelope: make a key: %w", err)
	}
	return LoadKeys(path)
}

// LoadKeys reads a file that LoadOrCreateKeys made: a keyset in Tink's JSON form. The error is fs.ErrNotExist when there is none.
func LoadKeys(path string) (*Keys, error) {
	content, err := secret.Read(path)
	if err != nil {
		return nil, fmt.Errorf("envelope: key: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		return nil, fmt.Errorf("envelope: key %s is damaged: %w", path, err)
	}
	keys, err := newKeys(handle)
	if err != nil {
		return nil, fmt.Errorf("envelope: key %s: %w", path, err)
	}
	return keys, nil
}

func newKeys(handle *keyset.Handle) (*Keys, error) {
	sealer, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, err
	}
	k := &Keys{handle: handle, sealer: sealer, primary: idOf(primary), ids: map[string]bool{}}
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, err
		}
		k.ids[idOf(entry)] = entry.KeyStatus() == keyset.Enabled
	}
	return k, nil
}

func idOf(entry *keyset.Entry) string { return strconv.FormatUint(uint64(entry.KeyID()), 10) }

func render(handle *keyset.Handle) ([]byte, error) {
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
		return nil, fmt.Errorf("envelope: write a key: %w", err)
	}
	return append(out.Bytes(), '\n'), nil
}

// Primary is the id of the key that seals.
func (k *Keys) Primary() string { return k.primary }

// seal encrypts with the primary key, for a purpose: for another one it does not open.
func (k *Keys) seal(plain []byte, purpose string) ([]byte, error) {
	sealed, err := k.sealer.Encrypt(plain, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("envelope: seal: %w", err)
	}
	return sealed, nil
}

// open decrypts what seal made with the key of this id, or returns ErrOpen with words about why.
func (k *Keys) open(sealed []byte, id, purpose string) ([]byte, error) {
	if !k.ids[id] {
		return nil, fmt.Errorf("%w: it was sealed with key %q, which temporal.key does not have", ErrOpen, id)
	}
	plain, err := k.sealer.Decrypt(sealed, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("%w: it was altered, or key %s is another one", ErrOpen, id)
	}
	return plain, nil
}

const (
	payloadPurpose = "redress temporal payload"
	markPurpose    = "redress temporal mark"
	// marked is what a mark says.
	marked = "redress"
)

// Mark returns a proof that whoever reads it holds the same keys: it is kept beside what is sealed, so that a process with another key file
// notices before it does anything.
func (k *Keys) Mark() (string, error) {
	sealed, err := k.seal([]byte(marked), markPurpose)
	if err != nil {
		return "", err
	}
	return k.primary + ":" + base64.StdEncoding.EncodeToString(sealed), nil
}

// CheckMark tells whether a mark was made with one of the keys, and whether that is the primary one. The error is ErrOpen when it was not.
func (k *Keys) CheckMark(mark string) (current bool, err error) {
	id, text, _ := bytes.Cut([]byte(mark), []byte(":"))
	sealed, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return false, fmt.Errorf("%w: the mark is damaged", ErrOpen)
	}
	if _, err := k.open(sealed, string(id), markPurpose); err != nil {
		return false, err
	}
	return string(id) == k.primary, nil
}
