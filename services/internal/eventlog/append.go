package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// traceHeader is the name of the W3C trace context's header.
const traceHeader = "traceparent"

// insertEvents leaves the sequences to the database.
const insertEvents = `INSERT INTO events
	(event_id, subject, position, cycle, type, actor, record_time, trace_parent, payload, previous_hash, hash)`

// Draft is a fact that is about to be recorded.
type Draft struct {
	// Subject is what it is about: a resource name.
	Subject string
	// Cycle is the complaint's, 0 where there is none.
	Cycle int32
	// Actor is who caused it.
	Actor string
	// RecordTime is when it is recorded; the clock's time when zero.
	RecordTime time.Time
	// Payload is what it tells; exactly one kind is set.
	Payload *eventv1.Payload
	// First says that the subject has no event in this log yet, which saves
	// looking for the previous one.
	First bool
	// Last is where the subject's last event stands, if that was asked for
	// (AskLast); nil to have it looked up.
	Last *Place
}

// Place is where an event stands among those of its subject; the zero value is
// before the first.
type Place struct {
	position int64
	hash     []byte
}

// AskLast asks (sqldb.Tx.Ask) for the place of the last event of a subject,
// which the caller has locked, so that Record need not.
func (l *Log) AskLast(ctx context.Context, tx *sqldb.Tx, subject string, last *Place) error {
	*last = Place{}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&last.position, &last.hash) }, selectLast, subject)
}

const selectLast = "SELECT position, hash FROM events WHERE subject = ? ORDER BY position DESC LIMIT 1"

// Append records a fact in the transaction of the change it tells of, and wakes
// relays and watchers when the transaction is committed. The caller holds the
// lock of the subject's row, or the subject is new; when two transactions
// append to one subject all the same, one of them fails as UNAVAILABLE and may
// be repeated.
func (l *Log) Append(ctx context.Context, tx *sqldb.Tx, d Draft) (*eventv1.Event, error) {
	events, err := l.record(ctx, tx, []Draft{d})
	if err == nil {
		err = tx.Flush(ctx)
	}
	if err != nil {
		return nil, err
	}
	return events[0], nil
}

// Record is Append for whoever does not ask for the events. They are queued
// (sqldb.Tx.Queue), and so are their errors. Those of one subject cost one
// question, so all of a change are recorded by one call.
func (l *Log) Record(ctx context.Context, tx *sqldb.Tx, drafts ...Draft) error {
	if len(drafts) == 0 {
		return nil
	}
	_, err := l.record(ctx, tx, drafts)
	return err
}

// record queues the events of the drafts. They have their sequences once they
// are committed.
func (l *Log) record(ctx context.Context, tx *sqldb.Tx, drafts []Draft) ([]*eventv1.Event, error) {
	events, rows := make([]*eventv1.Event, 0, len(drafts)), make([][]any, 0, len(drafts))
	for _, d := range drafts {
		e, err := l.event(ctx, tx, d, events)
		if err != nil {
			return nil, err
		}
		events, rows = append(events, e), append(rows, insertArgs(e))
	}
	number := func(i int, seq int64) { events[i].Sequence = seq }
	if err := tx.QueueNumbered(ctx, appendFault(tx), insertEvents, "seq", number, rows...); err != nil {
		return nil, err
	}
	tx.OnCommit(func() { l.committed(ctx, events, drafts) })
	return events, nil
}

// event makes the next event of the draft's subject. The one before may be among
// those that are recorded with it.
func (l *Log) event(ctx context.Context, tx *sqldb.Tx, d Draft, with []*eventv1.Event) (*eventv1.Event, error) {
	payload, err := marshal(d.Payload)
	if err != nil {
		return nil, err
	}
	e := &eventv1.Event{
		EventId: l.newID(), Source: l.cfg.Source, Subject: d.Subject, Position: 1, Cycle: d.Cycle, Type: TypeOf(d.Payload),
		Actor: d.Actor, RecordTime: timestamppb.New(l.recordTime(d)), TraceParent: traceParent(ctx), Payload: payload,
	}
	if e.GetSubject() == "" || e.GetType() == "" {
		return nil, errors.New("eventlog: a draft needs a subject and a payload with a kind")
	}
	previous := lastOf(with, d.Subject)
	switch {
	case previous != nil:
		e.Position, e.PreviousHash = previous.GetPosition()+1, previous.GetHash()
	case d.Last != nil:
		e.Position, e.PreviousHash = d.Last.position+1, d.Last.hash
	case !d.First:
		var last Place
		if err := errors.Join(l.AskLast(ctx, tx, d.Subject, &last), tx.Flush(ctx)); err != nil {
			return nil, fmt.Errorf("eventlog: previous event: %w", err)
		}
		e.Position, e.PreviousHash = last.position+1, last.hash
	}
	e.Hash = hashOf(e)
	return e, nil
}

// lastOf is the last of the events that is about the subject; nil when none is.
func lastOf(events []*eventv1.Event, subject string) *eventv1.Event {
	for _, e := range slices.Backward(events) {
		if e.GetSubject() == subject {
			return e
		}
	}
	return nil
}

// recordTime has the precision of the database, since it is hashed.
func (l *Log) recordTime(d Draft) time.Time {
	if d.RecordTime.IsZero() {
		return l.now().UTC().Truncate(time.Microsecond)
	}
	return d.RecordTime.UTC().Truncate(time.Microsecond)
}

func insertArgs(e *eventv1.Event) []any {
	return []any{
		e.GetEventId(), e.GetSubject(), e.GetPosition(), e.GetCycle(), e.GetType(), e.GetActor(),
		sqldb.Micros(e.GetRecordTime().AsTime()), e.GetTraceParent(), e.GetPayload(), notNil(e.GetPreviousHash()), e.GetHash(),
	}
}

// appendFault is what an insertion that fails means.
func appendFault(tx *sqldb.Tx) func(error) error {
	return func(err error) error {
		if tx.Dialect().IsUniqueViolation(err) {
			return errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "Somebody else changed this at the same moment. Try again.").Wrap(err)
		}
		return fmt.Errorf("eventlog: append: %w", err)
	}
}

// notNil keeps an absent value from becoming NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// traceParent is the trace that ctx belongs to, or empty.
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[traceHeader]
}

// withTrace continues the trace that caused the event.
func withTrace(ctx context.Context, e *eventv1.Event) context.Context {
	if e.GetTraceParent() == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceHeader: e.GetTraceParent()})
}
