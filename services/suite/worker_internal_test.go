package suite

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/redress-dev/redress/gen/covers"
)

// casual is a worker that begins unless it is kept from it. There is one after the other.
type casual struct {
	refused atomic.Bool
	hired   atomic.Int64
	stopped atomic.Bool
	fatal   chan func(error) // How each that began would stop itself.
	options worker.Options
}

func (c *casual) Start() error {
	c.hired.Add(1)
	if c.refused.Load() {
		return errors.New("there is no namespace")
	}
	c.fatal <- c.options.OnFatalError
	return nil
}

func (c *casual) Stop() { c.stopped.Store(true) }

// TestAWorkerThatStopsItselfIsNotReady: a worker that Temporal refuses for good, such as one whose namespace was deleted, stops itself. Its
// process says so, begins again, and is ready once Temporal takes it.
func TestAWorkerThatStopsItselfIsNotReady(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	synctest.Test(t, func(t *testing.T) {
		s := &Suite{
			cfg:  Config{Roles: []Role{Worker}, TemporalAddress: "temporal:7233", Namespace: "redress"},
			deps: Deps{Logger: slog.New(slog.DiscardHandler)},
		}
		s.state.set("")
		s.worker.set("has not begun")
		require.ErrorContains(t, s.Ready(t.Context()), "the worker has not begun: Temporal at temporal:7233 must serve the namespace redress")
		w := &casual{fatal: make(chan func(error), 2)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- s.keepWorking(ctx, func(options worker.Options) hand { w.options = options; return w })
		}()
		synctest.Wait()
		require.NoError(t, s.Ready(t.Context()))

		w.refused.Store(true)
		(<-w.fatal)(errors.New("the namespace is gone"))
		synctest.Wait()
		require.ErrorContains(t, s.Ready(t.Context()), "the worker has stopped itself and begins again: Temporal at temporal:7233")
		s.cfg.Roles = []Role{Followup, Worker}
		require.NoError(t, s.Ready(t.Context()), "where other roles run too, they serve without it")
		s.cfg.Roles = []Role{Worker}

		for w.hired.Load() < 3 {
			time.Sleep(workerRetry)
			synctest.Wait()
		}
		require.Error(t, s.Ready(t.Context()))
		w.refused.Store(false)
		time.Sleep(2 * workerRetry)
		synctest.Wait()
		require.NoError(t, s.Ready(t.Context()))
		cancel()
		require.NoError(t, <-ended)
		require.True(t, w.stopped.Load())
	})
}
