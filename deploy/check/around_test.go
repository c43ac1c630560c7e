package check_test

import (
	"crypto/tls"
	"crypto/x509"
	"math/big"
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
			for _, found := range regexp.MustCompile(`(?:env |EnvVar: *)"([A-Z0-9_]+)"`).FindAllStringSubmatch(string(text), -1) {
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

// TestCertificateIsForAll: the certificate is of the authority, for each name that it is met by, and for either end; its key fits. A new one is
// made when it is taken away, of the same authority, whose key is handed to nobody.
func TestCertificateIsForAll(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(root, "deploy/compose"))))
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "secrets")))
	in := func(name string) string { return filepath.Join(folder, "secrets", name) }
	authorities := x509.NewCertPool()
	var before *big.Int
	for range 2 {
		out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "secrets.sh")).CombinedOutput()
		require.NoError(t, err, string(out))
		pair, err := tls.LoadX509KeyPair(in("tls_cert"), in("tls_key"))
		require.NoError(t, err)
		if before == nil {
			text, err := os.ReadFile(in("tls_ca"))
			require.NoError(t, err)
			require.True(t, authorities.AppendCertsFromPEM(text))
		}
		// Those by which Prometheus and Temporal's parts find each other are among them.
		for _, name := range append(check.Roles(), "redress", "temporal", "localhost", "127.0.0.1") {
			_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: authorities})
			require.NoError(t, err, name)
		}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: authorities, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		require.NoError(t, err)
		require.NotEqual(t, before, pair.Leaf.SerialNumber)
		before = pair.Leaf.SerialNumber
		info, err := os.Stat(in("tls_ca_key"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoError(t, os.Remove(in("tls_cert")))
	}
	require.NotContains(t, read(t, composeFile), "tls_ca_key")
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
