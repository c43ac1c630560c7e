package eventlog_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestTheHookHearsOfWhatIsCommitted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		d := deps(db)
		var mu sync.Mutex
		var heard []string
		d.Recorded = func(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) {
			// What it hears of, it can read.
			seen := 0
			_ = db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
				return tx.QueryRow(ctx, "SELECT COUNT(*) FROM events WHERE event_id = ?", e.GetEventId()).Scan(&seen)
			})
			mu.Lock()
			defer mu.Unlock()
			if seen == 1 {
				heard = append(heard, p.GetMessageRecorded().GetMessage())
			}
		}
		log := newLogWith(t, eventlog.Config{}, d)
		add(t, db, log, draft("complaints/a", "first"))
		no := errors.New("no")
		require.ErrorIs(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			if _, err := log.Append(ctx, tx, draft("complaints/a", "undone")); err != nil {
				return err
			}
			return no
		}), no)
		add(t, db, log, draft("complaints/a", "second"))
		require.Equal(t, []string{"first", "second"}, heard)
	})
}

// traced is a log that knows traces, with a tracer for causes and the spans that ended.
func traced(t *testing.T, db *sqldb.DB) (*eventlog.Log, trace.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	recorder, d := tracetest.NewSpanRecorder(), deps(db)
	d.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	return newLogWith(t, quick(), d), d.Tracer.Tracer("test"), recorder
}

// begin appends an event in the span "cause", which has not ended.
func begin(t *testing.T, db *sqldb.DB, log *eventlog.Log, tracer trace.Tracer) trace.Span {
	t.Helper()
	ctx, cause := tracer.Start(t.Context(), "cause")
	require.NoError(t, db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := log.Append(ctx, tx, draft("complaints/a", "x"))
		return err
	}))
	return cause
}

// TestADeliveryIsASpanOfItsTrace: what caused an event, its delivery and what the subscriber does are one trace.
func TestADeliveryIsASpanOfItsTrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log, tracer, recorder := traced(t, db)
		r := newReceiver("routing")
		within := make(chan trace.SpanContext, 2)
		var once sync.Once
		r.fail = func(ctx context.Context, _ *eventv1.Event) error {
			within <- trace.SpanContextFromContext(ctx)
			var err error
			once.Do(func() { err = errors.New("secret text") })
			return err
		}
		run(t, log, r)
		cause := begin(t, db, log, tracer)
		cause.End()
		r.await(t, 1)
		require.Eventually(t, func() bool { return len(recorder.Ended()) == 3 }, time.Minute, time.Millisecond)
		// The first delivery may end before its cause does.
		deliveries := slices.DeleteFunc(recorder.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "cause" })
		require.Len(t, deliveries, 2)
		for i, span := range deliveries {
			require.Equal(t, "deliver message_recorded", span.Name())
			require.Equal(t, cause.SpanContext().TraceID(), span.SpanContext().TraceID())
			require.Equal(t, cause.SpanContext().SpanID(), span.Parent().SpanID())
			require.Equal(t, span.SpanContext().SpanID(), (<-within).SpanID(), "what the subscriber calls belongs to the delivery")
			require.ElementsMatch(t, []attribute.KeyValue{
				attribute.String("redress.log", "intake"), attribute.String("redress.subscriber", "routing"),
				attribute.String("redress.event_type", "message_recorded"), attribute.String("redress.subject", "complaints/a"),
				attribute.Int("redress.event_count", 1),
			}, span.Attributes())
			require.Equal(t, sdktrace.Status{Code: []codes.Code{codes.Error, codes.Unset}[i]}, span.Status(), "no words of the receiver")
			require.Empty(t, span.Events())
		}
	})
}

// gatherer takes several events at once.
type gatherer struct {
	*receiver

	got chan int
}

func (g *gatherer) Deliver(ctx context.Context, e *eventv1.Event) error {
	return g.DeliverAll(ctx, []*eventv1.Event{e})
}

func (g *gatherer) DeliverAll(_ context.Context, events []*eventv1.Event) error {
	g.got <- len(events)
	return nil
}

// TestADeliveryOfSeveralKnowsAllCauses: it is in the trace of the first event, and linked to those of the others.
func TestADeliveryOfSeveralKnowsAllCauses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log, tracer, recorder := traced(t, db)
		var causes []trace.SpanContext
		for range 3 {
			causes = append(causes, begin(t, db, log, tracer).SpanContext())
		}
		g := &gatherer{receiver: newReceiver("routing"), got: make(chan int, 3)}
		run(t, log, g)
		require.Equal(t, 3, <-g.got)
		require.Eventually(t, func() bool { return len(recorder.Ended()) == 1 }, time.Minute, time.Millisecond)
		span := recorder.Ended()[0]
		require.Equal(t, causes[0].SpanID(), span.Parent().SpanID())
		require.Contains(t, span.Attributes(), attribute.Int("redress.event_count", 3))
		require.Len(t, span.Links(), 2)
		for i, link := range span.Links() {
			require.Equal(t, causes[i+1].SpanID(), link.SpanContext.SpanID())
		}
	})
}
