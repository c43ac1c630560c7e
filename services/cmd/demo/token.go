package main

import (
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"

	"github.com/redress-dev/redress/services/cmd/demo/story"
	"github.com/redress-dev/redress/services/suite"
)

// tokens says how the people in the story prove who they are: each by a token of their own, or all by the
// one that was given where the installation's key cannot be read.
func tokens(cfg config) story.Tokens {
	return func(subject string, roles ...authv1.Role) (string, error) {
		token, err := suite.DevelopmentToken(cfg.DataDir, subject, roles, time.Hour, time.Now)
		if err != nil && cfg.Token != "" {
			return cfg.Token, nil
		}
		return token, err
	}
}

// flags are what a further telling has to be told to find the same installation.
func flags(cfg config) string {
	var all strings.Builder
	for _, flag := range [][3]string{
		{"data-dir", cfg.DataDir, "var"}, {"http-addr", cfg.HTTPAddress, "127.0.0.1:8080"}, {"grpc-addr", cfg.GRPCAddress, "127.0.0.1:9090"},
		{"temporal-ui-addr", cfg.UIAddress, "127.0.0.1:8233"},
	} {
		if name, value, usual := flag[0], flag[1], flag[2]; value != usual {
			all.WriteString(" --" + name + " " + value)
		}
	}
	return all.String()
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
