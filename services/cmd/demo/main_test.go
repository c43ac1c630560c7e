package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// tell runs the program with an environment of its own and returns its exit code and what it says.
func tell(t *testing.T, env map[string]string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr strings.Builder
	environment := settings.Environment{"REDRESS_DATABASE=postgres://db/redress", "REDRESS_SERVER=127.0.0.1:1", "REDRESS_CONFIG=none.yaml"} // Others'.
	for name, value := range env {
		environment = append(environment, name+"="+value)
	}
	code = run(t.Context(), args, environment, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestMistakesAreExplained proves that whoever has not started Redress, or not the right one, is told the command.
func TestMistakesAreExplained(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := listener.Addr().String()
	require.NoError(t, listener.Close())
	code, out, said := tell(t, nil, "--http-addr", nobody)
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Equal(t, "demo: nothing answers at http://"+nobody+
		"; start Redress in another terminal, from the repository: make run POLICY=deploy/standalone/policy-demo.yaml\n", said)

	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	t.Cleanup(other.Close)
	code, _, said = tell(t, map[string]string{"REDRESS_HTTP_ADDR": strings.TrimPrefix(other.URL, "http://")})
	require.Equal(t, 1, code)
	require.Contains(t, said, "something else than Redress")

	code, out, _ = tell(t, nil, "--help")
	require.Zero(t, code)
	require.Contains(t, out, "REDRESS_HTTP_ADDR")
	for _, args := range [][]string{{"--nonsense"}, {"--lang", "fr"}, {"extra"}} {
		code, _, said = tell(t, nil, args...)
		require.Equal(t, 2, code, "%v", args)
		require.NotEmpty(t, said)
	}
}

// TestColourIsForTerminals proves that a file has no colours in it, and that NO_COLOR is obeyed.
func TestColourIsForTerminals(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	device, err := os.Open(os.DevNull) // As little a file as a terminal is.
	require.NoError(t, err)
	t.Cleanup(func() { _ = device.Close() })
	require.False(t, colour(file, none))
	require.False(t, colour(&strings.Builder{}, none))
	require.True(t, colour(device, none))
	for _, variable := range [][2]string{{"NO_COLOR", "1"}, {"TERM", "dumb"}} {
		require.False(t, colour(device, func(name string) (string, bool) { return variable[1], name == variable[0] }), variable)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 100, "x": 100, "80": 80, "10": 60, "500": 120} {
		require.Equal(t, want, columns(func(string) (string, bool) { return text, true }), text)
	}
}

// TestFlags proves that the command for the other language at the end finds the same installation.
func TestFlags(t *testing.T) {
	t.Parallel()
	usual := config{DataDir: "var", HTTPAddress: "127.0.0.1:8080", GRPCAddress: "127.0.0.1:9090", UIAddress: "127.0.0.1:8233"}
	require.Empty(t, flags(usual))
	usual.DataDir, usual.GRPCAddress = "/data", "127.0.0.1:1"
	require.Equal(t, " --data-dir /data --grpc-addr 127.0.0.1:1", flags(usual))
}

// TestSurveysOfTheDemoLeadToItsGateway, where it is by default: whoever follows the link of a message finds the page.
func TestSurveysOfTheDemoLeadToItsGateway(t *testing.T) {
	t.Parallel()
	demo, err := suite.LoadPolicy("../../../deploy/standalone/policy-demo.yaml")
	require.NoError(t, err)
	var told config
	parser, err := kong.New(&told)
	require.NoError(t, err)
	_, err = parser.Parse(nil)
	require.NoError(t, err)
	require.Equal(t, "http://"+told.HTTPAddress+"/surveys/", demo.Proto().GetFollowups().GetSurveyLink())
}

// TestWhatIsGivenToMakeRunSuitsTheDemo: flags of the standalone that mean nothing here are passed over, with their values; but a mistake is one.
func TestWhatIsGivenToMakeRunSuitsTheDemo(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"--http-addr", "127.0.0.1:1", "--data-dir=/data", "--temporal-ui-addr", "", "--lang", "zh"}, beside([]string{
		"--temporal-addr", "127.0.0.1:7234", "--http-addr", "127.0.0.1:1", "--log-level=debug", "--data-dir=/data", "--admin-addr", "off",
		"--temporal-ui-addr", "", "--policy", "p.yaml", "--smtp-addr", "mail:25", "--lang", "zh",
	}))
	for _, args := range [][]string{{"--nonsense", "1"}, {"--config", "f.yaml"}, {"--lang", "zh", "extra"}, {"-x"}} {
		require.Equal(t, args, beside(args), "and is refused")
	}
	code, _, said := tell(t, map[string]string{"REDRESS_SMTP_ADDR": "mail:25"}, "--temporal-addr", "127.0.0.1:1", "--http-addr", "127.0.0.1:1")
	require.Equal(t, 1, code)
	require.Contains(t, said, "nothing answers at")
}

// TestTokenSource proves that the commands at the end find the same installation.
func TestTokenSource(t *testing.T) {
	t.Parallel()
	require.Equal(t, "$TOKEN", tokenSource(config{Token: "x", DataDir: "var"}))
	require.Equal(t, "$(go run ./services/cmd/redress token)", tokenSource(config{DataDir: "var"}))
	require.Equal(t, "$(go run ./services/cmd/redress token --data-dir /data)", tokenSource(config{DataDir: "/data"}))
}
