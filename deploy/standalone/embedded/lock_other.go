//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package embedded

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockDir makes the directory if absent. Where advisory locks are not at hand,
// only the taken ports keep a second server away.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the Temporal data directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "temporal.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write to the Temporal data directory: %w", err)
	}
	return file, nil
}
