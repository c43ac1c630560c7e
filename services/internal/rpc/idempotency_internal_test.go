package rpc

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/errs"
)

// TestKeyIsPrintable tries what gRPC's own client refuses to send; other clients
// send it.
func TestKeyIsPrintable(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a\nb", "a\x00", "\x7f", "schlüssel", "\xff"} {
		_, err := readKey([]string{key})
		require.Equal(t, "IDEMPOTENCY_KEY_INVALID", errs.Reason(err), "%q", key)
	}
	key, err := readKey([]string{" ~"})
	require.NoError(t, err)
	require.Equal(t, " ~", key)
}
