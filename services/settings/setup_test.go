package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/settings"
)

// suite has a value of each kind.
type suite struct {
	DataDir   string        `name:"data-dir" env:"TEST_DATA_DIR" default:"var" placeholder:"DIR" group:"data" help:"Where data is kept."`
	Database  string        `name:"database" env:"TEST_DATABASE" placeholder:"URL" secret:"true" group:"data" help:"The database."`
	Address   string        `name:"grpc-addr" env:"TEST_GRPC_ADDR" group:"addresses" help:"Where to listen."`
	Ratio     float64       `name:"trace-ratio" env:"TEST_TRACE_RATIO" default:"1" group:"telemetry" help:"A share."`
	Count     int           `name:"count" env:"TEST_COUNT" default:"3" help:"A number."`
	Sure      bool          `name:"sure" env:"TEST_SURE" help:"A switch."`
	DrainTime time.Duration `name:"drain-time" env:"TEST_DRAIN_TIME" default:"5s" group:"stopping" help:"A time."`
	NotOurs   string        `kong:"-"`
}

// serve and token are commands that share settings.
type serve struct {
	suite
	settings.Program

	Roles []string `arg:"" optional:"" name:"role" help:"What to run."`
}

type token struct {
	suite
	settings.Program

	Subject string `default:"nobody" help:"An option, and no setting."`
}

func (token) Uses(flag string) bool {
	return flag == "data-dir" || flag == "config" || flag == "subject"
}

type program struct {
	Serve serve `cmd:"" help:"Run it."`
	Token token `cmd:"" help:"Make a token."`
}

// given is what surrounds a call.
type given struct {
	args     string // Separated by blanks.
	env      map[string]string
	file     string // Its text; no file when empty.
	defaults map[string]string
}

// read reads the settings of a program. FILE in the arguments stands for the name of the file, without its folder in errors.
func read(t *testing.T, g given) (*program, *settings.Settings, error) {
	t.Helper()
	var p program
	s, err := settings.Read(&p, g.source(t, &strings.Builder{}))
	return &p, s, err
}

func (g given) source(t *testing.T, out *strings.Builder) settings.Source {
	t.Helper()
	args := strings.Fields(g.args)
	if g.file != "" {
		t.Chdir(t.TempDir())
		require.NoError(t, os.WriteFile(filepath.Clean("redress.yaml"), []byte(g.file), 0o600))
	}
	var env settings.Environment
	for name, value := range g.env {
		env = append(env, name+"="+value)
	}
	return settings.Source{
		Program: "test", About: "A program.", Args: args, Out: out, Defaults: g.defaults,
		Env: env, Others: []string{"REDRESS_OTHER_PROGRAM"},
	}
}

// printed is what Print prints.
func printed(t require.TestingT, s *settings.Settings) string {
	var out strings.Builder
	require.NoError(t, s.Print(&out))
	return out.String()
}
