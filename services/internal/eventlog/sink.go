package eventlog

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

const (
	// sinkPause is how long an event waits for others, at most, that the receiver
	// is not waiting for. Alone it does not wait at all.
	sinkPause = 100 * time.Millisecond
	// maxTogether bounds how many events go to a receiver at once. It is less than
	// the deliveries that a relay has under way, so that a full batch is one.
	maxTogether = 16
)

// SinkClient is the client of any service's EventSinkService.
type SinkClient interface {
	// ApplyEvent asks the service to take note of the event.
	ApplyEvent(ctx context.Context, in *eventv1.ApplyEventRequest, opts ...grpc.CallOption) (*eventv1.ApplyEventResponse, error)
	// ApplyEvents asks the service to take note of several, all or none.
	ApplyEvents(ctx context.Context, in *eventv1.ApplyEventsRequest, opts ...grpc.CallOption) (*eventv1.ApplyEventsResponse, error)
}

// Sink is another service as a subscriber.
type Sink struct {
	// Name is the subscriber's.
	Name string
	// Client reaches the service.
	Client SinkClient
	// Recovery says what the service has heard. Without one it cannot be asked.
	Recovery RecoveryClient
	// Urgent are the types of events that somebody waits for: they go at once, and
	// take along what waits.
	Urgent []string
	// Other are the types that may wait for a moment, so that several of them cost
	// the receiver one transaction. Without any type the service wants all events,
	// none of them urgent.
	Other []string
}

// NewSink makes the subscriber that stands for another service.
func NewSink(s Sink) Subscriber { return &sink{Sink: s} }

// sink delivers events of several subjects together. One of those who wait sends
// for all: whoever comes with something urgent while nothing is under way, or
// fills the batch, or comes when nothing was sent for a while; whoever waits
// longest with something urgent waiting, when what was under way has ended; or
// whoever waits longest, when the pause ends. So the busier the receiver is, the
// more it gets at once, and what is urgent waits for a pause at most.
type sink struct {
	Sink

	mu      sync.Mutex
	waiting []*sending
	// pausing says that something was sent less than sinkPause ago.
	pausing bool
	// under counts what is under way, and was begun by somebody who waited.
	under int
}

// sending is one event on its way.
type sending struct {
	event *eventv1.Event
	told  chan outcome
}

// outcome is what somebody who waits is told: to send all of these, or what came
// of its own event.
type outcome struct {
	all []*sending
	err error
}

// errAlone says that the event is to be sent by itself.
var errAlone = errors.New("eventlog: to be sent alone")

// Name is the service's.
func (s *sink) Name() string { return s.Sink.Name }

// Wants reports whether the type is one of the sink's.
func (s *sink) Wants(eventType string) bool {
	return len(s.Urgent)+len(s.Other) == 0 || slices.Contains(s.Urgent, eventType) || slices.Contains(s.Other, eventType)
}

// Deliver has the service note the event. INVALID_ARGUMENT, OUT_OF_RANGE and
// FAILED_PRECONDITION are permanent: the receiver understood the event and
// refuses it, and events do not change.
func (s *sink) Deliver(ctx context.Context, e *eventv1.Event) error {
	err := s.together(ctx, e)
	if errors.Is(err, errAlone) {
		err = s.alone(ctx, e)
	}
	switch status.Code(err) {
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return Permanent(err)
	default:
		return err
	}
}

// together sends the event with others, or says that it is to be sent alone.
func (s *sink) together(ctx context.Context, e *eventv1.Event) error {
	own := &sending{event: e, told: make(chan outcome, 1)}
	s.enter(own)
	for {
		select {
		case o := <-own.told:
			if o.all == nil {
				return o.err
			}
			s.send(ctx, o.all)
		case <-ctx.Done():
			s.leave(own)
			return ctx.Err()
		}
	}
}

// alone sends one event.
func (s *sink) alone(ctx context.Context, e *eventv1.Event) error {
	_, err := s.Client.ApplyEvent(ctx, &eventv1.ApplyEventRequest{Event: e})
	return err
}

// urgent holds when somebody waits for the event.
func (s *sink) urgent(o *sending) bool { return slices.Contains(s.Urgent, o.event.GetType()) }

// enter has the event wait, or sent with all that wait.
func (s *sink) enter(own *sending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, own)
	free := !s.pausing || s.under == 0 && s.urgent(own)
	if !free && len(s.waiting) < maxTogether {
		return
	}
	s.begin(own)
	if !s.pausing {
		s.pausing = true
		time.AfterFunc(sinkPause, s.resume)
	}
}

// begin has one of those who wait send for all. The caller holds the lock.
func (s *sink) begin(one *sending) {
	one.told <- outcome{all: s.waiting}
	s.waiting = nil
	s.under++
}

// ended takes note that something is not under way any more. What is urgent and
// has come meanwhile goes next.
func (s *sink) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under--
	if s.under == 0 && slices.ContainsFunc(s.waiting, s.urgent) {
		s.begin(s.waiting[0])
	}
}

// resume ends the pause, or begins another one with what has gathered.
func (s *sink) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.pausing = false
		return
	}
	s.begin(s.waiting[0])
	time.AfterFunc(sinkPause, s.resume)
}

// leave takes back an event that nobody waits for any more. If it was to send for
// others, they send for themselves.
func (s *sink) leave(own *sending) {
	s.mu.Lock()
	s.waiting = slices.DeleteFunc(s.waiting, func(other *sending) bool { return other == own })
	s.mu.Unlock()
	select {
	case o := <-own.told:
		if o.all != nil {
			tell(o.all, errAlone)
			s.ended()
		}
	default:
	}
}

// send sends several events at once. When they cannot be noted together, each is
// sent alone, which tells whose fault it is.
func (s *sink) send(ctx context.Context, all []*sending) {
	defer s.ended()
	if len(all) == 1 {
		tell(all, s.alone(ctx, all[0].event))
		return
	}
	events := make([]*eventv1.Event, len(all))
	for i, each := range all {
		events[i] = each.event
	}
	if _, err := s.Client.ApplyEvents(ctx, &eventv1.ApplyEventsRequest{Events: events}); err != nil {
		tell(all, errAlone)
		return
	}
	tell(all, nil)
}

func tell(all []*sending, err error) {
	for _, each := range all {
		each.told <- outcome{err: err}
	}
}
