package lives

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// heard is one event as it came from a log's stream.
type heard struct {
	complaint, kind string
	// recorded is when the service recorded it, arrived when it was heard here.
	recorded, arrived time.Time
	payload           []byte
}

// listen opens the streams of these logs, for events of these types, from now on, and calls each for every event, in order per log.
// The streams end with the context; the context that it returns ends when a stream breaks, with the reason.
func (f *front) listen(ctx context.Context, types map[string][]string, each func(heard)) (context.Context, error) {
	var streams errgroup.Group
	broken, end := context.WithCancelCause(ctx)
	for source, wanted := range types {
		stream, err := f.logs[source].WatchEvents(f.reading(broken), &eventv1.WatchEventsRequest{Types: wanted, FromNow: true})
		if err == nil {
			_, err = stream.Header() // What is recorded from now on will come.
		}
		if err != nil {
			end(err)
			return nil, fmt.Errorf("listen to %s: %w", source, err)
		}
		streams.Go(func() error {
			err := f.follow(stream, each)
			if err != nil {
				end(fmt.Errorf("listen to %s: %w", source, err))
			}
			return err
		})
	}
	go func() { end(streams.Wait()) }()
	return broken, nil
}

// follow calls each for every event of a stream, until that ends.
func (f *front) follow(stream grpc.ServerStreamingClient[eventv1.WatchEventsResponse], each func(heard)) error {
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
			return nil
		}
		if err != nil {
			return err
		}
		e := answer.GetEvent()
		each(heard{
			complaint: e.GetSubject(), kind: e.GetType(), recorded: e.GetRecordTime().AsTime(), arrived: f.now(), payload: e.GetPayload(),
		})
	}
}

// hub lets others wait for what happens to a complaint. It keeps only what somebody may still ask for.
type hub struct {
	mu    sync.Mutex
	lives map[string]*story
}

// story is what was heard of one complaint.
type story struct {
	at    map[string]time.Time
	rings map[string]chan struct{}
}

func newHub() *hub { return &hub{lives: map[string]*story{}} }

// hear takes note of an event.
func (h *hub) hear(e heard) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.story(e.complaint)
	if _, again := s.at[e.kind]; !again {
		s.at[e.kind] = e.arrived
		close(s.ring(e.kind))
	}
}

// story returns what is known of a complaint. The caller holds the lock.
func (h *hub) story(complaint string) *story {
	s, ok := h.lives[complaint]
	if !ok {
		s = &story{at: map[string]time.Time{}, rings: map[string]chan struct{}{}}
		h.lives[complaint] = s
	}
	return s
}

func (s *story) ring(kind string) chan struct{} {
	ring, ok := s.rings[kind]
	if !ok {
		ring = make(chan struct{})
		s.rings[kind] = ring
	}
	return ring
}

// await returns when an event of the kind was heard of the complaint.
func (h *hub) await(ctx context.Context, complaint, kind string) (time.Time, error) {
	h.mu.Lock()
	s := h.story(complaint)
	ring := s.ring(kind)
	h.mu.Unlock()
	select {
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("%s did not come for %s: %w", kind, complaint, context.Cause(ctx))
	case <-ring:
		h.mu.Lock()
		defer h.mu.Unlock()
		return s.at[kind], nil
	}
}

// forget lets go of a complaint.
func (h *hub) forget(complaint string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.lives, complaint)
}
