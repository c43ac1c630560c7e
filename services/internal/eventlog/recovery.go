package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// openPage is what tokens of ListOpenWork are bound to.
const openPage = "open"

// Hearer is a subscriber that can be asked what it has heard.
type Hearer interface {
	Subscriber
	// Unheard returns those of the ids that it has not taken note of. Known is
	// false when nobody can say.
	Unheard(ctx context.Context, ids []string) (unheard []string, known bool, err error)
}

// RecoveryClient is as much of the client of any service's RecoveryService as a
// Sink needs.
type RecoveryClient interface {
	// FindUnheardEvents asks which events the service has not taken note of.
	FindUnheardEvents(ctx context.Context, in *eventv1.FindUnheardEventsRequest, opts ...grpc.CallOption) (*eventv1.FindUnheardEventsResponse, error)
}

// Unheard asks the service.
func (s *sink) Unheard(ctx context.Context, ids []string) (unheard []string, known bool, err error) {
	if s.Recovery == nil {
		return nil, false, nil
	}
	resp, err := s.Recovery.FindUnheardEvents(ctx, &eventv1.FindUnheardEventsRequest{EventIds: ids})
	return resp.GetEventIds(), err == nil, err
}

// noteHearers remembers who can be asked.
func (l *Log) noteHearers(subscribers []Subscriber) {
	var hearers []Hearer
	for _, s := range subscribers {
		if h, ok := s.(Hearer); ok {
			hearers = append(hearers, h)
		}
	}
	l.hearers.Store(&hearers)
}

// Open lists records whose time a workflow has to keep, from after a place in
// their order, at most so many, and the place to go on from; empty at the end.
type Open func(ctx context.Context, after string, limit int) (work []*eventv1.OpenWork, next string, err error)

// Recovery is the RecoveryService of every service.
type Recovery struct {
	log  *Log
	open Open
}

// NewRecovery serves the log's; open may be nil where no workflow keeps
// anything's time.
func NewRecovery(l *Log, open Open) *Recovery { return &Recovery{log: l, open: open} }

// ListOpenWork lists the records whose time a workflow has to keep.
func (r *Recovery) ListOpenWork(ctx context.Context, req *eventv1.ListOpenWorkRequest) (*eventv1.ListOpenWorkResponse, error) {
	bind := r.log.cfg.Source + "/" + openPage
	after, err := r.log.pages.After(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	size, err := page.Size(req.GetPageSize(), maxEvents, maxEvents)
	if err != nil || r.open == nil {
		return &eventv1.ListOpenWorkResponse{}, err
	}
	work, next, err := r.open(ctx, after, int(size))
	if err != nil {
		return nil, r.log.db.Failure(err)
	}
	resp := &eventv1.ListOpenWorkResponse{Work: work}
	if next != "" {
		resp.NextPageToken = r.log.pages.Encode([]string{next}, bind)
	}
	return resp, nil
}

// delivered is an event, as far as it matters who has heard it.
type delivered struct {
	seq               int64
	id, kind, subject string
}

// passed is a part of the log, and how far its subscribers are.
type passed struct {
	events []delivered
	// positions are the subscribers', aside what they are told later.
	positions map[string]int64
	aside     map[string]map[int64]bool
}

// ListUnheardEvents asks each hearer of a part of the log whether it knows what
// was delivered to it. What is still to be delivered is not asked for. While a
// hearer does not answer it is UNAVAILABLE.
func (r *Recovery) ListUnheardEvents(ctx context.Context, req *eventv1.ListUnheardEventsRequest) (*eventv1.ListUnheardEventsResponse, error) {
	size, err := page.Size(req.GetPageSize(), maxEvents, maxEvents)
	if err != nil {
		return nil, err
	}
	part, err := r.log.part(ctx, req.GetAfterSequence(), int(size))
	if err != nil {
		return nil, r.log.db.Failure(err)
	}
	resp := &eventv1.ListUnheardEventsResponse{EventCount: int64(len(part.events))}
	if len(part.events) == int(size) {
		resp.NextSequence = part.events[size-1].seq
	}
	hearers := r.log.hearers.Load()
	if hearers == nil {
		return nil, errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "The deliveries of this process have not begun.")
	}
	for _, h := range *hearers {
		missed, err := part.missedBy(ctx, h)
		if err != nil {
			r.log.logger.Warn("a hearer does not say what it has heard", "subscriber", h.Name(), "error", err)
			return nil, errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "A service that hears this one's events does not answer: "+h.Name()+".")
		}
		if missed != nil {
			resp.Unheard = append(resp.Unheard, missed)
		}
	}
	return resp, nil
}

// part reads so many events after a sequence, in one consistent state with how
// far subscribers are.
func (l *Log) part(ctx context.Context, after int64, limit int) (p passed, err error) {
	err = l.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		p = passed{positions: map[string]int64{}, aside: map[string]map[int64]bool{}}
		if err := forEach(ctx, tx, "SELECT seq, event_id, type, subject FROM events WHERE seq > ? ORDER BY seq LIMIT ?", []any{after, limit},
			func(rows sqldb.Rows) error {
				var e delivered
				err := rows.Scan(&e.seq, &e.id, &e.kind, &e.subject)
				p.events = append(p.events, e)
				return err
			}); err != nil || len(p.events) == 0 {
			return err
		}
		if err := forEach(ctx, tx, "SELECT subscriber, position FROM subscriptions", nil, func(rows sqldb.Rows) error {
			var name string
			var position int64
			err := rows.Scan(&name, &position)
			p.positions[name] = position
			return err
		}); err != nil {
			return err
		}
		return forEach(ctx, tx, "SELECT subscriber, seq FROM deliveries WHERE seq > ? AND seq <= ?", []any{after, p.events[len(p.events)-1].seq},
			func(rows sqldb.Rows) error {
				var name string
				var seq int64
				err := rows.Scan(&name, &seq)
				if p.aside[name] == nil {
					p.aside[name] = map[int64]bool{}
				}
				p.aside[name][seq] = true
				return err
			})
	})
	if err != nil {
		return passed{}, fmt.Errorf("eventlog: unheard: %w", err)
	}
	return p, nil
}

// missedBy asks a hearer; nil when it misses nothing, or cannot be asked.
func (p passed) missedBy(ctx context.Context, h Hearer) (*eventv1.UnheardEvents, error) {
	told := map[string]delivered{}
	var ids []string
	for _, e := range p.events {
		if e.seq <= p.positions[h.Name()] && h.Wants(e.kind) && !p.aside[h.Name()][e.seq] {
			told[e.id] = e
			ids = append(ids, e.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	unheard, known, err := h.Unheard(ctx, ids)
	if err != nil || !known || len(unheard) == 0 {
		return nil, err
	}
	first := told[unheard[0]]
	return &eventv1.UnheardEvents{
		Subscriber: h.Name(), EventCount: int64(len(unheard)), FirstSequence: first.seq, FirstType: first.kind, FirstSubject: first.subject,
	}, nil
}

// RedeliverEvents has everything after a sequence delivered to a subscriber
// again. Whoever delivers now loses the lease, and begins anew at that place. A
// subscriber that was never served is NOT_FOUND.
func (r *Recovery) RedeliverEvents(ctx context.Context, req *eventv1.RedeliverEventsRequest) (*eventv1.RedeliverEventsResponse, error) {
	resp := &eventv1.RedeliverEventsResponse{}
	err := r.log.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var position int64
		err := tx.QueryRow(ctx, "SELECT position FROM subscriptions WHERE subscriber = ?", req.GetSubscriber()).Scan(&position)
		if errors.Is(err, sql.ErrNoRows) {
			return errs.NotFound(errorv1.Reason_RESOURCE_NOT_FOUND.String(), "There is no such subscriber.").With("name", req.GetSubscriber())
		}
		if err != nil || position <= req.GetAfterSequence() {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM events WHERE seq > ? AND seq <= ?", req.GetAfterSequence(), position).
			Scan(&resp.EventCount); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE subscriptions SET position = ?, lease_owner = '', lease_until = 0 WHERE subscriber = ?",
			req.GetAfterSequence(), req.GetSubscriber())
		return err
	})
	if err != nil {
		return nil, r.log.db.Failure(err)
	}
	return resp, nil
}

// FindUnheardEvents says which of some events were not taken note of here.
func (r *Recovery) FindUnheardEvents(ctx context.Context, req *eventv1.FindUnheardEventsRequest) (*eventv1.FindUnheardEventsResponse, error) {
	heard := map[string]bool{}
	err := r.log.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		clear(heard)
		for _, id := range req.GetEventIds() {
			if err := tx.Ask(ctx, func(scan func(dest ...any) error) error {
				var known string
				err := scan(&known)
				heard[known] = true
				return err
			}, "SELECT event_id FROM inbox WHERE event_id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, r.log.db.Failure(err)
	}
	resp := &eventv1.FindUnheardEventsResponse{}
	for _, id := range req.GetEventIds() {
		if !heard[id] {
			resp.EventIds = append(resp.EventIds, id)
		}
	}
	return resp, nil
}
