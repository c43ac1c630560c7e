package main

import (
	"maps"
	"strings"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// beside leaves out of the arguments the flags of the standalone that mean nothing to a demonstration, so that what was given to make run can
// be given to make demo. A file of settings is not among them: it may say where Redress is, and nobody would know that it was not read.
func beside(args []string) []string {
	others := settings.Flags(suite.Config{})
	maps.Copy(others, settings.Flags(settings.Program{}))
	for name := range settings.Flags(config{}) {
		delete(others, name)
	}
	delete(others, "config")
	delete(others, "print-config")
	var own []string
	for i := 0; i < len(args); i++ {
		name, _, whole := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		valued, other := others[name]
		switch {
		case !other || !strings.HasPrefix(args[i], "--"):
			own = append(own, args[i])
		case valued && !whole:
			i++ // Its value.
		}
	}
	return own
}
