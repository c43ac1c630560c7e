package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/document"
	"github.com/redress-dev/redress/services/settings"
)

// TestPrint pins the form.
func TestPrint(t *testing.T) {
	p, s, err := read(t, given{
		args: "serve --sure", file: "database: postgres://redress:s3cret@db/redress?sslmode=disable\ndata-dir: \"0123\"\n",
		env: map[string]string{"REDRESS_CONFIG": "redress.yaml", "TEST_DRAIN_TIME": "90s"},
	})
	require.NoError(t, err)
	p.Serve.Address = "filled:1" // By the program, where nobody said anything.
	require.Equal(t, `# Settings of test serve, each with where it came from. Secrets are masked.

# Data:
data-dir: "0123" # redress.yaml:2
database: postgres://redress:xxxxx@db/redress?sslmode=disable # redress.yaml:1, masked

# Addresses:
grpc-addr: filled:1 # default

# Telemetry:
trace-ratio: 1 # default

# Others:
count: 3 # default
sure: true # --sure

# Stopping:
drain-time: 1m30s # $TEST_DRAIN_TIME

# Program:
policy: "" # default
log-level: info # default
log-format: text # default
`, printed(t, s))
}

// TestPrintedIsRead: what is printed can be given back as a file and means the same.
func TestPrintedIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "printed.yaml")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		want := suite{
			DataDir: text.Draw(t, "dir"), Address: text.Draw(t, "address"), Ratio: rapid.Float64().Draw(t, "ratio"),
			Count: rapid.Int().Draw(t, "count"), Sure: rapid.Bool().Draw(t, "sure"), DrainTime: time.Duration(rapid.Int64().Draw(t, "drain")),
		}
		var first, second program
		s, err := settings.Read(&first, settings.Source{Program: "test", Args: []string{"serve"}})
		require.NoError(t, err)
		first.Serve.suite = want
		require.NoError(t, os.WriteFile(path, []byte(printed(t, s)), 0o600))
		_, err = settings.Read(&second, settings.Source{Program: "test", Args: []string{"serve", "--config", path}})
		require.NoError(t, err, printed(t, s))
		require.Equal(t, want, second.Serve.suite)
	})
}

// TestSecretsAreMasked: the parts of a URL that are no secret stay, so that a mistake in them can be seen.
func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"postgres://redress@db:5432/redress":                        "postgres://redress@db:5432/redress",
		"postgres://redress:s3cret@db:5432/redress?sslmode=disable": "postgres://redress:xxxxx@db:5432/redress?sslmode=disable",
		"postgres://u:s3cret@one:1,two:2/d":                         "postgres://u:xxxxx@one:1,two:2/d",
		"postgres://db/redress?user=u&password=s3cret":              "postgres://db/redress?password=xxxxx&user=u",
		"postgres://db/redress?sslpassword=s3cret":                  "postgres://db/redress?sslpassword=xxxxx",
		"host=db password=s3cret":                                   "xxxxx",
		"postgres:u:s3cret@db":                                      "xxxxx",
		"postgres://u:12#s3cret@db/d":                               "xxxxx",
		"postgres://u:12?s3cret@db/d":                               "xxxxx",
		"postgres://u:12/s3cret@db/d":                               "xxxxx",
		"s3cret":                                                    "xxxxx",
	} {
		p, s, err := read(t, given{args: "serve --database " + strings.ReplaceAll(value, " ", "%")})
		require.NoError(t, err)
		p.Serve.Database = value
		require.Contains(t, printed(t, s), "database: "+want+" # --database", value)
	}
}

// TestPasswordsOfOthersAreMasked: what is no secret as a whole may have a password in it, such as the URL of a collector.
func TestPasswordsOfOthersAreMasked(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"collector:4317":                      "collector:4317",
		"http://collector:4317":               "http://collector:4317",
		"http://user@collector:4317":          "http://user@collector:4317",
		"http://user:s3cret@collector:4317":   "http://user:xxxxx@collector:4317",
		"https://user:12/s3cret@collector":    "xxxxx",
		"https://:s3cret@collector":           "https://:xxxxx@collector",
		"user:s3cret@collector:4317":          "xxxxx",
		"s3://bucket?region=eu-1&prefix=a/b@": "s3://bucket?region=eu-1&prefix=a/b@",
		"unix:///run/clam:1@here":             "unix:///run/clam:1@here",
		"/srv/a:b@c":                          "/srv/a:b@c",
		"one:9091,two:9091":                   "one:9091,two:9091",
	} {
		_, s, err := read(t, given{args: "serve --grpc-addr " + value})
		require.NoError(t, err)
		line := "grpc-addr: " + want + " # --grpc-addr"
		if want != value {
			line += ", masked"
		}
		require.Contains(t, printed(t, s), line+"\n", value)
		if want == value {
			continue
		}
		_, _, err = read(t, given{args: "serve --grpc-addr " + want})
		require.ErrorContains(t, err, `--grpc-addr: holds "xxxxx" in place of the secret`, value)
	}
}

// TestNoSecretGetsOut: however a password is written into a URL, no printed line and no error has it.
func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"s3cret", "/", "?", "#", "@", ":", "%", "%zz", "&", "=", "[", "]", " ", "12", ";", "\\", "\x7f", ","})
		password := "s3cret" + strings.Join(rapid.SliceOf(piece).Draw(t, "password"), "")
		if rapid.Bool().Draw(t, "number first") {
			password = "12" + rapid.SampledFrom([]string{"/", "?", "#", ";", ","}).Draw(t, "sign") + password
		}
		value := rapid.SampledFrom([]string{"postgres://u:" + password + "@db/d", "host=db password=" + password, "u:" + password + "@db", password}).Draw(t, "value")
		var p program
		s, err := settings.Read(&p, settings.Source{Program: "test", Args: []string{"serve", "--database=" + value}})
		if err == nil {
			require.NotContains(t, printed(t, s), "s3cret")
			return
		}
		require.NotContains(t, err.Error(), "s3cret")
	})
}

// FuzzFile: whatever the file, values or an *Error that names it; never a panic.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"", "count: 4\n", "data-dir: x\ndatabase: postgres://u:p@h/d\n", "a: &a [*a]", "? [count]\n: x", "<<: {count: 1}", "count: !!binary aGk=",
		"\r\rcount:\r  4", "1: x", "--- \n...\n", "\ufeffcount: 4", "%YAML 1.1\n---\n", "count: |\n  4\n", "sure: yes\ndrain-time: 1h",
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "redress.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		var p program
		s, err := settings.Read(&p, settings.Source{Program: "test", Args: []string{"serve", "--config", path}})
		if err == nil {
			_, problems := document.Read([]byte(printed(t, s)), "printed", "")
			require.Empty(t, problems)
			return
		}
		var refused *settings.Error
		require.ErrorAs(t, err, &refused)
		require.NotEmpty(t, refused.Problems)
		for _, problem := range refused.Problems {
			require.True(t, strings.HasPrefix(problem, path+":"), problem)
		}
	})
}
