package eventlog

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// Subscriber is somebody whom events are delivered to.
type Subscriber interface {
	// Name identifies the subscriber's position in the log for ever; a name
	// that is new begins at the first event.
	Name() string
	// Wants reports whether events of this type are delivered.
	Wants(eventType string) bool
	// Deliver hands over one event and returns when the subscriber has it for
	// good. It is called again when it failed and also, after a crash, when it
	// did not; so the receiver ignores an event id that it has seen. Events of
	// one subject come one after the other, in order; others at the same time.
	// An error made by Permanent parks the event.
	Deliver(ctx context.Context, e *eventv1.Event) error
}

// Gatherer is a subscriber that can take several events of a subject at once,
// as they are when one change recorded more than one. Being told once is
// cheaper where each delivery costs much.
type Gatherer interface {
	Subscriber
	// DeliverAll is Deliver for events of one subject in their order, at least
	// two: all of them or none.
	DeliverAll(ctx context.Context, events []*eventv1.Event) error
}

// SinkClient is the client of any service's EventSinkService.
type SinkClient interface {
	// ApplyEvent asks the service to take note of the event.
	ApplyEvent(ctx context.Context, in *eventv1.ApplyEventRequest, opts ...grpc.CallOption) (*eventv1.ApplyEventResponse, error)
}

// SinkSubscriber delivers to another service over gRPC. Make one with NewSink.
type SinkSubscriber struct {
	name   string
	client SinkClient
	types  []string
}

// NewSink makes the subscriber that stands for another service. Without types
// it wants all.
func NewSink(name string, client SinkClient, types ...string) Subscriber {
	return &SinkSubscriber{name: name, client: client, types: types}
}

// Name is the name given to NewSink.
func (s *SinkSubscriber) Name() string { return s.name }

// Wants reports whether the type is one of those given to NewSink.
func (s *SinkSubscriber) Wants(eventType string) bool {
	return len(s.types) == 0 || slices.Contains(s.types, eventType)
}

// Deliver calls ApplyEvent. INVALID_ARGUMENT, OUT_OF_RANGE and
// FAILED_PRECONDITION are permanent: the receiver understood the event and
// refuses it, and events do not change.
func (s *SinkSubscriber) Deliver(ctx context.Context, e *eventv1.Event) error {
	_, err := s.client.ApplyEvent(ctx, &eventv1.ApplyEventRequest{Event: e})
	switch status.Code(err) {
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return Permanent(err)
	default:
		return err
	}
}
