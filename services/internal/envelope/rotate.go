package envelope

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Add writes the file anew with a further key that does not seal yet, and returns its id. Once all processes have the file, Promote has it seal.
func Add(path string) (id string, err error) {
	return id, rewrite(path, func(manager *keyset.Manager) error {
		added, err := manager.Add(aead.AES256GCMKeyTemplate())
		id = strconv.FormatUint(uint64(added), 10)
		return err
	})
}

// Promote writes the file anew so that the key of this id seals from the next start on. The others still open.
func Promote(path, id string) error {
	return rewrite(path, func(manager *keyset.Manager) error {
		number, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return errors.New("the id of a key is a number")
		}
		return manager.SetPrimary(uint32(number))
	})
}

// IDs are those of all keys in a file, with the one that seals first.
func (k *Keys) IDs() []string {
	ids := []string{k.primary}
	for i := range k.handle.Len() {
		if entry, err := k.handle.Entry(i); err == nil && idOf(entry) != k.primary {
			ids = append(ids, idOf(entry))
		}
	}
	return ids
}

// rewrite replaces the file, whole or not at all.
func rewrite(path string, change func(*keyset.Manager) error) error {
	keys, err := LoadKeys(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(keys.handle)
	if err := change(manager); err != nil {
		return fmt.Errorf("envelope: %s: %w", path, err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("envelope: %s: %w", path, err)
	}
	content, err := render(handle)
	if err != nil {
		return err
	}
	// CreateTemp makes files with mode 0600.
	temporary, err := os.CreateTemp(filepath.Dir(path), ".temporal-key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
