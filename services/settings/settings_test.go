package settings_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/settings"
)

// TestPrecedence: a flag wins over its variable, which wins over the file, which wins over the default; and Print tells which.
func TestPrecedence(t *testing.T) {
	env := map[string]string{"TEST_GRPC_ADDR": "env:1", "TEST_COUNT": "4", "TEST_DRAIN_TIME": "2m", "TEST_SURE": "true", "TEST_DATA_DIR": ""}
	file := "grpc-addr: file:1\ntrace-ratio: 0.5\n\ncount: 5\ndata-dir: from-file\n"
	for what, tc := range map[string]struct {
		given   given
		address string
		origin  string
	}{
		"default":           {given{args: "serve"}, "", `grpc-addr: "" # default`},
		"program's default": {given{args: "serve", defaults: map[string]string{"grpc-addr": "own:1"}}, "own:1", "grpc-addr: own:1 # default"},
		"file":              {given{args: "serve --config redress.yaml", file: file}, "file:1", "grpc-addr: file:1 # redress.yaml:1"},
		"file by variable":  {given{args: "serve", file: file, env: map[string]string{"REDRESS_CONFIG": "redress.yaml"}}, "file:1", "grpc-addr: file:1 # redress.yaml:1"},
		"variable":          {given{args: "serve", env: env}, "env:1", "grpc-addr: env:1 # $TEST_GRPC_ADDR"},
		"variable and file": {given{args: "serve --config=redress.yaml", env: env, file: file}, "env:1", "grpc-addr: env:1 # $TEST_GRPC_ADDR"},
		"flag":              {given{args: "serve --grpc-addr=flag:1"}, "flag:1", "grpc-addr: flag:1 # --grpc-addr"},
		"all":               {given{args: "serve --grpc-addr flag:1 --config redress.yaml", env: env, file: file}, "flag:1", "grpc-addr: flag:1 # --grpc-addr"},
		"empty flag":        {given{args: "serve --grpc-addr=", env: env}, "", `grpc-addr: "" # --grpc-addr`},
		"file, other flag":  {given{args: "serve --count 1 --config redress.yaml", file: file}, "file:1", "grpc-addr: file:1 # redress.yaml:1"},
	} {
		t.Run(what, func(t *testing.T) {
			p, s, err := read(t, tc.given)
			require.NoError(t, err)
			require.Equal(t, tc.address, p.Serve.Address)
			require.Contains(t, printed(t, s), tc.origin+"\n")
		})
	}
	p, _, err := read(t, given{args: "serve --config redress.yaml intake", env: env, file: file})
	require.NoError(t, err)
	require.Equal(t, suite{Address: "env:1", Ratio: 0.5, Count: 4, Sure: true, DrainTime: 2 * time.Minute}, p.Serve.suite, "an empty variable is a value")
	require.Equal(t, []string{"intake"}, p.Serve.Roles)
}

// TestOnlyTheGivenEnvironment: a variable of the process is read through Source.Env and no other way.
func TestOnlyTheGivenEnvironment(t *testing.T) {
	t.Setenv("TEST_COUNT", "17")
	t.Setenv("TEST_DRAIN_TIME", "nonsense")
	p, _, err := read(t, given{args: "serve"})
	require.NoError(t, err)
	require.Equal(t, 3, p.Serve.Count)
}

// TestMistakes: each names the flag, the variable or the line, and what is allowed; all of environment and file come at once.
func TestMistakes(t *testing.T) {
	for what, tc := range map[string]struct {
		given given
		want  []string
	}{
		"flag unknown":      {given{args: "serve --grpc-adr=x"}, []string{`unknown flag --grpc-adr, did you mean "--grpc-addr"?`}},
		"flag not used":     {given{args: "token --database=x"}, []string{"unknown flag --database"}},
		"flag's duration":   {given{args: "serve --drain-time=soon"}, []string{`--drain-time: "soon" is no duration; write for example 300ms, 90s, 15m or 24h`}},
		"flag's level":      {given{args: "serve --log-level=loud"}, []string{`--log-level: "loud" is none of debug, info, warn and error`}},
		"flag's format":     {given{args: "serve --log-format=xml"}, []string{`--log-format must be one of "text","json" but got "xml"`}},
		"command unknown":   {given{args: "srve"}, []string{`unexpected argument srve, did you mean "serve"?`}},
		"no command":        {given{}, []string{`expected one of "serve", "token"`}},
		"variables":         {given{args: "serve", env: map[string]string{"TEST_COUNT": "x", "REDRESS_LOG_FORMAT": "xml"}}, []string{"$TEST_COUNT: expected", "$REDRESS_LOG_FORMAT: must be one of text, json, not \"xml\""}},
		"file missing":      {given{args: "serve --config none.yaml"}, []string{"--config: cannot read the file of settings: open none.yaml:"}},
		"its variable":      {given{args: "serve", env: map[string]string{"REDRESS_CONFIG": "none.yaml"}}, []string{"$REDRESS_CONFIG: cannot read"}},
		"file's keys":       {given{args: "serve --config redress.yaml", file: "# x\ngrpc_addr: a\nDataDir: b\nnothing-like-it: c\n"}, []string{"redress.yaml:2:1 grpc_addr: no such setting; did you mean grpc-addr?", "redress.yaml:3:1 DataDir: no such setting; did you mean data-dir?", "redress.yaml:4:1 nothing-like-it: no such setting; there are count, data-dir, database,"}},
		"file's values":     {given{args: "serve --config redress.yaml", file: "count: 1.5\ndrain-time: [1s]\ngrpc-addr:\ndata-dir: !!binary aGk=\n"}, []string{"redress.yaml:2:13 drain-time: wants a single value", "redress.yaml:3:1 grpc-addr: has no value; write \"\"", "redress.yaml:4:11 data-dir: the tag !!binary", "redress.yaml:1:8 count: expected"}},
		"file's form":       {given{args: "serve --config redress.yaml", file: "- count\n"}, []string{`redress.yaml:1:1 settings are lines such as "data-dir: var"`}},
		"config in file":    {given{args: "serve --config redress.yaml", file: "config: other.yaml\n"}, []string{"redress.yaml:1:1 config: no such setting"}},
		"options in file":   {given{args: "token --config redress.yaml", file: "subject: me\nprint-config: true\n"}, []string{"redress.yaml:1:1 subject: no such setting", "redress.yaml:2:1 print-config: no such setting"}},
		"masked secret":     {given{args: "serve --config redress.yaml", file: "database: postgres://u:xxxxx@h/d\n"}, []string{`redress.yaml:1: holds "xxxxx" in place of the secret`}},
		"masked by flag":    {given{args: "serve --database=xxxxx"}, []string{`--database: holds "xxxxx"`}},
		"variable's name":   {given{args: "serve", env: map[string]string{"REDRESS_CONFG": "redress.yaml"}}, []string{"$REDRESS_CONFG: no such setting; did you mean REDRESS_CONFIG?"}},
		"longer name":       {given{args: "token", env: map[string]string{"REDRESS_LOG_LEVEL_NAME": "info"}}, []string{"$REDRESS_LOG_LEVEL_NAME: no such setting; did you mean REDRESS_LOG_LEVEL?"}},
		"strange name":      {given{args: "serve", env: map[string]string{"REDRESS_COLOUR": "s3cret"}}, []string{"$REDRESS_COLOUR: no such setting; there are REDRESS_CONFIG, REDRESS_LOG_FORMAT,"}},
		"port is no link":   {given{args: "serve", env: map[string]string{"REDRESS_HTTP_PORT": "8080"}}, []string{"$REDRESS_HTTP_PORT: no such setting"}},
		"name and flag":     {given{args: "serve --grpc-adr=x", env: map[string]string{"REDRESS_CONFG": "x"}}, []string{"$REDRESS_CONFG: ", "unknown flag --grpc-adr"}},
		"file and variable": {given{args: "serve --config redress.yaml", file: "count: x\n", env: map[string]string{"TEST_SURE": "perhaps"}}, []string{"redress.yaml:1:8 count: expected", "$TEST_SURE: bool value must be true"}},
	} {
		t.Run(what, func(t *testing.T) {
			_, _, err := read(t, tc.given)
			var refused *settings.Error
			require.ErrorAs(t, err, &refused)
			require.Len(t, refused.Problems, len(tc.want), err)
			for i, want := range tc.want {
				require.True(t, strings.HasPrefix(refused.Problems[i], want), "want %s\ngot  %s", want, refused.Problems[i])
			}
		})
	}
}

// TestOneFileForAllCommands: what a command does not use may stand in the file, and is not looked at.
func TestOneFileForAllCommands(t *testing.T) {
	p, s, err := read(t, given{args: "token --config redress.yaml", file: "data-dir: here\ncount: not a number\n", env: map[string]string{"TEST_COUNT": "x"}})
	require.NoError(t, err)
	require.Equal(t, "here", p.Token.DataDir)
	require.Equal(t, 3, p.Token.Count, "what is not used has its default")
	require.Same(t, &p.Token, s.Command())
	require.Equal(t, "# Settings of test token, each with where it came from. Secrets are masked.\n\n# Data:\ndata-dir: here # redress.yaml:1\n", printed(t, s))
}

// TestVariablesOfOthers: a variable that something else reads or makes is no mistake.
func TestVariablesOfOthers(t *testing.T) {
	t.Parallel()
	_, _, err := read(t, given{args: "token", env: map[string]string{
		"TEST_COUNT": "x", "REDRESS_POLICY": "of another command", "REDRESS_OTHER_PROGRAM": "x", "REDRESSING": "x", "HOME": "/",
		"REDRESS_TEST_POSTGRES_URL": "x", "REDRESS_BENCH_BARE": "x", "REDRESS_RECORD_HISTORIES": "1",
		"REDRESS_SERVICE_HOST": "10.0.0.1", "REDRESS_SERVICE_PORT": "8080", "REDRESS_SERVICE_PORT_HTTP": "8080", "REDRESS_PORT": "tcp://10.0.0.1:8080",
		"REDRESS_INTAKE_SERVICE_HOST": "10.0.0.2", "REDRESS_INTAKE_PORT": "tcp://10.0.0.2:9091", "REDRESS_INTAKE_PORT_9091_TCP": "tcp://10.0.0.2:9091",
		"REDRESS_INTAKE_PORT_9091_TCP_PROTO": "tcp", "REDRESS_INTAKE_PORT_9091_TCP_PORT": "9091", "REDRESS_INTAKE_PORT_9091_TCP_ADDR": "10.0.0.2",
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"REDRESS_CONFIG", "REDRESS_POLICY", "REDRESS_LOG_LEVEL", "REDRESS_LOG_FORMAT"}, settings.Variables(settings.Program{}))
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	_, err := settings.Read(&program{}, given{args: "serve --help nonsense", env: map[string]string{"TEST_COUNT": "x"}}.source(t, &out))
	require.ErrorIs(t, err, settings.ErrPrinted)
	require.Regexp(t, `(?s)\nData:\n.*--data-dir=DIR +Where data is kept\. Default: var\.\s+\[\$TEST_DATA_DIR\]\n`, out.String())
	require.Regexp(t, `--log-format=FORMAT +How the log is written. Default: text. One of text,\s+json\.\s+\[\$REDRESS_LOG_FORMAT\]`, out.String())
	out.Reset()
	_, err = settings.Read(&program{}, given{args: "token --help"}.source(t, &out))
	require.ErrorIs(t, err, settings.ErrPrinted)
	require.Contains(t, out.String(), "--subject")
	require.NotContains(t, out.String(), "--database")
}

// TestWithoutCommands: a program without commands, such as the standalone.
func TestWithoutCommands(t *testing.T) {
	t.Parallel()
	var target struct {
		suite
		settings.Program
	}
	s, err := settings.Read(&target, given{args: "--count 7", defaults: map[string]string{"log-level": "warn"}}.source(t, &strings.Builder{}))
	require.NoError(t, err)
	require.Equal(t, 7, target.Count)
	require.Equal(t, slog.LevelWarn, target.LogLevel)
	require.Same(t, &target, s.Command())
	_, err = settings.Read(&target, given{args: "extra"}.source(t, &strings.Builder{}))
	require.ErrorContains(t, err, "unexpected argument extra")
}

// TestLog: level and form of the log are those of the settings.
func TestLog(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ args, want string }{
		{"serve", "level=INFO msg=shown"},
		{"serve --log-format json --log-level INFO", `"level":"INFO","msg":"shown"`},
		{"serve --log-level=error", ""},
	} {
		p, _, err := read(t, given{args: tc.args})
		require.NoError(t, err)
		var out strings.Builder
		logger := slog.New(p.Serve.LogHandler(&out))
		logger.Debug("hidden")
		logger.Info("shown")
		require.Contains(t, out.String(), tc.want)
		require.Equal(t, tc.want == "", out.String() == "")
		require.NotContains(t, out.String(), "hidden")
	}
}
