package check_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/check"
)

func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := read(t, "deploy/docker/Dockerfile")
	require.NoError(t, check.Dockerfile([]byte(text), goVersion(t)))
	for name, broken := range map[string]struct{ from, to, why string }{
		"no instruction":     {"USER 65532:65532", "USR 65532", "unknown instruction"},
		"root":               {"USER 65532:65532", "USER root", "USER must be a number"},
		"another Go":         {"GO_VERSION=" + goVersion(t), "GO_VERSION=1.21.0", "GO_VERSION is not"},
		"a distribution":     {"FROM scratch AS base", "FROM debian:12 AS base", "not from scratch"},
		"a shell":            {`ENTRYPOINT ["redress"]`, "ENTRYPOINT redress", "wants a shell"},
		"nothing to ask":     {"CMD [\"redress\", \"probe\"]\nSTOPSIGNAL SIGTERM\nENTRYPOINT [\"redress\"]", "CMD redress probe\nENTRYPOINT [\"redress\"]", "HEALTHCHECK must"},
		"a stage without it": {"FROM base AS redress", "FROM basis AS redress", "not from scratch"},
		"starts nothing":     {"ENTRYPOINT [\"redress\"]\n", "", "starts nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, check.Dockerfile([]byte(changed(t, text, broken.from, broken.to)), goVersion(t)), broken.why)
		})
	}
}

// TestBuildContext: .dockerignore lets in everything that the programs are built from, and nothing that is secret.
func TestBuildContext(t *testing.T) {
	t.Parallel()
	ignore := read(t, ".dockerignore")
	wanted := sources(t, "./services/cmd/redress", "./deploy/standalone")
	require.Greater(t, len(wanted), 500)
	out, err := check.Ignored([]byte(ignore), wanted)
	require.NoError(t, err)
	require.Empty(t, out)

	secret := []string{"var/vault.key", "services/var/token.key", "deploy/compose/secrets/redress.yaml", ".git/config", "services/x.db-wal"}
	out, err = check.Ignored([]byte(ignore), secret)
	require.NoError(t, err)
	require.Equal(t, secret, out)

	out, err = check.Ignored([]byte(changed(t, ignore, "!services\n", "")), wanted)
	require.NoError(t, err)
	require.NotEmpty(t, out)
}

// sources are the files of the repository that programs are built from.
func sources(t *testing.T, programs ...string) []string {
	t.Helper()
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	files := []string{"go.work"}
	args := append([]string{"list", "-deps", "-json=Dir,GoFiles,EmbedFiles,Module"}, programs...)
	decoder := json.NewDecoder(strings.NewReader(workspace(t, ".", args...)))
	for decoder.More() {
		var listed struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Module              *struct{ GoMod string }
		}
		require.NoError(t, decoder.Decode(&listed))
		folder, err := filepath.Rel(here, listed.Dir)
		require.NoError(t, err)
		if strings.HasPrefix(folder, "..") || listed.Module == nil {
			continue
		}
		module, err := filepath.Rel(here, listed.Module.GoMod)
		require.NoError(t, err)
		files = append(files, module, strings.TrimSuffix(module, "mod")+"sum")
		for _, file := range append(listed.GoFiles, listed.EmbedFiles...) {
			files = append(files, filepath.Join(folder, file))
		}
	}
	return files
}
