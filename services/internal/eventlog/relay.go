package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redress-dev/redress/services/internal/idem"
)

// keySweep is how often expired idempotency keys are deleted.
const keySweep = time.Hour

// maxName is the longest name of a subscriber, as the contract has it.
const maxName = 64

// Run delivers events to the subscribers, signs checkpoints and deletes expired
// idempotency keys until the context ends; then it finishes the deliveries on
// their way, gives its leases back and returns nil. Several replicas may run
// with the same subscribers: each is served by one of them at a time. It fails
// at once when a name is used twice or cannot be one.
func (l *Log) Run(ctx context.Context, subscribers ...Subscriber) error {
	names := map[string]bool{}
	for _, s := range subscribers {
		if err := checkName(s); err != nil || names[s.Name()] {
			return cmp.Or(err, fmt.Errorf("eventlog: the name %q of a subscriber is used twice", s.Name()))
		}
		names[s.Name()] = true
	}
	l.noteHearers(subscribers)
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { l.hear(ctx) })
	all.Go(func() { l.tell(ctx) })
	for _, s := range subscribers {
		all.Go(func() { l.deliver(ctx, s) })
	}
	all.Go(func() { l.runCheckpoints(ctx) })
	all.Go(func() { l.sweepKeys(ctx) })
	return nil
}

// Deliver serves one more subscriber beside those of Run, for as long as ctx lets
// it: one whose name is not known when Run begins. It fails at once when the name
// cannot be one.
func (l *Log) Deliver(ctx context.Context, s Subscriber) error {
	if err := checkName(s); err != nil {
		return err
	}
	l.deliver(ctx, s)
	return nil
}

func (l *Log) deliver(ctx context.Context, s Subscriber) {
	defer l.herald.begin(s.Name())()
	r := &relay{log: l, subscriber: s, lease: &lease{log: l, subscriber: s.Name(), owner: l.newID()}}
	r.run(ctx)
}

func checkName(s Subscriber) error {
	if name := s.Name(); name == "" || len(name) > maxName {
		return fmt.Errorf("eventlog: %q cannot be the name of a subscriber: 1 to %d characters", name, maxName)
	}
	return nil
}

func (l *Log) sweepKeys(ctx context.Context) {
	for {
		if _, err := idem.Sweep(ctx, l.db, l.now()); err != nil && ctx.Err() == nil {
			l.logger.Warn("expired idempotency keys not deleted", "error", err)
		}
		if sleep(ctx, keySweep) != nil {
			return
		}
	}
}

// relay serves one subscriber.
type relay struct {
	log        *Log
	subscriber Subscriber
	lease      *lease
}

// run serves the subscriber whenever this replica has the lease. What goes wrong
// with the database ends a session, and the next one starts from the position
// that was written last.
func (r *relay) run(ctx context.Context) {
	logger := r.log.logger.With("subscriber", r.lease.subscriber)
	for failures := 0; ctx.Err() == nil; {
		began, err := r.serve(ctx)
		if began {
			failures = 0
		}
		wait := min(r.log.cfg.Sweep, r.log.cfg.LeaseTTL/3)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errLeaseLost):
			logger.Warn("another replica took over the deliveries")
		case err != nil:
			failures++
			wait = backoff(failures, r.log.cfg.MaxBackoff)
			logger.Warn("deliveries are interrupted", "error", err)
		}
		if sleep(ctx, wait) != nil {
			return
		}
	}
}

// serve delivers as long as this replica has the lease, and returns at once when
// it cannot have it.
func (r *relay) serve(ctx context.Context) (began bool, err error) {
	position, ok, err := r.lease.acquire(ctx)
	if err != nil || !ok {
		return false, err
	}
	defer r.log.herald.holds()()
	s, err := newSession(ctx, r, position)
	if err != nil {
		return false, err
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	delivering, lose := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if err := s.keeper.run(keeping); err != nil {
			lose(err)
		}
	}()
	err = s.run(delivering)
	stop()
	<-kept
	if lost := context.Cause(delivering); errors.Is(lost, errLeaseLost) {
		err = lost
	}
	lose(nil)
	if errors.Is(err, errLeaseLost) {
		return true, err
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	return true, errors.Join(err, r.lease.release(ending, s.window.position))
}
