package secret_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/secret"
)

func TestASecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	_, err := secret.Read(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, secret.Create(path, []byte("first")))
	require.NoError(t, secret.Create(path, []byte("second")), "somebody was faster, which is no error")
	content, err := secret.Read(path)
	require.NoError(t, err)
	require.Equal(t, "first", string(content), "a secret is never replaced")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left beside it")
}

func TestASecretThatOthersMayReadIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, secret.Create(path, []byte("x")))
	require.NoError(t, os.Chmod(path, 0o640))
	_, err := secret.Read(path)
	require.ErrorContains(t, err, "chmod 600")
}
