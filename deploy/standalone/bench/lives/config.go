package lives

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
	"github.com/redress-dev/redress/deploy/standalone/bench/rig"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	"github.com/redress-dev/redress/deploy/standalone/program"
)

// Config says what to measure. The rig is required; the sizes are those of the part that is run.
type Config struct {
	rig.Rig

	// Profiles is a directory for profiles of the product's processor time and memory while it works, of each part and database the last run;
	// empty for none.
	Profiles string

	// Load is what Run measures, Rounds how often: the product and the bare workflow by turns, each on empty data.
	Load   Load
	Rounds int
	// Filed is how many complaints Burst files.
	Filed int
	// Due is how many callbacks Late has due in the same moment, Spread how many one after the other, Every so often.
	Due, Spread int
	Every       time.Duration
	// Begin is the time allowed for each of them to be filed and its workflow begun, and Notice what is left then until the first is due.
	Begin, Notice time.Duration
}

// concurrency is how many file at a time, where the rate is not what is measured.
const concurrency = 64

// with runs do against a product on empty data.
func (cfg Config) with(ctx context.Context, part string, engine database.Engine, policy string, do func(Target) error) (err error) {
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
	if cfg.Profiles != "" {
		if err := s.Profile(filepath.Join(cfg.Profiles, fmt.Sprintf("%s-%s.pprof", part, engine))); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.ProfileEnd()) }()
	}
	return do(Target{GRPC: s.GRPC, Temporal: s.Temporal, Namespace: program.Namespace, Dir: s.Dir(), PID: s.PID(), Now: cfg.Now})
}
