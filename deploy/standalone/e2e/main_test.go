package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain has one folder for the programs that tests build, which goes when all tests have ended.
func TestMain(m *testing.M) { os.Exit(withPrograms(m.Run)) }

func withPrograms(tests func() int) int {
	var err error
	if binaries.dir, err = os.MkdirTemp("", "redress-programs-"); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "no folder for the programs:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(binaries.dir) }()
	return tests()
}

// binaries are the programs that were built, by their folders: linking one takes longer than much of what is tested with it.
var binaries = built{of: map[string]string{}}

type built struct {
	mu  sync.Mutex
	dir string
	of  map[string]string
}

// compile builds a program from its folder, once for all tests, and returns where it is.
func compile(t *testing.T, folder string) (binary string) {
	t.Helper()
	// The test cache does not know what the compiler reads; what is not of the folder itself is a dependency of this package.
	sources, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, source := range sources {
		_, err := os.ReadFile(source)
		require.NoError(t, err)
	}
	binaries.mu.Lock()
	defer binaries.mu.Unlock()
	if binary = binaries.of[folder]; binary != "" {
		return binary
	}
	binary = filepath.Join(binaries.dir, fmt.Sprint("program-", len(binaries.of)+1))
	began := time.Now()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", binary, folder).CombinedOutput()
	require.NoError(t, err, string(out))
	t.Logf("built in %s", time.Since(began).Round(time.Second))
	binaries.of[folder] = binary
	return binary
}
