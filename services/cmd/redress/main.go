// Command redress runs Redress in production: each role in a process of its own, or several together, on PostgreSQL and a
// Temporal of its own.
//
//	redress serve intake    run a role: intake, routing, remedy, followup, gateway, worker, review
//	redress migrate         prepare keys, tables and Temporal's namespace
//	redress keys            make the keys of an installation alone
//	redress probe           ask the process on this host whether it is ready
//	redress policy check    check, print or compare policies
//	redress token           mint a development token with the key of an installation
//	redress import          file complaints that were received elsewhere, from a file
//	redress reindex         make the index anew that complaints are searched for and compared by
//	redress reconcile       compare services and Temporal, and repair what does not fit
//	redress replay-gate     replay all workflows that run against this binary
//	redress promote         make a version of the workers the current one
//	redress directory       read and write departments, teams and people
//	redress rules           read, check, change and explain the rules of routing
//	redress evidence        check the file of a complaint that a regulator gets, and print the key that signs it
//	redress temporal key    rotate the key that workflows are encrypted with
//	redress version         print the version
//
// Each command explains itself with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second Ctrl-C does not wait for calls in flight.
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
