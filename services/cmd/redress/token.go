package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// token mints a development token.
type token struct {
	suite.Config
	settings.Program

	Subject  string        `default:"agents/dev" placeholder:"NAME" help:"Whom the token stands for: agents/…, services/… or frontends/…"`
	Granted  string        `name:"roles" default:"agent,supervisor,manager,operator,auditor" placeholder:"ROLE,…" help:"What the holder may do, separated by commas."`
	Lifetime time.Duration `default:"12h" help:"How long it is good for."`
}

// Uses implements settings.Selective.
func (token) Uses(flag string) bool {
	return slices.Contains([]string{"data-dir", "config", "subject", "roles", "lifetime"}, flag)
}

// Help implements kong's HelpProvider.
func (token) Help() string {
	return `The token is signed with the key of the installation and printed alone on a line, to be taken into a variable:

    TOKEN=$(redress token)

It is for trying Redress out: whoever can read the key can be anybody.`
}

// run prints a token, alone on a line.
func (c *token) run(_ context.Context, in *surroundings) error {
	granted, err := parseRoles(c.Granted)
	if err != nil {
		return misuse(err)
	}
	if c.Lifetime <= 0 {
		return misuse(errors.New("--lifetime: a token that is good for no time is good for nothing"))
	}
	text, err := suite.DevelopmentToken(c.DataDir, c.Subject, granted, c.Lifetime, time.Now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.stdout, text)
	return err
}

func parseRoles(list string) ([]authv1.Role, error) {
	var roles []authv1.Role
	for name := range strings.SplitSeq(list, ",") {
		number, ok := authv1.Role_value[strings.ToUpper(strings.TrimSpace(name))]
		if !ok || number == 0 {
			return nil, fmt.Errorf("--roles: no role %q: there are agent, supervisor, manager, executive, hr, auditor, operator, service and public", name)
		}
		roles = append(roles, authv1.Role(number))
	}
	return roles, nil
}
