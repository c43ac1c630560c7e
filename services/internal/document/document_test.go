package document_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/document"
)

const shape = "a list is not what is wanted"

func TestRead(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		text string
		want []string // The beginning of each problem.
	}{
		"a mapping":       {"a: 1\nb: [2]\n", nil},
		"nothing":         {"", nil},
		"a comment":       {"# nothing\n", nil},
		"null":            {"~\n", nil},
		"a list":          {"\n- a\n", []string{"x.yaml:2:1 " + shape}},
		"a word":          {"a\n", []string{"x.yaml:1:1 " + shape}},
		"two documents":   {"a: 1\n---\nb: 1\n", []string{"x.yaml:2:1 a second document"}},
		"twice":           {"a: 1\nb: {c: 1, c: 2}\na: 2\n", []string{"x.yaml:2:11 c: stated twice", "x.yaml:3:1 a: stated twice"}},
		"an alias":        {"a: &x 1\nb: *x\n", []string{"x.yaml:2:4 aliases"}},
		"no YAML":         {"a: 1\nb: [\n", []string{"x.yaml:"}},
		"no text":         {"a: \xff\n", []string{"x.yaml: not valid UTF-8"}},
		"odd line breaks": {"a: 1\u2028b: 2\n", []string{"x.yaml: has a line break"}},
		"too large":       {"a: " + strings.Repeat("b", document.MaxBytes), []string{"x.yaml: larger than"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			read, problems := document.Read([]byte(tc.text), "x.yaml", shape)
			require.Len(t, problems, len(tc.want), problems)
			for i, want := range tc.want {
				require.True(t, strings.HasPrefix(problems[i], want), problems[i])
			}
			require.Equal(t, len(tc.want) > 0, read == nil)
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	_, err := document.Load(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	large := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(large, make([]byte, document.MaxBytes+100), 0o600))
	text, err := document.Load(large)
	require.NoError(t, err)
	require.Len(t, text, document.MaxBytes+1, "as much as Read needs to refuse it")
}

// TestFromJSON: what is written reads back as the same, and looks as if somebody had written it.
func TestFromJSON(t *testing.T) {
	t.Parallel()
	text, err := document.FromJSON([]byte(`{"rules": [{"id": "a", "condition": "true ||\n  false", "languages": ["en"], "name": "true"}]}`))
	require.NoError(t, err)
	require.Equal(t, "rules:\n    - id: a\n      condition: |-\n        true ||\n          false\n      languages:\n        - en\n      name: \"true\"\n", string(text))
	_, err = document.FromJSON([]byte("{"))
	require.Error(t, err)
}

// TestDuration: what is written reads back as the same duration.
func TestDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s": 0, "20s": 20 * time.Second, "10m": 10 * time.Minute, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute,
		"1h0m5s": time.Hour + 5*time.Second, "100ms": 100 * time.Millisecond, "-1m": -time.Minute,
	} {
		require.Equal(t, want, document.Duration(d))
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		back, err := time.ParseDuration(document.Duration(d))
		require.NoError(t, err)
		require.Equal(t, d, back)
	})
}
