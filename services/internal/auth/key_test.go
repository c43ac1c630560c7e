package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/auth"
)

func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token.key")
	const starters = 16
	found := make([]ed25519.PrivateKey, starters)
	var group sync.WaitGroup
	for i := range starters {
		group.Go(func() {
			key, err := auth.LoadOrCreateKey(path)
			if err == nil {
				found[i] = key
			}
		})
	}
	group.Wait()
	for _, key := range found {
		require.NotNil(t, key)
		require.True(t, key.Equal(found[0]), "all that start at once have the same key")
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing else is left behind")
}

func TestKeyRefuses(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(other)
	require.NoError(t, err)
	_, own, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	good, err := x509.MarshalPKCS8PrivateKey(own)
	require.NoError(t, err)
	block := func(kind string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	}
	for what, tc := range map[string]struct {
		content []byte
		mode    os.FileMode
		want    string
	}{
		"readable by others": {block("PRIVATE KEY", good), 0o644, "chmod 600"},
		"readable by group":  {block("PRIVATE KEY", good), 0o640, "chmod 600"},
		"empty":              {nil, 0o600, "damaged"},
		"no PEM":             {[]byte("hello"), 0o600, "damaged"},
		"other block":        {block("CERTIFICATE", good), 0o600, "damaged"},
		"cut off":            {block("PRIVATE KEY", good[:20]), 0o600, "damaged"},
		"other kind":         {block("PRIVATE KEY", der), 0o600, "Ed25519"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "token.key")
			require.NoError(t, os.WriteFile(path, tc.content, 0o600))
			require.NoError(t, os.Chmod(path, tc.mode))
			_, err := auth.LoadOrCreateKey(path)
			require.ErrorContains(t, err, tc.want)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(tc.content), string(content), "it is never replaced")
		})
	}
	_, err = auth.LoadOrCreateKey(filepath.Join(t.TempDir(), "no", "such", "folder", "token.key"))
	require.ErrorContains(t, err, "make a key")
}
