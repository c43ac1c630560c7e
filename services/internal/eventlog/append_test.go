package eventlog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestAppendMakesAChainPerSubject(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		a := add(t, db, log, messages("complaints/a", 3)...)
		b := add(t, db, log, draft("complaints/b", "no First: it is looked up"))[0]
		for i, e := range a {
			require.EqualValues(t, i+1, e.GetPosition())
			require.Equal(t, "intake", e.GetSource())
			require.Equal(t, "message_recorded", e.GetType())
			require.Len(t, e.GetHash(), 32)
			if i > 0 {
				require.Greater(t, e.GetSequence(), a[i-1].GetSequence())
				require.Equal(t, a[i-1].GetHash(), e.GetPreviousHash())
			}
		}
		require.Empty(t, a[0].GetPreviousHash())
		require.EqualValues(t, 1, b.GetPosition())
		require.Empty(t, b.GetPreviousHash())
	})
}

func TestAppendTwiceInOneTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for i, d := range messages("complaints/a", 5) {
				e, err := log.Append(ctx, tx, d)
				if err != nil {
					return err
				}
				require.EqualValues(t, i+1, e.GetPosition())
			}
			return nil
		}))
	})
}

// TestRecordMakesTheSameChain: events that nobody waits for follow each other,
// and those before, as well as appended ones.
func TestRecordMakesTheSameChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		record := func(drafts ...eventlog.Draft) error {
			return db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error { return log.Record(ctx, tx, drafts...) })
		}
		require.NoError(t, record(messages("complaints/a", 3)...))
		require.NoError(t, record(draft("complaints/b", "1"), draft("complaints/a", "4"), draft("complaints/b", "2")))
		for subject, n := range map[string]int{"complaints/a": 4, "complaints/b": 2} {
			events := list(t, log, subject)
			require.Len(t, events, n)
			for i, e := range events {
				require.EqualValues(t, i+1, e.GetPosition())
				if i > 0 {
					require.Equal(t, events[i-1].GetHash(), e.GetPreviousHash())
					require.Greater(t, e.GetSequence(), events[i-1].GetSequence())
				}
			}
		}
		err := record(messages("complaints/a", 1)...)
		require.Equal(t, codes.Unavailable, errs.Status(err).Code(), "the position is taken: %v", err)
		require.Error(t, record(eventlog.Draft{Subject: "complaints/a"}))
		require.Len(t, list(t, log, "complaints/a"), 4)
	})
}

func TestAppendKeepsTimeAndTrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
		d := draft("complaints/a", "x")
		d.RecordTime = time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.FixedZone("CST", 8*3600))
		require.NoError(t, db.Write(trace.ContextWithSpanContext(t.Context(), span), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := log.Append(ctx, tx, d)
			return err
		}))
		got := list(t, log, "complaints/a")[0]
		require.Equal(t, "2026-03-02T01:00:00.123456Z", got.GetRecordTime().AsTime().Format(time.RFC3339Nano))
		require.Equal(t, "00-01000000000000000000000000000000-0200000000000000-01", got.GetTraceParent())
	})
}

func TestAppendOfATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		stop := errors.New("stop")
		require.ErrorIs(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := log.Append(ctx, tx, draft("complaints/a", "x"))
			require.NoError(t, err)
			return stop
		}), stop)
		require.Empty(t, list(t, log, "complaints/a"))
	})
}

func TestAppendToATakenPositionMayBeRepeated(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		add(t, db, log, messages("complaints/a", 1)...)
		err := db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := log.Append(ctx, tx, messages("complaints/a", 1)[0])
			return err
		})
		require.Equal(t, codes.Unavailable, errs.Status(err).Code())
	})
}

func TestAppendRefusesAnEmptyDraft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		for _, d := range []eventlog.Draft{
			{Payload: draft("x", "").Payload},
			{Subject: "complaints/a", Payload: &eventv1.Payload{}},
			{Subject: "complaints/a"},
		} {
			require.Error(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				_, err := log.Append(ctx, tx, d)
				return err
			}))
		}
	})
}

func TestAcceptIsFirstOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, eventlog.Config{})
		for _, want := range []bool{true, false, false} {
			require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				first, err := log.Accept(ctx, tx, &eventv1.Event{EventId: "0198c1f0-0000-7000-8000-000000000001"})
				require.Equal(t, want, first)
				return err
			}))
		}
	})
}

// list reads the subject's events through the server.
func list(t *testing.T, log *eventlog.Log, subject string) []*eventv1.Event {
	t.Helper()
	resp, err := eventlog.NewServer(log, nil).ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: subject})
	require.NoError(t, err)
	return resp.GetEvents()
}
