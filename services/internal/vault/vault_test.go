package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/vault"
)

func newKeyring(tb testing.TB) *vault.Keyring {
	tb.Helper()
	keyring, err := vault.LoadOrCreateKeyring(filepath.Join(tb.TempDir(), "keyring.json"))
	require.NoError(tb, err)
	return keyring
}

func TestSealedTextOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	keyring := newKeyring(t)
	key, wrapped, err := keyring.NewDataKey("customers/a")
	require.NoError(t, err)
	sealed, err := key.Seal([]byte("不然就去投诉"), "complaints/x#statement")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "投诉")

	again, err := keyring.Unwrap("customers/a", wrapped)
	require.NoError(t, err)
	plain, err := again.Open(sealed, "complaints/x#statement")
	require.NoError(t, err)
	require.Equal(t, "不然就去投诉", string(plain))

	for name, open := range map[string]func() error{
		"another field":     func() error { _, err := key.Open(sealed, "complaints/x#notes"); return err },
		"another complaint": func() error { _, err := key.Open(sealed, "complaints/y#statement"); return err },
		"altered": func() error {
			altered := bytes.Clone(sealed)
			altered[len(altered)/2] ^= 1
			_, err := key.Open(altered, "complaints/x#statement")
			return err
		},
		"cut off": func() error { _, err := key.Open(sealed[:5], "complaints/x#statement"); return err },
		"another customer's key": func() error {
			other, _, err := keyring.NewDataKey("customers/b")
			require.NoError(t, err)
			_, err = other.Open(sealed, "complaints/x#statement")
			return err
		},
		"the key under another customer's name": func() error {
			other, err := vault.ParseDataKey("customers/b", key.Serialize())
			require.NoError(t, err)
			_, err = other.Open(sealed, "complaints/x#statement")
			return err
		},
		"unwrapped for another customer": func() error { _, err := keyring.Unwrap("customers/b", wrapped); return err },
		"unwrapped by another keyring":   func() error { _, err := newKeyring(t).Unwrap("customers/a", wrapped); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, open(), vault.ErrOpen)
		})
	}
}

// A mark is found again with the same key in the same place, and by nothing else.
func TestMark(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	keyring := newKeyring(t)
	key, wrapped, err := keyring.NewDataKey("customers/a")
	require.NoError(t, err)
	other, _, err := keyring.NewDataKey("customers/a")
	require.NoError(t, err)
	again, err := keyring.Unwrap("customers/a", wrapped)
	require.NoError(t, err)
	mark := func(k *vault.DataKey, value, place string) string {
		m, err := k.Mark([]byte(value), place)
		require.NoError(t, err)
		require.Len(t, m, 32)
		return string(m)
	}
	want := mark(key, "value", "complaints/x#files")
	require.Equal(t, want, mark(again, "value", "complaints/x#files"))
	for _, another := range []string{
		mark(key, "values", "complaints/x#files"), mark(key, "value", "complaints/y#files"), mark(other, "value", "complaints/x#files"),
		mark(key, "svalue", "complaints/x#file"),
	} {
		require.NotEqual(t, want, another)
	}
}

func TestSerializedKeyIsTheSameKey(t *testing.T) {
	t.Parallel()
	key, _, err := newKeyring(t).NewDataKey("customers/a")
	require.NoError(t, err)
	sealed, err := key.Seal([]byte("words"), "here")
	require.NoError(t, err)
	parsed, err := vault.ParseDataKey("customers/a", key.Serialize())
	require.NoError(t, err)
	plain, err := parsed.Open(sealed, "here")
	require.NoError(t, err)
	require.Equal(t, "words", string(plain))

	for _, bad := range [][]byte{nil, {1}, key.Serialize()[1:], append([]byte{2}, key.Serialize()[1:]...)} {
		_, err := vault.ParseDataKey("customers/a", bad)
		require.Error(t, err)
	}
	_, err = vault.ParseDataKey("", key.Serialize())
	require.Error(t, err)
}

func TestKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	key, _, err := newKeyring(t).NewDataKey("customers/a")
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb, key)
		require.Contains(t, text, "data key of customers/a")
		require.NotContains(t, text, fmt.Sprintf("%d", key.Serialize()[5:9]))
	}
}

func TestLookupFindsTheSameValueAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyring.json")
	first, err := vault.LoadOrCreateKeyring(path)
	require.NoError(t, err)
	second, err := vault.LoadOrCreateKeyring(path)
	require.NoError(t, err)
	hash := first.Lookup("phone", "+8613912345678")
	require.Len(t, hash, 32)
	require.Equal(t, hash, second.Lookup("phone", "+8613912345678"))
	require.NotEqual(t, hash, first.Lookup("email", "+8613912345678"))
	require.NotEqual(t, hash, first.Lookup("phone", "+8613912345679"))
	require.NotEqual(t, hash, newKeyring(t).Lookup("phone", "+8613912345678"))
}

func TestKeyringFileIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	path := filepath.Join(t.TempDir(), "keyring.json")
	_, err := vault.LoadOrCreateKeyring(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing temporary is left behind")

	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o700, 0o666} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = vault.LoadOrCreateKeyring(path)
		require.ErrorContains(t, err, "chmod 600", mode)
	}
	require.NoError(t, os.Chmod(path, 0o400))
	_, err = vault.LoadOrCreateKeyring(path)
	require.NoError(t, err)
}

func TestDamagedKeyringIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{}", `{"master":{},"lookup":{}}`, "not json"} {
		path := filepath.Join(t.TempDir(), "keyring.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := vault.LoadOrCreateKeyring(path)
		require.Error(t, err)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, string(kept))
	}
	_, err := vault.LoadOrCreateKeyring(filepath.Join(t.TempDir(), "missing", "keyring.json"))
	require.Error(t, err)
}

func TestProcessesThatBeginAtOnceShareTheKeyring(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyring.json")
	hashes := make([][]byte, 8)
	var group sync.WaitGroup
	for i := range hashes {
		group.Go(func() {
			if keyring, err := vault.LoadOrCreateKeyring(path); err == nil {
				hashes[i] = keyring.Lookup("phone", "1")
			}
		})
	}
	group.Wait()
	for _, hash := range hashes {
		require.NotEmpty(t, hash)
		require.Equal(t, hashes[0], hash)
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	keyring := newKeyring(t)
	now, loads := time.Unix(1000, 0), 0
	var failure error
	cache := vault.NewCache(time.Minute, func() time.Time { return now }, func(_ context.Context, customer string) (*vault.DataKey, error) {
		loads++
		if failure != nil {
			return nil, failure
		}
		key, _, err := keyring.NewDataKey(customer)
		return key, err
	})
	first, err := cache.Key(t.Context(), "customers/a")
	require.NoError(t, err)
	now = now.Add(time.Minute - 1)
	second, err := cache.Key(t.Context(), "customers/a")
	require.NoError(t, err)
	require.Same(t, first, second)
	require.Equal(t, 1, loads)

	// An erased customer is not readable for longer than the time.
	now = now.Add(1)
	failure = errors.New("erased")
	_, err = cache.Key(t.Context(), "customers/a")
	require.ErrorIs(t, err, failure)
	failure = nil
	_, err = cache.Key(t.Context(), "customers/a")
	require.NoError(t, err)
	require.Equal(t, 3, loads, "an error is not remembered")
}

func TestCacheRefusesAnotherCustomersKey(t *testing.T) {
	t.Parallel()
	key, _, err := newKeyring(t).NewDataKey("customers/b")
	require.NoError(t, err)
	cache := vault.NewCache(time.Minute, time.Now, func(context.Context, string) (*vault.DataKey, error) { return key, nil })
	_, err = cache.Key(t.Context(), "customers/a")
	require.Error(t, err)
}

func BenchmarkDataKey(b *testing.B) {
	keyring := newKeyring(b)
	_, wrapped, err := keyring.NewDataKey("customers/a")
	require.NoError(b, err)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = keyring.NewDataKey("customers/a")
		}
	})
	b.Run("unwrap", func(b *testing.B) {
		for b.Loop() {
			_, _ = keyring.Unwrap("customers/a", wrapped)
		}
	})
	b.Run("lookup", func(b *testing.B) {
		for b.Loop() {
			keyring.Lookup("phone", "+8613912345678")
		}
	})
}
