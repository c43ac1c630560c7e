// Command demo tells a customer's story on a running Redress: it files a complaint, lets people act as people do, and prints what
// Redress makes of it, as it happens. It needs a standalone with the demo policy, in which a day lasts half a minute:
//
//	make run POLICY=deploy/standalone/policy-demo.yaml
//	make demo
//
// It is also a smoke test: it exits with 1 when something that must happen does not, and with 2 for flags it does not know.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/redress-dev/redress/services/cmd/demo/story"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// config is what can be said on the command line or in the environment. Names are those of the standalone.
type config struct {
	HTTPAddress string `name:"http-addr" env:"REDRESS_HTTP_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where Redress answers REST."`
	GRPCAddress string `name:"grpc-addr" env:"REDRESS_GRPC_ADDR" default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where Redress answers gRPC; events are followed there."`
	UIAddress   string `name:"temporal-ui-addr" env:"REDRESS_TEMPORAL_UI_ADDR" default:"127.0.0.1:8233" placeholder:"HOST:PORT" help:"Where Temporal's web interface is."`
	DataDir     string `name:"data-dir" env:"REDRESS_DATA_DIR" default:"var" placeholder:"DIR" help:"Redress's data directory: its key signs the tokens of the people in the story."`
	Token       string `name:"token" env:"TOKEN" placeholder:"TOKEN" secret:"true" help:"A development token, to play all parts with where the data directory has no key to read."`
	Language    string `name:"lang" default:"en" enum:"en,zh" help:"Language of the narration: en or zh. The customer speaks Chinese."`
}

func main() {
	// SIGPIPE: who reads may go away first, and what was filed is withdrawn then, too.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run tells the story on out and returns the exit code.
func run(ctx context.Context, args []string, env settings.Environment, out, stderr io.Writer) int {
	var cfg config
	_, err := settings.Read(&cfg, settings.Source{
		Program: "demo", Args: beside(args), Env: env, Out: out,
		About: "Tells a customer's story on a running Redress with the demo policy. The flags of make run are taken, too, but for --config; " +
			"those that are not listed here change nothing.",
		Others: slices.Concat(settings.Variables(suite.Config{}), settings.Variables(settings.Program{}), []string{"REDRESS_SERVER"}),
	})
	switch {
	case errors.Is(err, settings.ErrPrinted):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "demo:", err)
		return 2
	}
	teller, err := story.New(story.Config{
		HTTPAddress: cfg.HTTPAddress, GRPCAddress: cfg.GRPCAddress, UIAddress: cfg.UIAddress,
		TokenSource: tokenSource(cfg), Flags: flags(cfg), Language: cfg.Language, Colour: colour(out, env.Lookup), Columns: columns(env.Lookup),
	}, story.Deps{Out: out, Now: time.Now, Token: tokens(cfg)})
	if err == nil {
		err = errors.Join(teller.Tell(ctx), teller.Close())
	}
	if err != nil {
		fmt.Fprintln(stderr, "demo:", err)
		return 1
	}
	return 0
}
