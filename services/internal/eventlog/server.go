package eventlog

import (
	"context"
	"strconv"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	maxEvents = 1000
	// maxEventBytes bounds the payloads of a page, which must fit into a message.
	maxEventBytes = 2 << 20
	defaultParked = 100
	maxParked     = 1000
	eventsPage    = "events"
	parkedPage    = "parked"
	watchPage     = "watch"
)

// Applier takes note of another service's event in one transaction, which calls
// Log.Accept. First is false when the event was applied before.
type Applier func(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (first bool, err error)

// Server is the EventSinkService and the EventLogService of every service.
type Server struct {
	log   *Log
	apply Applier
}

// NewServer serves the log; apply takes the other services' events.
func NewServer(l *Log, apply Applier) *Server { return &Server{log: l, apply: apply} }

// ApplyEvent notes another service's event, once. A payload that cannot be read
// is INVALID_ARGUMENT. An event of a newer release is UNAVAILABLE, so that it is
// kept for this service's next release.
func (s *Server) ApplyEvent(ctx context.Context, req *eventv1.ApplyEventRequest) (*eventv1.ApplyEventResponse, error) {
	p, err := Decode(req.GetEvent())
	if err != nil {
		return nil, err
	}
	if TypeOf(p) == "" {
		return nil, errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "This release does not know events of this type yet.")
	}
	first, err := s.apply(ctx, req.GetEvent(), p)
	if err != nil {
		return nil, s.log.db.Failure(err)
	}
	return &eventv1.ApplyEventResponse{First: first}, nil
}

// ApplyEvents is ApplyEvent for several events in one transaction. Its error is
// that of one that cannot be noted, and then none is.
func (s *Server) ApplyEvents(ctx context.Context, req *eventv1.ApplyEventsRequest) (*eventv1.ApplyEventsResponse, error) {
	members := make([]sqldb.Member, len(req.GetEvents()))
	for i, e := range req.GetEvents() {
		members[i] = sqldb.Member{Subject: e.GetSubject(), Change: func(ctx context.Context) error {
			_, err := s.ApplyEvent(withTrace(ctx, e), &eventv1.ApplyEventRequest{Event: e})
			return err
		}}
	}
	if err := s.log.db.Jointly(ctx, members...); err != nil {
		return nil, s.log.db.Failure(err)
	}
	return &eventv1.ApplyEventsResponse{}, nil
}

// ListEvents lists the events of a subject in order, from a position on. A subject
// without events gives an empty list.
func (s *Server) ListEvents(ctx context.Context, req *eventv1.ListEventsRequest) (*eventv1.ListEventsResponse, error) {
	bind := s.bind(eventsPage, req.GetSubject())
	if req.GetAfterPosition() > 0 {
		bind += "/" + strconv.FormatInt(req.GetAfterPosition(), 10)
	}
	after, err := s.decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	after = max(after, req.GetAfterPosition())
	size, err := page.Size(req.GetPageSize(), maxEvents, maxEvents)
	if err != nil {
		return nil, err
	}
	var events []*eventv1.Event
	err = s.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		events = nil
		return s.log.askEvents(ctx, tx, &events, "WHERE e.subject = ? AND e.position > ? ORDER BY e.position LIMIT ?",
			req.GetSubject(), after, size+1)
	})
	if err != nil {
		return nil, s.log.db.Failure(err)
	}
	resp := &eventv1.ListEventsResponse{Events: cut(events, int(size))}
	if n := len(resp.GetEvents()); n < len(events) {
		resp.NextPageToken = s.encode(resp.GetEvents()[n-1].GetPosition(), bind)
	}
	return resp, nil
}

// cut shortens a page to so many events and to what fits into a message.
func cut(events []*eventv1.Event, size int) []*eventv1.Event {
	bytes := 0
	for i, e := range events {
		bytes += len(e.GetPayload())
		if i == size || i > 0 && bytes > maxEventBytes {
			return events[:i]
		}
	}
	return events
}

// VerifyEvents walks the log; see Log.Verify.
func (s *Server) VerifyEvents(ctx context.Context, req *eventv1.VerifyEventsRequest) (*eventv1.VerifyEventsResponse, error) {
	resp, err := s.log.Verify(ctx, req.GetSubject())
	if err != nil {
		return nil, s.log.db.Failure(err)
	}
	return resp, nil
}

// ListParkedEvents lists the deliveries that wait for an operator and those that
// stand behind one.
func (s *Server) ListParkedEvents(ctx context.Context, req *eventv1.ListParkedEventsRequest) (*eventv1.ListParkedEventsResponse, error) {
	bind := s.bind(parkedPage, req.GetSubscriber())
	cursor, err := s.log.pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	var after parkedAfter
	if len(cursor) == 2 {
		if after.seq, err = strconv.ParseInt(cursor[0], 10, 64); err != nil {
			return nil, page.ErrToken
		}
		after.subscriber = cursor[1]
	}
	size, err := page.Size(req.GetPageSize(), defaultParked, maxParked)
	if err != nil {
		return nil, err
	}
	parked, err := s.log.parked(ctx, req.GetSubscriber(), after, int(size)+1)
	if err != nil {
		return nil, s.log.db.Failure(err)
	}
	resp := &eventv1.ListParkedEventsResponse{Parked: parked}
	if len(parked) > int(size) {
		resp.Parked = parked[:size]
		last := parked[size-1]
		resp.NextPageToken = s.log.pages.Encode([]string{strconv.FormatInt(last.GetEvent().GetSequence(), 10), last.GetSubscriber()}, bind)
	}
	return resp, nil
}

// RedriveEvents has parked deliveries tried again, in order. A subscriber that
// was never served is NOT_FOUND.
func (s *Server) RedriveEvents(ctx context.Context, req *eventv1.RedriveEventsRequest) (*eventv1.RedriveEventsResponse, error) {
	n, err := s.log.redrive(ctx, req.GetSubscriber(), req.GetSubject())
	if err != nil {
		return nil, s.log.db.Failure(err)
	}
	return &eventv1.RedriveEventsResponse{EventCount: n}, nil
}

// bind ties a token to the list it was made for.
func (s *Server) bind(list, argument string) string {
	return s.log.cfg.Source + "/" + list + "/" + argument
}

func (s *Server) encode(n int64, bind string) string {
	return s.log.pages.Encode([]string{strconv.FormatInt(n, 10)}, bind)
}

// decode reads a token that holds one number; 0 for none.
func (s *Server) decode(token, bind string) (int64, error) {
	cursor, err := s.log.pages.Decode(token, bind)
	if err != nil || len(cursor) == 0 {
		return 0, err
	}
	n, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil || len(cursor) != 1 {
		return 0, page.ErrToken
	}
	return n, nil
}
