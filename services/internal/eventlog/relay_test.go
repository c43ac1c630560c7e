package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// quick is a configuration whose relay is never woken by the clock.
func quick() eventlog.Config {
	return eventlog.Config{Sweep: time.Hour, MaxBackoff: 5 * time.Millisecond, Patience: 10 * time.Millisecond, LeaseTTL: time.Minute}
}

// receiver is a subscriber that remembers what it took.
type receiver struct {
	name string
	// fail decides about each delivery; nil takes all.
	fail func(ctx context.Context, e *eventv1.Event) error

	mu     sync.Mutex
	taken  []*eventv1.Event
	tries  int
	signal chan struct{}
}

func newReceiver(name string) *receiver { return &receiver{name: name, signal: make(chan struct{}, 1)} }

func (r *receiver) Name() string                { return r.name }
func (r *receiver) Wants(eventType string) bool { return eventType == "message_recorded" }

func (r *receiver) Deliver(ctx context.Context, e *eventv1.Event) error {
	r.mu.Lock()
	r.tries++
	fail := r.fail
	r.mu.Unlock()
	if fail != nil {
		if err := fail(ctx, e); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.taken = append(r.taken, e)
	r.mu.Unlock()
	select {
	case r.signal <- struct{}{}:
	default:
	}
	return nil
}

func (r *receiver) failing(fail func(ctx context.Context, e *eventv1.Event) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = fail
}

func (r *receiver) events() []*eventv1.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*eventv1.Event(nil), r.taken...)
}

func (r *receiver) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

// await waits until n deliveries succeeded.
func (r *receiver) await(t *testing.T, n int) []*eventv1.Event {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if events := r.events(); len(events) >= n {
			return events
		}
		select {
		case <-r.signal:
		case <-deadline:
			require.Failf(t, "not delivered", "%d of %d came", len(r.events()), n)
		}
	}
}

// run starts the log's relay and returns what stops it and waits for its end.
func run(t *testing.T, log *eventlog.Log, subscribers ...eventlog.Subscriber) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- log.Run(ctx, subscribers...) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
		})
	}
	t.Cleanup(stop)
	return stop
}

// requireOrder checks that the first time each event came was in order of its
// subject, and that none is missing; later times are repetitions.
func requireOrder(t *testing.T, taken []*eventv1.Event, subjects, each int) {
	t.Helper()
	last := map[string]int64{}
	for _, e := range taken {
		require.LessOrEqual(t, e.GetPosition(), last[e.GetSubject()]+1, "%s came before its predecessor", e.GetSubject())
		last[e.GetSubject()] = max(last[e.GetSubject()], e.GetPosition())
	}
	require.Len(t, last, subjects)
	for subject, position := range last {
		require.EqualValues(t, each, position, subject)
	}
}

func TestEventsArriveInOrderWhateverFails(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const subjects, events = 12, 20
		for _, fraction := range []float64{0.05, 0.5} {
			log := newLog(t, db, quick())
			name := fmt.Sprintf("sometimes %v", fraction)
			r := newReceiver(name)
			r.fail = func(context.Context, *eventv1.Event) error {
				if rand.Float64() < fraction {
					return []error{status.Error(codes.Unavailable, "no"), errors.New("no"), eventlog.Permanent(errors.New("no"))}[rand.IntN(3)]
				}
				return nil
			}
			stop := run(t, log, r)
			var writers sync.WaitGroup
			for s := range subjects {
				writers.Go(func() { add(t, db, log, messages(fmt.Sprintf("complaints/%v/%d", fraction, s), events)...) })
			}
			writers.Wait()
			server := eventlog.NewServer(log, nil)
			require.Eventually(t, func() bool {
				// Some errors were permanent: an operator has them tried again.
				_, err := server.RedriveEvents(t.Context(), &eventv1.RedriveEventsRequest{Subscriber: name})
				require.NoError(t, err)
				lag, err := log.Lag(t.Context())
				require.NoError(t, err)
				for _, l := range lag {
					if l.Subscriber == name {
						return l.Undelivered == 0
					}
				}
				return false
			}, time.Minute, 20*time.Millisecond)
			stop()
			var own []*eventv1.Event
			for _, e := range r.events() {
				if strings.HasPrefix(e.GetSubject(), fmt.Sprintf("complaints/%v/", fraction)) {
					own = append(own, e)
				}
			}
			requireOrder(t, own, subjects, events)
		}
	})
}

func TestDeliveryGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const events = 60
		log := newLog(t, db, quick())
		add(t, db, log, messages("complaints/a", events)...)
		r := newReceiver("routing")
		for n := 10; n < events; n += 10 {
			stop := run(t, log, r)
			r.await(t, n)
			stop()
		}
		taken := len(r.events())
		run(t, newLog(t, db, quick()), r)
		for len(r.events()) < events {
			r.await(t, len(r.events())+1)
		}
		requireOrder(t, r.events(), 1, events)
		require.Len(t, r.events(), events, "a stop in good order repeats nothing; %d were there before the last start", taken)
	})
}

func TestACrashRepeatsWhatThePositionDidNotPass(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		sent := add(t, db, log, messages("complaints/a", 5)...)
		r := newReceiver("routing")
		stop := run(t, log, r)
		r.await(t, 5)
		stop()
		// What a crash between a delivery and the write of the position leaves.
		exec(t, db, "UPDATE subscriptions SET position = ?", sent[2].GetSequence())
		run(t, log, r)
		taken := r.await(t, 7)
		require.Equal(t, sent[3].GetEventId(), taken[5].GetEventId())
		require.Equal(t, sent[4].GetEventId(), taken[6].GetEventId())
	})
}

func TestANewSubscriberGetsAllOfHistoryAndOnlyWhatItWants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		first, second := newReceiver("routing"), newReceiver("remedy")
		run(t, log, first, second)
		add(t, db, log, messages("complaints/a", 2)...)
		other := draft("complaints/a", "")
		other.Payload = &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{}}}
		add(t, db, log, other, draft("complaints/a", "3"))
		require.EqualValues(t, 4, first.await(t, 3)[2].GetPosition())
		second.await(t, 3)
		require.Len(t, first.events(), 3)
	})
}

func TestDeliveredEventsAreTheStoredOnes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		r := newReceiver("routing")
		traces := make(chan trace.SpanContext, 1)
		r.fail = func(ctx context.Context, _ *eventv1.Event) error {
			traces <- trace.SpanContextFromContext(ctx)
			return nil
		}
		run(t, log, r)
		span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{7}, SpanID: trace.SpanID{8}})
		var sent *eventv1.Event
		require.NoError(t, db.Write(trace.ContextWithSpanContext(t.Context(), span), func(ctx context.Context, tx *sqldb.Tx) error {
			var err error
			sent, err = log.Append(ctx, tx, draft("complaints/a", "x"))
			return err
		}))
		got := r.await(t, 1)[0]
		require.Empty(t, diff(sent, got))
		require.Equal(t, trace.TraceID{7}, (<-traces).TraceID(), "the delivery continues the trace of the cause")
		p, err := eventlog.Decode(got)
		require.NoError(t, err)
		require.Equal(t, "x", p.GetMessageRecorded().GetMessage())
	})
}

// TestACommitWakesTheRelay: the log is swept once an hour here, so what is delivered was woken for.
func TestACommitWakesTheRelay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		r := newReceiver("routing")
		run(t, log, r)
		for i := range 20 {
			add(t, db, log, draft("complaints/a", "x"))
			r.await(t, i+1)
		}
	})
}

func TestNothingIsDeliveredWhilePaused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		r := newReceiver("routing")
		run(t, log, r)
		log.Pause()
		add(t, db, log, messages("complaints/a", 3)...)
		time.Sleep(30 * time.Millisecond)
		require.Empty(t, r.events())
		log.Resume()
		r.await(t, 3)
	})
}

func TestSubjectsAreDeliveredInParallel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := quick()
		cfg.Workers = 4
		log := newLog(t, db, cfg)
		var running, most atomic.Int32
		gate := make(chan struct{})
		r := newReceiver("routing")
		r.fail = func(context.Context, *eventv1.Event) error {
			if now := running.Add(1); now > most.Load() {
				most.Store(now)
			}
			<-gate
			running.Add(-1)
			return nil
		}
		for s := range 8 {
			add(t, db, log, messages(fmt.Sprintf("complaints/%d", s), 2)...)
		}
		run(t, log, r)
		require.Eventually(t, func() bool { return running.Load() == 4 }, time.Minute, time.Millisecond)
		close(gate)
		requireOrder(t, r.await(t, 16), 8, 2)
		require.EqualValues(t, 4, most.Load(), "as many as there are workers")
	})
}

func TestAPanicOfASubscriberIsAFailedDelivery(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		r := newReceiver("routing")
		var once atomic.Bool
		r.fail = func(context.Context, *eventv1.Event) error {
			if once.CompareAndSwap(false, true) {
				panic("defect")
			}
			return nil
		}
		run(t, log, r)
		add(t, db, log, messages("complaints/a", 2)...)
		requireOrder(t, r.await(t, 2), 1, 2)
	})
}

func TestRunRefusesBadNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		for _, names := range [][]string{{""}, {"a", "a"}, {string(make([]byte, 65))}} {
			var subscribers []eventlog.Subscriber
			for _, name := range names {
				subscribers = append(subscribers, newReceiver(name))
			}
			require.Error(t, log.Run(t.Context(), subscribers...))
		}
	})
}
