// Command standalone runs all of Redress in one process: the four services, the REST edge, and an embedded Temporal with its
// web interface. It needs nothing else; data goes to one directory. It is meant for trying Redress out, for development and
// for small teams; production roles are in services/cmd/redress.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/services/settings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second Ctrl-C does not wait for calls in flight.
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run starts the program and waits for its end. Exit codes: 0 after a signal, 1 when it cannot start or a part fails, 2 for
// settings that it does not understand.
func run(ctx context.Context, args []string, env settings.Environment, stdout, stderr io.Writer) int {
	cfg, err := program.Parse(args, env, stdout)
	switch {
	case errors.Is(err, settings.ErrPrinted):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "redress:", err)
		return 2
	}
	p, err := program.New(ctx, cfg, program.Deps{Now: time.Now, Stderr: stderr})
	if err != nil {
		if ctx.Err() != nil {
			return 0 // Stopped while it was starting.
		}
		fmt.Fprintln(stderr, "redress:", err)
		return 1
	}
	fmt.Fprint(stdout, p.Banner())
	err = errors.Join(p.Run(ctx), p.Close())
	if err != nil {
		fmt.Fprintln(stderr, "redress:", err)
		return 1
	}
	fmt.Fprintln(stderr, "redress: stopped; the next start carries on")
	return 0
}
