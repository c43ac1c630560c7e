// Package rig is what every part of the benchmark measures with: the databases, the product and a clock.
package rig

import (
	"fmt"
	"io"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// Rig belongs to the configuration of each part. All fields are required.
type Rig struct {
	// Engines are the databases, each measured in turn.
	Engines []database.Engine
	// Maker makes them.
	Maker database.Maker
	// Command starts the product; see server.Config.
	Command []string
	// Now is the clock.
	Now func() time.Time
	// Progress hears what is going on.
	Progress io.Writer
}

// Tell writes a line of progress. That it cannot be written is no reason to stop measuring, so there is no error.
func (r Rig) Tell(format string, args ...any) { fmt.Fprintf(r.Progress, format+"\n", args...) }
