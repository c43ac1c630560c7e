package suite

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	// waitStep is how long the suite waits before it looks again for what is not there yet.
	waitStep = time.Second
	// waitReminder is how often it says again that what was there is away.
	waitReminder = 30
)

// state says what the suite waits for; nothing once it has begun to serve.
type state struct {
	waiting atomic.Value // Of string.
}

func (s *state) set(reason string) { s.waiting.Store(reason) }

// reason is what the suite waits for, empty when for nothing.
func (s *state) reason() string {
	text, _ := s.waiting.Load().(string)
	return text
}

// await calls open until what it opens is there, so that the processes of an installation may start in any order. What waiting
// cannot mend is an error at once; so is everything where Config.Migrate says that this process makes what is missing. The log tells once what is
// waited for, which is no news at the start of an installation, and each further look at level debug; readiness says it all the while.
func (s *Suite) await(ctx context.Context, what string, open func() error) error {
	for try := 0; ; try++ {
		err := open()
		if err == nil || s.cfg.Migrate || !mayCome(err) {
			s.state.set("starting")
			s.refuse(false)
			return err
		}
		s.refuse(true)
		s.state.set("waiting for " + what + ": " + err.Error())
		s.deps.Logger.Log(ctx, waitLevel(try), "waiting; keys and tables are made by redress migrate", "for", what, "because", err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(waitStep):
		}
	}
}

// waitLevel is that of a line about what is waited for at the start: the first is for people, the others for whoever looks for a fault.
func waitLevel(before int) slog.Level {
	if before == 0 {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// mayCome tells whether an error is about something that another process may still bring: keys and tables, by Migrate, or a
// database that is starting or not made yet.
func mayCome(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, sqldb.ErrBehind) || sqldb.Postgres.IsUnavailable(err) || sqldb.IsAbsent(err)
}
