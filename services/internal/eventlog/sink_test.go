package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// house is the client of a service, and remembers which events came together.
type house struct {
	mu      sync.Mutex
	batches [][]string
	// refuse fails an event, and with it all that came together with it.
	refuse func(ctx context.Context, subject string) error
}

func (h *house) take(ctx context.Context, events ...*eventv1.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var subjects []string
	for _, e := range events {
		if h.refuse != nil {
			if err := h.refuse(ctx, e.GetSubject()); err != nil {
				return err
			}
		}
		subjects = append(subjects, e.GetSubject())
	}
	h.batches = append(h.batches, subjects)
	return nil
}

func (h *house) ApplyEvent(ctx context.Context, in *eventv1.ApplyEventRequest, _ ...grpc.CallOption) (*eventv1.ApplyEventResponse, error) {
	return &eventv1.ApplyEventResponse{First: true}, h.take(ctx, in.GetEvent())
}

func (h *house) ApplyEvents(ctx context.Context, in *eventv1.ApplyEventsRequest, _ ...grpc.CallOption) (*eventv1.ApplyEventsResponse, error) {
	return &eventv1.ApplyEventsResponse{}, h.take(ctx, in.GetEvents()...)
}

func (h *house) taken() [][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.batches)
}

func (h *house) sink() eventlog.Subscriber {
	return eventlog.NewSink(eventlog.Sink{Name: "remedy", Client: h, Urgent: []string{"urgent"}, Other: []string{"other"}})
}

// deliver delivers in the background, and returns when the event waits or is
// delivered. The test is in a bubble, where time passes only when all wait.
func deliver(ctx context.Context, s eventlog.Subscriber, kind, subject string) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Deliver(ctx, &eventv1.Event{EventId: subject, Subject: subject, Type: kind}) }()
	synctest.Wait()
	return done
}

func TestASinkWantsItsTypes(t *testing.T) {
	t.Parallel()
	s := (&house{}).sink()
	require.Equal(t, "remedy", s.Name())
	require.True(t, s.Wants("urgent") && s.Wants("other"))
	require.False(t, s.Wants("another"))
	require.True(t, eventlog.NewSink(eventlog.Sink{Name: "all"}).Wants("another"))
}

// TestEventsNobodyWaitsForGoTogether: the first goes at once, those that follow shortly go together, after a pause.
func TestEventsNobodyWaitsForGoTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		s := h.sink()
		require.NoError(t, <-deliver(t.Context(), s, "other", "a"))
		begin, later := time.Now(), []<-chan error{}
		for i := range 5 {
			later = append(later, deliver(t.Context(), s, "other", fmt.Sprint(i)))
		}
		for _, done := range later {
			require.NoError(t, <-done)
		}
		require.Less(t, time.Since(begin), time.Second)
		require.Equal(t, [][]string{{"a"}, {"0", "1", "2", "3", "4"}}, h.taken())
	})
}

// TestWhatIsUrgentTakesTheOthersAlong: it does not wait.
func TestWhatIsUrgentTakesTheOthersAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		s := h.sink()
		require.NoError(t, <-deliver(t.Context(), s, "other", "a"))
		waits := deliver(t.Context(), s, "other", "b")
		require.NoError(t, <-deliver(t.Context(), s, "urgent", "c"))
		require.NoError(t, <-waits)
		require.NoError(t, <-deliver(t.Context(), s, "urgent", "d"))
		require.Equal(t, [][]string{{"a"}, {"b", "c"}, {"d"}}, h.taken())
	})
}

// TestWhatIsUrgentGathersWhileTheReceiverIsBusy: it goes when that has ended, and after the pause if it does not end.
func TestWhatIsUrgentGathersWhileTheReceiverIsBusy(t *testing.T) {
	t.Parallel()
	for name, stuck := range map[string]bool{"ends": false, "does not end": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { gathers(t, stuck) })
		})
	}
}

func gathers(t *testing.T, stuck bool) {
	busy := make(chan struct{})
	c := &caller{house: &house{}, busy: busy}
	s := c.sink()
	first := deliver(t.Context(), s, "urgent", "first")
	second, third := deliver(t.Context(), s, "urgent", "second"), deliver(t.Context(), s, "urgent", "third")
	require.Empty(t, c.taken())
	if !stuck {
		close(busy)
	}
	require.NoError(t, <-second)
	require.NoError(t, <-third)
	if stuck {
		require.Equal(t, [][]string{{"second", "third"}}, c.taken())
		close(busy)
	}
	require.NoError(t, <-first)
	require.ElementsMatch(t, [][]string{{"first"}, {"second", "third"}}, c.taken())
	require.NoError(t, <-deliver(t.Context(), s, "urgent", "last"), "nothing is under way")
}

// caller is a house that is slow with the first event.
type caller struct {
	*house

	busy <-chan struct{}
}

func (c *caller) ApplyEvent(ctx context.Context, in *eventv1.ApplyEventRequest, opts ...grpc.CallOption) (*eventv1.ApplyEventResponse, error) {
	if in.GetEvent().GetSubject() == "first" {
		<-c.busy
	}
	return c.house.ApplyEvent(ctx, in, opts...)
}

func (c *caller) sink() eventlog.Subscriber {
	return eventlog.NewSink(eventlog.Sink{Name: "remedy", Client: c, Urgent: []string{"urgent"}, Other: []string{"other"}})
}

// TestAFullBatchDoesNotWait: no batch is larger than the bound, and none that is full waits for the pause.
func TestAFullBatchDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		s := h.sink()
		require.NoError(t, <-deliver(t.Context(), s, "other", "first"))
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if err := s.Deliver(t.Context(), &eventv1.Event{Subject: fmt.Sprint(i), Type: "other"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		total := 0
		for _, batch := range h.taken() {
			require.LessOrEqual(t, len(batch), 16)
			total += len(batch)
		}
		require.Equal(t, 101, total)
		require.LessOrEqual(t, len(h.taken()), 10)
	})
}

// TestOneThatIsRefusedSpoilsNoOther: each is sent by itself then, and has its own outcome.
func TestOneThatIsRefusedSpoilsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{refuse: func(_ context.Context, subject string) error {
			if subject == "bad" {
				return status.Error(codes.InvalidArgument, "no")
			}
			return nil
		}}
		s := h.sink()
		require.NoError(t, <-deliver(t.Context(), s, "other", "a"))
		good, bad := deliver(t.Context(), s, "other", "good"), deliver(t.Context(), s, "other", "bad")
		require.NoError(t, <-good)
		err := <-bad
		require.Error(t, err)
		require.Equal(t, codes.InvalidArgument, status.Code(errors.Unwrap(err)), "and it is permanent")
		require.Equal(t, [][]string{{"a"}, {"good"}}, h.taken())
	})
}

// TestWhoGivesUpKeepsNobodyWaiting: whether it was to send for others or not.
func TestWhoGivesUpKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		s := h.sink()
		for round := range 20 {
			require.NoError(t, <-deliver(t.Context(), s, "urgent", "a"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(90+round)*time.Millisecond)
			leaves, stays := deliver(ctx, s, "other", "leaves"), deliver(t.Context(), s, "other", "stays")
			require.NoError(t, <-stays)
			if err := <-leaves; err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			}
			cancel()
		}
	})
}

// TestApplyEventsIsAllOrNone: one transaction for all, each once, and none when one fails.
func TestApplyEventsIsAllOrNone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		events := slices.Concat(add(t, db, log, messages("complaints/a", 2)...), add(t, db, log, messages("complaints/b", 1)...))
		bad := true
		client := routingv1.NewEventSinkServiceClient(serve(t, log, func(ctx context.Context, e *eventv1.Event, _ *eventv1.Payload) (first bool, err error) {
			err = db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				if first, err = log.Accept(ctx, tx, e); err != nil || !first {
					return err
				}
				if err := log.Record(ctx, tx, draft("complaints/of-"+e.GetEventId(), "noted")); err != nil {
					return err
				}
				if bad && e.GetSubject() == "complaints/b" {
					return errors.New("the transaction fails")
				}
				return nil
			})
			return first, err
		}))
		_, err := client.ApplyEvents(t.Context(), &eventv1.ApplyEventsRequest{Events: events})
		require.Equal(t, codes.Internal, status.Code(err))
		require.Zero(t, count(t, db, "inbox"))
		require.Equal(t, len(events), count(t, db, "events"))
		bad = false
		for range 2 {
			_, err = client.ApplyEvents(t.Context(), &eventv1.ApplyEventsRequest{Events: events})
			require.NoError(t, err)
			require.Equal(t, 3, count(t, db, "inbox"))
			require.Equal(t, 2*len(events), count(t, db, "events"))
		}
	})
}
