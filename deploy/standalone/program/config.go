package program

import (
	"fmt"
	"io"
	"slices"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// Config is what can be set by flag, environment or file.
type Config struct {
	// Suite is what every program that runs Redress can be told. Roles, Migrate and Namespace are decided here.
	Suite suite.Config `embed:""`
	// UIAddress is where Temporal's web interface listens; empty for none.
	UIAddress string `name:"temporal-ui-addr" env:"REDRESS_TEMPORAL_UI_ADDR" default:"127.0.0.1:8233" placeholder:"HOST:PORT" group:"temporal" help:"Where Temporal's web interface listens; empty for none."`

	settings.Program
}

// Uses implements settings.Selective: there are no peers in one process, and Temporal is its own.
func (Config) Uses(flag string) bool {
	return !slices.Contains([]string{
		"intake-addr", "routing-addr", "remedy-addr", "followup-addr", "review-addr", "temporal-namespace", "temporal-retention",
		"tls-ca", "tls-server-name", "temporal-tls", "temporal-tls-cert", "temporal-tls-key", "temporal-tls-ca", "temporal-tls-server-name",
		"worker-deployment", "worker-build", // Its only worker is the current one.
	}, flag)
}

// Parse reads the configuration: a flag wins over its environment variable, which wins over the file, which wins over the default.
// When asked for help or for the settings themselves it prints them to out and returns settings.ErrPrinted. Any other error is
// about the settings, and says which.
func Parse(args []string, env settings.Environment, out io.Writer) (Config, error) {
	var cfg Config
	read, err := settings.Read(&cfg, settings.Source{
		Program: "standalone", Args: args, Env: env, Out: out,
		About: "All of Redress in one process, with a Temporal of its own. It needs nothing else; data goes to one directory.",
		// A newcomer's terminal is for the addresses and the token.
		Defaults: map[string]string{"log-level": "warn"},
		Others:   []string{"REDRESS_SERVER"}, // Of redress, which speaks with a standalone too.
	})
	if err != nil {
		return cfg, err
	}
	cfg.Suite = cfg.Suite.WithDefaults()
	if cfg.PrintConfig {
		if err := read.Print(out); err != nil {
			return cfg, fmt.Errorf("print the settings: %w", err)
		}
		return cfg, settings.ErrPrinted
	}
	return cfg, cfg.Suite.Check()
}
