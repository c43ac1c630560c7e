// Package secret keeps secrets in files that only their owner may use: made once, whole or not at all, and never replaced.
package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Read returns the content of a secret's file. The error is fs.ErrNotExist when there is none. A file that others than its
// owner may use is refused; of one that is root's, the group of a process that is not root may read it, as libpq has it.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); !private(mode, lentByRoot(info)) {
		return nil, fmt.Errorf("%s has mode %04o; only its owner may have access: chmod 600", path, mode)
	}
	return os.ReadFile(path)
}

// private tells whether a mode keeps a secret.
func private(mode fs.FileMode, lent bool) bool {
	if lent {
		return mode&^0o640 == 0
	}
	return mode&^0o600 == 0
}

// Create writes a secret's file with mode 0600, unless there is one: of two processes that begin at once, both read afterwards
// what the faster one wrote. The file has its name only once it is complete and on disk.
func Create(path string, content []byte) error {
	directory := filepath.Dir(path)
	// CreateTemp makes files with mode 0600.
	temporary, err := os.CreateTemp(directory, ".secret-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, never replaces the file of a faster process.
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(directory)
}

// syncDirectory makes the new name survive a power loss.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
