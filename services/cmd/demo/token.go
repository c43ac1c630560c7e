package main

import (
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"

	"github.com/redress-dev/redress/services/cmd/demo/story"
	"github.com/redress-dev/redress/services/suite"
)

// tokens says how the people in the story prove who they are: by the token given, or each by one of their own.
func tokens(cfg config) story.Tokens {
	return func(subject string, roles ...authv1.Role) (string, error) {
		if cfg.Token != "" {
			return cfg.Token, nil
		}
		return suite.DevelopmentToken(cfg.DataDir, subject, roles, time.Hour, time.Now)
	}
}

// tokenSource is what a shell finds a token with.
func tokenSource(cfg config) string {
	if cfg.Token != "" {
		return "$TOKEN"
	}
	command := "go run ./services/cmd/redress token"
	if cfg.DataDir != "var" {
		command += " --data-dir " + cfg.DataDir
	}
	return "$(" + command + ")"
}
