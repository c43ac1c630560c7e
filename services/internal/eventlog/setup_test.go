package eventlog_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// each runs the test on every engine with a migrated database.
func each(t *testing.T, run func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		db := open(t)
		require.NoError(t, eventlog.Migrate(t.Context(), db))
		run(t, db)
	})
}

// key is the signing key of all tests.
func key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

func deps(db *sqldb.DB) eventlog.Deps {
	return eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: key(), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	}
}

func newLog(t *testing.T, db *sqldb.DB, cfg eventlog.Config) *eventlog.Log {
	t.Helper()
	return newLogWith(t, cfg, deps(db))
}

// newLogWith is newLog with dependencies of the test's own.
func newLogWith(t *testing.T, cfg eventlog.Config, d eventlog.Deps) *eventlog.Log {
	t.Helper()
	if cfg.Source == "" {
		cfg.Source = "intake"
	}
	log, err := eventlog.New(cfg, d)
	require.NoError(t, err)
	return log
}

// draft is a message of the subject.
func draft(subject, text string) eventlog.Draft {
	return eventlog.Draft{
		Subject: subject, Cycle: 1, Actor: "agents/lin",
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{Message: text}}},
	}
}

// add appends each draft in a transaction of its own.
func add(t *testing.T, db *sqldb.DB, log *eventlog.Log, drafts ...eventlog.Draft) []*eventv1.Event {
	t.Helper()
	var out []*eventv1.Event
	for _, d := range drafts {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			e, err := log.Append(ctx, tx, d)
			out = append(out, e)
			return err
		}))
	}
	return out
}

// messages are n drafts of one subject.
func messages(subject string, n int) []eventlog.Draft {
	out := make([]eventlog.Draft, n)
	for i := range out {
		out[i] = draft(subject, fmt.Sprintf("%s/messages/%d", subject, i+1))
		out[i].First = i == 0
	}
	return out
}

// diff compares two messages and returns what differs, or nothing.
func diff(want, got proto.Message) string {
	if proto.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("want %v\n got %v", want, got)
}

// exec changes the database behind the log's back.
func exec(t *testing.T, db *sqldb.DB, query string, args ...any) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}))
}

// count counts the rows of "table WHERE condition".
func count(t *testing.T, db *sqldb.DB, from string) int {
	t.Helper()
	var n int
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT COUNT(*) FROM "+from).Scan(&n)
	}))
	return n
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
