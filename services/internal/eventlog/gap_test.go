package eventlog

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// TestANumberIsNotPassedWhoseTransactionHasAHigherID: the order of transaction ids and that of numbers differ, and a snapshot does
// not show that a transaction runs whose id is higher than all that have ended (see reader.go).
func TestANumberIsNotPassedWhoseTransactionHasAHigherID(t *testing.T) {
	t.Parallel()
	db, log, _ := onPostgres(t)
	low, high := begin(t, db), begin(t, db)
	first := high.append(log, "complaints/high")
	second := low.append(log, "complaints/low")
	require.Less(t, first, second)
	low.commit()

	r := log.newReader(0)
	for range 3 {
		b, err := r.next(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, b.events)
		require.True(t, b.gap, "the later number waits for the earlier one")
	}
	high.commit()
	b, err := r.next(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, b.events, 2)
	require.Equal(t, first, b.events[0].GetSequence())
}

// TestOnlyWritersOfTheLogAreWaitedFor: a transaction that has an id and writes elsewhere may last, in this database as in another
// one of the server, and numbers were given up meanwhile.
func TestOnlyWritersOfTheLogAreWaitedFor(t *testing.T) {
	t.Parallel()
	db, log, _ := onPostgres(t)
	other := begin(t, db)
	given := begin(t, db)
	given.append(log, "complaints/given-up")
	given.fail()
	require.NoError(t, record(t.Context(), log, "complaints/a", 1, nil))

	r := log.newReader(0)
	b, err := r.next(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, b.events, 1)
	require.False(t, b.gap)
	other.commit()
}

// TestOperatorsHearOfATransactionThatDoesNotEnd: they are told once which connection it is.
func TestOperatorsHearOfATransactionThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	db, log, said := onPostgres(t)
	clock := time.Now()
	log.now = func() time.Time { return clock }
	hanging := begin(t, db)
	hanging.append(log, "complaints/hanging")
	require.NoError(t, record(t.Context(), log, "complaints/a", 1, nil))
	r := log.newReader(0)
	for range 3 {
		b, err := r.next(t.Context(), 10)
		require.NoError(t, err)
		require.True(t, b.gap)
		clock = clock.Add(gapWarning)
	}
	require.Equal(t, 1, strings.Count(said.String(), "does not end"), said.String())
	require.Regexp(t, `processes="?\[\d+\]"?`, said.String())
	hanging.commit()
}

// onPostgres makes a log in PostgreSQL, and what it logs can be read.
func onPostgres(t *testing.T) (*sqldb.DB, *Log, *logtest.Buffer) {
	t.Helper()
	if os.Getenv("REDRESS_TEST_POSTGRES_URL") == "" {
		t.Skip("needs PostgreSQL; the tests that run on each engine say when it is missing")
	}
	db, said := sqltest.Postgres(t), &logtest.Buffer{}
	require.NoError(t, Migrate(t.Context(), db))
	log, err := New(Config{Source: "intake"}, Deps{
		DB: db, Now: time.Now, NewEventID: uuid.NewString, PageKey: make([]byte, 32), Logger: slog.New(slog.NewTextHandler(said, nil)),
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
	})
	require.NoError(t, err)
	return db, log, said
}

// open is a transaction that has its id and waits for what it is to do.
type open struct {
	t    *testing.T
	do   chan func(ctx context.Context, tx *sqldb.Tx) error
	done chan error
	once bool
}

func begin(t *testing.T, db *sqldb.DB) *open {
	t.Helper()
	o := &open{t: t, do: make(chan func(context.Context, *sqldb.Tx) error), done: make(chan error, 1)}
	begun := make(chan struct{})
	go func() {
		o.done <- db.Write(context.WithoutCancel(t.Context()), func(ctx context.Context, tx *sqldb.Tx) error {
			var id string
			err := tx.QueryRow(ctx, "SELECT CAST(pg_current_xact_id() AS TEXT)").Scan(&id)
			close(begun)
			for do := range o.do {
				if err == nil {
					err = do(ctx, tx)
				}
			}
			return err
		})
	}()
	<-begun
	t.Cleanup(o.end)
	return o
}

// append appends an event, and returns its number.
func (o *open) append(log *Log, subject string) int64 {
	o.t.Helper()
	appended := make(chan int64, 1)
	o.do <- func(ctx context.Context, tx *sqldb.Tx) error {
		e, err := log.Append(ctx, tx, Draft{Subject: subject, First: true, Payload: &eventv1.Payload{
			Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{Message: subject + "/messages/1"}},
		}})
		appended <- e.GetSequence()
		return err
	}
	return <-appended
}

func (o *open) end() {
	if !o.once {
		o.once = true
		close(o.do)
	}
}

// fail rolls back.
func (o *open) fail() {
	o.t.Helper()
	o.do <- func(context.Context, *sqldb.Tx) error { return context.Canceled }
	o.end()
	require.Error(o.t, <-o.done)
}

func (o *open) commit() {
	o.t.Helper()
	o.end()
	require.NoError(o.t, <-o.done)
}
