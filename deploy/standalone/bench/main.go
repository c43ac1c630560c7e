// Command bench measures Redress and writes what it found as Markdown: into docs/benchmarks.md with `make bench`, which runs it with a
// throw-away PostgreSQL. A run replaces the sections that it measured and leaves everything else in the file as it is.
//
// Each part is a package: filing (with its floors, and with and without telemetry), lists, memory, size and lives. They share load,
// which makes calls and keeps latencies, server, which runs the product as a process of its own, database, fill, client, rig and report.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/server"
)

// serveArgument makes this program the product; what follows is its configuration.
const serveArgument = "serve"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], time.Now, os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the product when it is told to be, and measures otherwise.
func run(ctx context.Context, args []string, now func() time.Time, in io.Reader, out, progress io.Writer) error {
	if len(args) == 2 && args[0] == serveArgument {
		// A signal from the terminal reaches both processes; the one that measures ends this one when it is done with it.
		return server.Serve(context.WithoutCancel(ctx), args[1], now, in, out, progress)
	}
	b, err := parse(args)
	if err != nil {
		return err
	}
	b.now, b.out, b.progress = now, out, progress
	return b.measure(ctx)
}
