// Command redress is the tool of people who run Redress.
//
//	redress token     mint a development token with the key of an installation
//	redress version   print the version
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

const usage = `Redress's tool for those who run it.

  redress token     mint a development token with the key of an installation (--help lists its flags)
  redress version   print the version
`

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "redress:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("name a command: token or version")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		_, err := fmt.Fprint(out, usage)
		return err
	case "token":
		return token(args[1:], out)
	case "version":
		return version(out)
	default:
		return fmt.Errorf("no command %q: there are token and version", args[0])
	}
}

// token prints a token, alone on a line, so that it can be taken into a variable.
func token(args []string, out io.Writer) error {
	set := flag.NewFlagSet("redress token", flag.ContinueOnError)
	dir := set.String("data-dir", envOr("REDRESS_DATA_DIR", "var"), "the installation's data directory ($REDRESS_DATA_DIR)")
	subject := set.String("subject", "agents/dev", "whom the token stands for: agents/…, services/… or frontends/…")
	roles := set.String("roles", "agent,supervisor,manager,operator,auditor", "roles, separated by commas")
	lifetime := set.Duration("lifetime", 12*time.Hour, "how long it is good for")
	if err := set.Parse(args); err != nil {
		return err
	}
	granted, err := parseRoles(*roles)
	if err != nil {
		return err
	}
	text, err := suite.DevelopmentToken(*dir, *subject, granted, *lifetime, time.Now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

func parseRoles(list string) ([]authv1.Role, error) {
	var roles []authv1.Role
	for name := range strings.SplitSeq(list, ",") {
		number, ok := authv1.Role_value[strings.ToUpper(strings.TrimSpace(name))]
		if !ok || number == 0 {
			return nil, fmt.Errorf("no role %q: there are agent, supervisor, manager, executive, hr, auditor, operator, service and public", name)
		}
		roles = append(roles, authv1.Role(number))
	}
	return roles, nil
}

func version(out io.Writer) error {
	name := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		name = info.Main.Version
	}
	_, err := fmt.Fprintln(out, "redress", name)
	return err
}

func envOr(name, fallback string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return fallback
}
