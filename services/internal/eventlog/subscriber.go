package eventlog

import (
	"context"

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
