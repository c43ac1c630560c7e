package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/check"
)

// composeFile is what `docker compose` is given.
const composeFile = "deploy/compose/compose.yaml"

func TestCompose(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs(filepath.Join(root, composeFile))
	require.NoError(t, err)
	text := read(t, composeFile)
	try := func(text string) error {
		project, err := check.LoadCompose(t.Context(), file, []byte(text))
		if err != nil {
			return err
		}
		return check.Compose(project)
	}
	require.NoError(t, try(text))
	for name, broken := range map[string]struct{ from, to, why string }{
		"no YAML":              {"services:\n", "services: [\n", "yaml"},
		"an unknown key":       {"  read_only: true\n", "  readonly: true\n", "readonly"},
		"writable":             {"  read_only: true\n", "", "can be written to"},
		"capable":              {"  cap_drop: [ALL]\n", "", "keeps capabilities"},
		"a role is missing":    {"\n  review:\n", "\n  reviews:\n", "nobody is review"},
		"another role":         {`["serve", "remedy"]`, `["serve", "review"]`, "remedy runs"},
		"any version":          {"temporalio/server:1.32.1", "temporalio/server:latest", "has no version"},
		"open to all":          {"127.0.0.1:8080:8080", "8080:8080", "is open to"},
		"a password":           {"POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "POSTGRES_PASSWORD: hunter2", "hand it over as a file"},
		"a password in a URL":  {"REDRESS_OTLP_ENDPOINT: collector:4317", "REDRESS_DATABASE: postgres://redress:hunter2@postgres/redress", "has a password"},
		"a file that is gone":  {"./temporal/serve.sh", "./temporal/server.sh", "no such file"},
		"a secret that is not": {"secrets: [redress, ", "secrets: [keys, ", "undefined secret"},
		"a secret withheld":    {"secrets: [redress, tls_cert, tls_key, tls_ca]", "secrets: [redress, tls_cert, tls_ca]", "is not given tls_key"},
		"nobody asks":          {"  migrate:\n    <<: *role\n    command: [\"migrate\"]", "  migrate:\n    <<: *role\n    command: [\"migrate\"]\n    depends_on: {tempo: {condition: service_healthy}}\n  migrated:\n    <<: *role", "which nobody asks"},
		"workflows are ended":  {`TEMPORAL_DISABLE_WRITE_ACTIONS: "true"`, `TEMPORAL_DISABLE_WRITE_ACTIONS: "false"`, "changed by hand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, try(changed(t, text, broken.from, broken.to)), broken.why)
		})
	}
}

// TestComposeRunsTheVersionsThatAreTested: the server, its tools and its interface are those of the standalone, which all tests run with.
func TestComposeRunsTheVersionsThatAreTested(t *testing.T) {
	t.Parallel()
	text := read(t, composeFile)
	for image, module := range map[string]string{
		"temporalio/server": "go.temporal.io/server", "temporalio/admin-tools": "go.temporal.io/server", "temporalio/ui": "github.com/temporalio/ui-server/v2",
	} {
		version := strings.TrimPrefix(workspace(t, "deploy/standalone", "list", "-m", "-f", "{{.Version}}", module), "v")
		require.Contains(t, text, "image: "+image+":"+version+"\n")
	}
	require.Contains(t, text, "image: postgres:15.", "the version that is tested")
}

// TestProgramUnderstandsComposeAndKubernetes asks the program itself: whatever a role is told, in Compose and in Kubernetes, it reads
// without a complaint, and would start with: nothing of it leaves a container in plaintext, which is allowed to none.
func TestProgramUnderstandsComposeAndKubernetes(t *testing.T) {
	t.Parallel()
	redress := program(t, "services/cmd/redress")
	told := map[string]settings{}
	file, err := filepath.Abs(filepath.Join(root, composeFile))
	require.NoError(t, err)
	project, err := check.LoadCompose(t.Context(), file, []byte(read(t, composeFile)))
	require.NoError(t, err)
	for name, service := range project.Services {
		if service.Build == nil {
			continue
		}
		s := settings{args: service.Command}
		for key, value := range service.Environment {
			s.env = append(s.env, key+"="+*value)
		}
		told["compose "+name] = s
	}
	for _, folder := range []string{"base", "overlays/production"} {
		for name, s := range pods(t, folder) {
			told[folder+" "+name] = s
		}
	}
	require.Len(t, told, 3*(len(check.Roles())+1))
	out, err := exec.CommandContext(t.Context(), redress, "policy", "check", filepath.Join(root, "deploy/k8s/base/policy.yaml")).CombinedOutput()
	require.NoError(t, err, string(out))
	image := imageEnvironment(t)
	for name, s := range told {
		s.env = append(slices.Clone(image), s.env...)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := s.ask(t, redress)
			require.NoError(t, err, out)
			require.Contains(t, out, "data-dir: /var/lib/redress")
			require.Contains(t, out, "plaintext: false")
			out, err = settings{s.args, slices.DeleteFunc(slices.Clone(s.env), func(e string) bool { return strings.Contains(e, "_TLS") })}.ask(t, redress)
			require.Error(t, err)
			require.Contains(t, out, "in plaintext beyond this host")
			_, err = settings{s.args, append(slices.Clone(s.env), "REDRESS_INTAKE_PLACE=x")}.ask(t, redress)
			require.Error(t, err, "a variable that nobody reads is refused")
			_, err = settings{append(slices.Clone(s.args), "--no-such"), s.env}.ask(t, redress)
			require.Error(t, err)
		})
	}
}

// settings are what a process of Redress is told.
type settings struct{ args, env []string }

// ask has the program say what it understood. The file of settings is one of the test.
func (s settings) ask(t *testing.T, redress string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "redress.yaml")
	require.NoError(t, os.WriteFile(file, []byte("database: postgres://redress:secret@postgres:5432/redress\n"), 0o600))
	command := exec.CommandContext(t.Context(), redress, append(slices.Clone(s.args), "--print-config")...)
	command.Env = append(slices.Clone(s.env), "REDRESS_CONFIG="+file)
	out, err := command.CombinedOutput()
	return string(out), err
}

// imageEnvironment is what the image tells every process in it.
func imageEnvironment(t *testing.T) (env []string) {
	t.Helper()
	text := read(t, "deploy/docker/Dockerfile")
	for stage := range strings.SplitSeq(text, "\nFROM ") {
		if !strings.HasPrefix(stage, "scratch AS base\n") && !strings.HasPrefix(stage, "base AS redress\n") {
			continue
		}
		env = append(env, declared(stage)...)
	}
	require.Contains(t, env, "REDRESS_ADMIN_ADDR=0.0.0.0:9190")
	require.Contains(t, env, "REDRESS_GRPC_ADDR=0.0.0.0:9090")
	return env
}

// declared are the settings of Redress that a stage of an image declares.
func declared(stage string) (env []string) {
	for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(stage, -1) {
		for _, pair := range strings.Fields(line[1]) {
			if strings.HasPrefix(pair, "REDRESS_") {
				env = append(env, pair)
			}
		}
	}
	return env
}
