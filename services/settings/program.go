package settings

import (
	"io"
	"log/slog"
)

// Program are the settings that every program of Redress has, beside those of what it runs.
type Program struct {
	// File is the path of the file of settings; empty for none.
	File string `name:"config" env:"REDRESS_CONFIG" placeholder:"FILE" group:"program" help:"YAML file of settings, with the names of the flags as keys. Variables and flags win over it."`
	// Policy is the path of a policy file laid over the built-in default; empty for the default alone.
	Policy string `name:"policy" env:"REDRESS_POLICY" placeholder:"FILE" group:"program" help:"Policy file, laid over the built-in default field by field."`
	// LogLevel is the least severe level that is written to the log.
	LogLevel slog.Level `name:"log-level" env:"REDRESS_LOG_LEVEL" default:"info" placeholder:"LEVEL" group:"program" help:"Least severe entry of the log, on standard error: debug, info, warn or error."`
	// LogFormat is how entries of the log are written; text when empty.
	LogFormat string `name:"log-format" env:"REDRESS_LOG_FORMAT" default:"text" enum:"text,json" placeholder:"FORMAT" group:"program" help:"How the log is written."`
	// PrintConfig asks for the settings instead of their use.
	PrintConfig bool `name:"print-config" group:"program" help:"Print the settings, each with where it came from, and exit. Secrets are masked."`
}

// LogHandler writes the log to out, as the settings say.
func (p Program) LogHandler(out io.Writer) slog.Handler {
	options := &slog.HandlerOptions{Level: p.LogLevel}
	if p.LogFormat == "json" {
		return slog.NewJSONHandler(out, options)
	}
	return slog.NewTextHandler(out, options)
}
