package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const requirements = `# Requirements
- CALL-1 A person calls back; see CALL-2.
  API-1 at the start of a continued line is a reference.
### ROUTE-4 is a heading
- **CALL-2** Met by contact only.
| REC-10 | a row |
`

func TestRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files   map[string]string
		want    string
		wantErr string
	}{
		"no test": {
			want: "CALL-1    → no test yet\n" +
				"ROUTE-4   → no test yet\n" +
				"CALL-2    → no test yet\n" +
				"REC-10    → no test yet\n" +
				"0 of 4 requirements have a test\n",
		},
		"sorted, each test once": {
			files: map[string]string{
				"services/b/b_test.go": file(``, `func TestB(t *testing.T) {
					covers.Requirement(t, "CALL-2", "CALL-1")
					t.Run("again", func(t *testing.T) { covers.Requirement(t, "CALL-1") })
				}`),
				"services/a/a_test.go":      file(``, `func TestA(t *testing.T) { covers.Requirement(t, "CALL-1") }`),
				"services/a/storetest/s.go": file(``, `func Run(t *testing.T) { covers.Requirement(t, "REC-10") }`),
			},
			want: "CALL-1    → services/a.TestA\n" +
				"CALL-1    → services/b.TestB\n" +
				"ROUTE-4   → no test yet\n" +
				"CALL-2    → services/b.TestB\n" +
				"REC-10    → services/a/storetest.Run\n" +
				"3 of 4 requirements have a test\n",
		},
		"another name for the import": {
			files: map[string]string{"a/a_test.go": file(`proof`, `func TestA(t *testing.T) { proof.Requirement(t, "CALL-1") }`)},
			want:  "CALL-1    → a.TestA\nROUTE-4   → no test yet\nCALL-2    → no test yet\nREC-10    → no test yet\n1 of 4 requirements have a test\n",
		},
		"another Requirement": {
			files: map[string]string{"a/a_test.go": file(``, `func TestA(t *testing.T) { other.Requirement(t, "CALL-9"); Requirement("CALL-9") }`)},
			want:  "CALL-1    → no test yet\nROUTE-4   → no test yet\nCALL-2    → no test yet\nREC-10    → no test yet\n0 of 4 requirements have a test\n",
		},
		"not our source": {
			files: map[string]string{
				"a/testdata/a_test.go": "not Go",
				".tmp/a_test.go":       "not Go",
				"var/a_test.go":        "not Go",
				"gen/covers/a_test.go": "not Go",
			},
			want: "CALL-1    → no test yet\nROUTE-4   → no test yet\nCALL-2    → no test yet\nREC-10    → no test yet\n0 of 4 requirements have a test\n",
		},
		"an id that is only mentioned": {
			files:   map[string]string{"a/a_test.go": file(``, `func TestA(t *testing.T) { covers.Requirement(t, "API-1", "CALL-1") }`)},
			want:    "CALL-1    → a.TestA\nROUTE-4   → no test yet\nCALL-2    → no test yet\nREC-10    → no test yet\n1 of 4 requirements have a test\n",
			wantErr: "not defined in docs/requirements.md: a.TestA names API-1",
		},
		"an id that is computed": {
			files:   map[string]string{"a/a_test.go": file(``, `func TestA(t *testing.T) { covers.Requirement(t, test.id) }`)},
			wantErr: "a_test.go:3:50: requirement ids must be string literals",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			put(t, root, "docs/requirements.md", requirements)
			for path, text := range test.files {
				put(t, root, path, text)
			}
			var out strings.Builder
			err := run(root, &out)
			if test.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.wantErr)
			}
			require.Equal(t, test.want, out.String())
		})
	}
}

func TestRunWithoutRequirements(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, run(t.TempDir(), &strings.Builder{}), os.ErrNotExist)
}

// file returns the source of a test file that imports covers under a name.
func file(alias, body string) string {
	return "package a\nimport " + alias + ` "github.com/redress-dev/redress/gen/covers"` + "\n" + body + "\n"
}

func put(t *testing.T, root, path, text string) {
	t.Helper()
	target := filepath.Join(root, filepath.FromSlash(path))
	require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o750))
	require.NoError(t, os.WriteFile(target, []byte(text), 0o600))
}
