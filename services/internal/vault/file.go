package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/redress-dev/redress/services/internal/secret"
)

// file is the keyring as it stands in its file: two keysets in Tink's JSON form,
// so that Tink's own tools can rotate them.
type file struct {
	Master json.RawMessage `json:"master"`
	Lookup json.RawMessage `json:"lookup"`
}

// LoadOrCreateKeyring reads the keyring file, or makes a new one, with mode
// 0600, when there is none. When two processes begin at once, both end up with
// the same keyring. A file that others than its owner may read or write is
// refused, and so is one that is damaged: it is never replaced, because all that
// was sealed would be lost with it.
func LoadOrCreateKeyring(path string) (*Keyring, error) {
	keyring, err := LoadKeyring(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keyring, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	return LoadKeyring(path)
}

// LoadKeyring reads a keyring that LoadOrCreateKeyring made. The error is
// fs.ErrNotExist when there is none.
func LoadKeyring(path string) (*Keyring, error) {
	content, err := secret.Read(path)
	if err != nil {
		return nil, fmt.Errorf("vault: keyring: %w", err)
	}
	var stored file
	if err := json.Unmarshal(content, &stored); err != nil {
		return nil, fmt.Errorf("vault: keyring %s is damaged: %w", path, err)
	}
	master, err := parse(stored.Master)
	if err != nil {
		return nil, fmt.Errorf("vault: master keyset in %s: %w", path, err)
	}
	lookup, err := parse(stored.Lookup)
	if err != nil {
		return nil, fmt.Errorf("vault: look-up keyset in %s: %w", path, err)
	}
	return newKeyring(master, lookup)
}

// create writes a new keyring file unless there is one.
func create(path string) error {
	content, err := generate()
	if err != nil {
		return err
	}
	if err := secret.Create(path, content); err != nil {
		return fmt.Errorf("vault: make a keyring: %w", err)
	}
	return nil
}

// generate makes the content of a new keyring file.
func generate() ([]byte, error) {
	master, err := render(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	lookup, err := render(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(file{Master: master, Lookup: lookup}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("vault: make a keyring: %w", err)
	}
	return append(content, '\n'), nil
}

// render makes a keyset with one new key and writes it in Tink's JSON form.
func render(template *tink_go_proto.KeyTemplate) (json.RawMessage, error) {
	handle, err := keyset.NewHandle(template)
	if err != nil {
		return nil, fmt.Errorf("vault: make a keyset: %w", err)
	}
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
		return nil, fmt.Errorf("vault: make a keyset: %w", err)
	}
	return out.Bytes(), nil
}

// parse reads a keyset in Tink's JSON form.
func parse(content json.RawMessage) (*keyset.Handle, error) {
	if len(content) == 0 {
		return nil, errors.New("is missing")
	}
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
}
