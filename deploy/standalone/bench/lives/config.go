package lives

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	"github.com/redress-dev/redress/deploy/standalone/program"
)

// Config says what to measure. Engines to Progress are required; the sizes are those of the part that is run.
type Config struct {
	// Engines are the databases.
	Engines []database.Engine
	// Maker makes them.
	Maker database.Maker
	// Command starts the product; see server.Config.
	Command []string
	// Profile is a file for a profile of the product's processor time, of the last one that ran; empty for none.
	Profile string
	// Now is the clock, and Progress hears what is going on.
	Now      func() time.Time
	Progress io.Writer

	// Load is what Run measures, Rounds how often: the product and the bare workflow by turns, each on empty data.
	Load   Load
	Rounds int
	// Filed is how many complaints Burst files.
	Filed int
	// Due is how many callbacks Late has due in the same moment, Spread how many one after the other, Every so often.
	Due, Spread int
	Every       time.Duration
	// Notice is how long the first of them is due after the last was filed at the earliest.
	Notice time.Duration
}

// concurrency is how many file at a time, where the rate is not what is measured.
const concurrency = 64

// with runs do against a product on empty data.
func (cfg Config) with(ctx context.Context, engine database.Engine, policy string, do func(Target) error) (err error) {
	place, err := cfg.Maker.Make(ctx, engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Remove(context.WithoutCancel(ctx))) }()
	s, err := server.Start(ctx, server.Config{Command: cfg.Command, Dir: place.Dir, Database: place.URL, Policy: policy}, cfg.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if cfg.Profile != "" {
		if err := s.Profile(cfg.Profile); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.ProfileEnd()) }()
	}
	return do(Target{GRPC: s.GRPC, Temporal: s.Temporal, Namespace: program.Namespace, Dir: s.Dir(), PID: s.PID(), Now: cfg.Now})
}

// tell writes a line of progress.
func (cfg Config) tell(format string, args ...any) { fmt.Fprintf(cfg.Progress, format+"\n", args...) }
