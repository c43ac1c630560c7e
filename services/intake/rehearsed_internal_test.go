package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRehearsedIsBounded: of more ids than are remembered the first ones are, and the others are new each time.
func TestRehearsedIsBounded(t *testing.T) {
	t.Parallel()
	r := rehearsed{most: 2}
	hash := func(text string) []byte { sum := sha256.Sum256([]byte(text)); return sum[:] }
	digest := func(text string) string { return hex.EncodeToString(hash(text)) }
	for _, id := range []string{"a", "b", "c"} {
		earlier, conflict := r.add(hash(id), digest("said"))
		require.False(t, earlier || conflict, id)
	}
	for id, known := range map[string]bool{"a": true, "b": true, "c": false} {
		earlier, conflict := r.add(hash(id), digest("said"))
		require.Equal(t, []bool{known, false}, []bool{earlier, conflict}, id)
		earlier, conflict = r.add(hash(id), digest("said otherwise"))
		require.Equal(t, []bool{known, known}, []bool{earlier, conflict}, id)
	}
	require.Len(t, r.rows, 2)
}
