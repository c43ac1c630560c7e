package story

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// happening is an event and what it tells.
type happening struct {
	event   *eventv1.Event
	payload *eventv1.Payload
	ticks   int  // How often the stage has looked at it.
	again   bool // The same level of the ladder is told of the same once more.
}

func (h happening) time() time.Time { return h.event.GetRecordTime().AsTime() }

// watch brings the events of all services from now on.
type watch struct {
	conn   *grpc.ClientConn
	events chan happening
	failed chan error
	stop   context.CancelFunc
}

// eventLog is the client of one service's event log.
type eventLog interface {
	WatchEvents(context.Context, *eventv1.WatchEventsRequest, ...grpc.CallOption) (grpc.ServerStreamingClient[eventv1.WatchEventsResponse], error)
}

// newWatch begins to watch. When it returns, no later event is missed.
func newWatch(ctx context.Context, address, token string) (*watch, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token))
	w := &watch{conn: conn, events: make(chan happening, 1000), failed: make(chan error, 4), stop: stop}
	for service, log := range map[string]eventLog{
		"intake":   intakev1.NewEventLogServiceClient(conn),
		"routing":  routingv1.NewEventLogServiceClient(conn),
		"remedy":   remedyv1.NewEventLogServiceClient(conn),
		"followup": followupv1.NewEventLogServiceClient(conn),
	} {
		stream, err := log.WatchEvents(ctx, &eventv1.WatchEventsRequest{FromNow: true})
		if err == nil {
			var header metadata.MD
			if header, err = stream.Header(); header == nil && err == nil { // It comes when the stream stands; without one it has ended.
				_, err = stream.Recv()
			}
		}
		if err == nil {
			go w.follow(service, stream)
			continue
		}
		_ = w.Close()
		return nil, fmt.Errorf("the events of %s cannot be followed at %s (--grpc-addr): %w", service, address, err)
	}
	return w, nil
}

// follow hands over what a stream brings, until it ends.
func (w *watch) follow(service string, stream grpc.ServerStreamingClient[eventv1.WatchEventsResponse]) {
	for {
		answer, err := stream.Recv()
		if err != nil {
			w.failed <- fmt.Errorf("the events of %s cannot be followed any more: %w", service, err)
			return
		}
		payload := &eventv1.Payload{}
		if err := proto.Unmarshal(answer.GetEvent().GetPayload(), payload); err != nil {
			w.failed <- fmt.Errorf("an event of %s cannot be read: %w", service, err)
			return
		}
		select {
		case w.events <- happening{event: answer.GetEvent(), payload: payload}:
		case <-stream.Context().Done():
			return
		}
	}
}

// Close ends the streams.
func (w *watch) Close() error {
	w.stop()
	return w.conn.Close()
}

// inOrder sorts by recorded time; event ids, which sort by time, decide between equals.
func inOrder(list []happening) {
	slices.SortStableFunc(list, func(a, b happening) int {
		return cmp.Or(a.time().Compare(b.time()), cmp.Compare(a.event.GetEventId(), b.event.GetEventId()))
	})
}
