package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/check"
)

// module is the folder of a module that the standalone is made of, in the version that it has.
func module(t *testing.T, name string) string {
	t.Helper()
	return workspace(t, "deploy/standalone", "list", "-m", "-f", "{{.Dir}}", name)
}

// TestTemporalReadsWhatItIsTold: each variable that its containers are given is one that the server, its tools or its interface reads, in
// the version that they have.
func TestTemporalReadsWhatItIsTold(t *testing.T) {
	t.Parallel()
	server := module(t, "go.temporal.io/server")
	readers := map[string][]string{
		"temporal":        {filepath.Join(server, "common/config/config_template_embedded.yaml")},
		"temporal-schema": {filepath.Join(server, "tools/sql/main.go")},
		"temporal-ui":     {filepath.Join(module(t, "github.com/temporalio/ui-server/v2"), "config/docker.yaml")},
	}
	file, err := filepath.Abs(filepath.Join(root, composeFile))
	require.NoError(t, err)
	project, err := check.LoadCompose(t.Context(), file, []byte(read(t, composeFile)))
	require.NoError(t, err)
	for name, files := range readers {
		var variables []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range regexp.MustCompile(`(?:env |EnvVar: *)"([A-Z_]+)"`).FindAllStringSubmatch(string(text), -1) {
				variables = append(variables, found[1])
			}
		}
		require.NotContains(t, variables, "NO_SUCH")
		require.NotEmpty(t, project.Services[name].Environment)
		for variable := range project.Services[name].Environment {
			require.Contains(t, variables, variable, name)
		}
	}
	for script, variable := range map[string]string{"serve.sh": "POSTGRES_PWD", "schema.sh": "SQL_PASSWORD"} {
		require.Contains(t, read(t, "deploy/compose/temporal/"+script), "export "+variable+"\n")
	}
}

// TestSecretsAreMadeOnce: the script makes every secret that Compose hands out, for nobody else to see, and changes none the second time.
func TestSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(root, "deploy/compose"))))
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "secrets")))
	file := filepath.Join(folder, "compose.yaml")
	project, err := check.LoadCompose(t.Context(), file, []byte(read(t, composeFile)))
	require.NoError(t, err)
	require.NotEmpty(t, project.Secrets)
	before := map[string]string{}
	for range 2 {
		out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "secrets.sh")).CombinedOutput()
		require.NoError(t, err, string(out))
		for name, secret := range project.Secrets {
			text, err := os.ReadFile(secret.File)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(text), 48, name)
			if was, ok := before[name]; ok {
				require.Equal(t, was, string(text), name)
			}
			before[name] = string(text)
			require.NotContains(t, string(out), strings.TrimSpace(string(text)), "it prints none")
		}
	}
	require.Contains(t, before["redress"], before["redress_password"])
	info, err := os.Stat(filepath.Join(folder, "secrets"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// TestScriptsAreShell: what the containers run is understood by the shell that they run it with.
func TestScriptsAreShell(t *testing.T) {
	t.Parallel()
	for script, shell := range map[string]string{
		"secrets.sh": "sh", "temporal/serve.sh": "sh", "temporal/schema.sh": "sh", "postgres/databases.sh": "bash",
	} {
		path := filepath.Join(root, "deploy/compose", script)
		out, err := exec.CommandContext(t.Context(), shell, "-n", path).CombinedOutput()
		require.NoError(t, err, string(out))
		require.True(t, strings.HasPrefix(read(t, "deploy/compose/"+script), "#!/bin/"+shell+"\n"), script)
	}
}
