package program

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/redress-dev/redress/services/suite"
)

// Config is what can be set by flag or environment.
type Config struct {
	// Suite is what every program that runs Redress can be told. Roles, Migrate and Namespace are decided here.
	Suite suite.Config
	// Policy is the path of a policy file laid over the built-in default; empty for the default alone.
	Policy string
	// UIAddress is where Temporal's web interface listens; empty for none.
	UIAddress string
	// LogLevel is the least severe level that is written to standard error.
	LogLevel slog.Level
}

// option ties one field to its flag and environment variable.
type option struct {
	flag, env, fallback, usage string
	target                     *string
}

func (c *Config) options() []option {
	return []option{
		{"data-dir", "REDRESS_DATA_DIR", "var", "directory for keys and databases", &c.Suite.DataDir},
		{"policy", "REDRESS_POLICY", "", "policy file laid over the built-in default", &c.Policy},
		{"database", "REDRESS_DATABASE", "", "PostgreSQL URL instead of SQLite files", &c.Suite.Database},
		{"http-addr", "REDRESS_HTTP_ADDR", "127.0.0.1:8080", "address of the REST interface", &c.Suite.HTTPAddress},
		{"grpc-addr", "REDRESS_GRPC_ADDR", "127.0.0.1:9090", "address of the gRPC services", &c.Suite.GRPCAddress},
		{"admin-addr", "REDRESS_ADMIN_ADDR", "127.0.0.1:9190", "address of metrics and health, or off", &c.Suite.AdminAddress},
		{"temporal-addr", "REDRESS_TEMPORAL_ADDR", "127.0.0.1:7233", "address of the embedded Temporal", &c.Suite.TemporalAddress},
		{"temporal-ui-addr", "REDRESS_TEMPORAL_UI_ADDR", "127.0.0.1:8233", "address of Temporal's web interface; empty for none", &c.UIAddress},
	}
}

// Parse reads the configuration: a flag wins over its environment variable, which wins over the default. It prints usage to
// out when asked with -h, and then returns flag.ErrHelp.
func Parse(args []string, env func(string) (string, bool), out io.Writer) (Config, error) {
	var cfg Config
	set := flag.NewFlagSet("redress standalone", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, o := range cfg.options() {
		fallback := o.fallback
		if value, ok := env(o.env); ok {
			fallback = value
		}
		set.StringVar(o.target, o.flag, fallback, o.usage+" ($"+o.env+")")
	}
	level := "warn"
	if value, ok := env("REDRESS_LOG_LEVEL"); ok {
		level = value
	}
	set.TextVar(&cfg.LogLevel, "log-level", slog.LevelWarn, "debug, info, warn or error ($REDRESS_LOG_LEVEL)")
	if err := cfg.LogLevel.UnmarshalText([]byte(level)); err != nil {
		return cfg, fmt.Errorf("REDRESS_LOG_LEVEL: %q is none of debug, info, warn and error", level)
	}
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(out, "Usage of the Redress standalone:")
			set.SetOutput(out)
			set.PrintDefaults()
		}
		return cfg, err
	}
	if rest := set.Args(); len(rest) > 0 {
		return cfg, fmt.Errorf("unexpected argument %q; flags begin with --, see --help", strings.Join(rest, " "))
	}
	return cfg, nil
}
