package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository.
const root = "../.."

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// changed is a text in which something was replaced that must be there.
func changed(t *testing.T, text, from, to string) string {
	t.Helper()
	require.Contains(t, text, from)
	return strings.Replace(text, from, to, 1)
}

// workspace runs the go command in a folder of the repository, in the workspace, and returns what it prints.
func workspace(t *testing.T, folder string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = filepath.Join(root, folder)
	command.Env = append(os.Environ(), "GOWORK=", "GOFLAGS=-buildvcs=false")
	var failure strings.Builder
	command.Stderr = &failure
	out, err := command.Output()
	require.NoError(t, err, failure.String())
	return strings.TrimSpace(string(out))
}

// program builds a program of the repository.
func program(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(folder))
	workspace(t, ".", "build", "-ldflags=-s", "-o", binary, "./"+folder)
	return binary
}

// goVersion is the version that the workspace is built with.
func goVersion(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.work"))
	require.Len(t, found, 2)
	return found[1]
}
