package sqlstore_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/review/sqlstore"
	"github.com/redress-dev/redress/services/review/storetest"
)

// TestStore runs the conformance suite on every database.
func TestStore(t *testing.T) {
	t.Parallel()
	sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate).Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		t.Parallel()
		storetest.Run(t, func(t *testing.T) storetest.Env {
			t.Helper()
			return newEnv(t, open(t))
		})
	})
}

func newEnv(t *testing.T, db *sqldb.DB) storetest.Env {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	log, err := eventlog.New(eventlog.Config{Source: "review"}, eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	store := sqlstore.New(db, log)
	return storetest.Env{
		Outcomes: store, Improvements: store,
		Types: func(t *testing.T, subject string) []string {
			t.Helper()
			types, err := typesOf(t.Context(), db, subject)
			require.NoError(t, err)
			return types
		},
	}
}

func typesOf(ctx context.Context, db *sqldb.DB, subject string) (types []string, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		types = nil
		rows, err := tx.Query(ctx, "SELECT type FROM events WHERE subject = ? ORDER BY position", subject)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			types = append(types, name)
		}
		return rows.Err()
	})
	return types, err
}

func TestMigrationsAreAlike(t *testing.T) {
	t.Parallel()
	require.NoError(t, sqldb.VerifyMigrations(os.DirFS(".")))
}
