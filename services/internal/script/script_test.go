package script_test

import (
	"testing"

	"github.com/longbridgeapp/opencc"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/script"
)

func TestForms(t *testing.T) {
	t.Parallel()
	w, err := script.NewWriter()
	require.NoError(t, err)
	for simplified, want := range map[string][]string{
		"投诉": {"投訴", "投訴", "投訴"}, "里面": {"裏面", "裡面", "裏面"}, "court 123": {"court 123", "court 123", "court 123"}, "": {"", "", ""},
	} {
		forms, err := w.Forms(simplified)
		require.NoError(t, err)
		require.Equal(t, want, forms, simplified)
	}
}

// TestSimplified holds the table against the converter, character by character.
func TestSimplified(t *testing.T) {
	t.Parallel()
	const first, last = '\u8a00', '\u8bff'
	table, err := script.Simplified(first, last)
	require.NoError(t, err)
	require.Equal(t, '诉', table['訴'])
	converter, err := opencc.New("t2s")
	require.NoError(t, err)
	for c := rune(first); c <= last; c++ {
		converted, err := converter.Convert(string(c))
		require.NoError(t, err)
		to := []rune(converted)
		if len(to) == 1 && to[0] != c {
			require.Equal(t, to[0], table[c])
			continue
		}
		require.NotContains(t, table, c)
	}
}
