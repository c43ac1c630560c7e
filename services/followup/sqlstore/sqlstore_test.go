package sqlstore_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/followup/sqlstore"
	"github.com/redress-dev/redress/services/followup/storetest"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

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
	log, err := eventlog.New(eventlog.Config{Source: "followup"}, eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32),
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	store := sqlstore.New(db, log)
	return storetest.Env{
		Store: store, Records: store, Series: store, Outbox: store, Hooks: store, Duties: store,
		Types: func(t *testing.T, subject string) []string {
			t.Helper()
			var types []string
			require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				rows, err := tx.Query(ctx, "SELECT type FROM events WHERE subject = ? ORDER BY position", subject)
				if err != nil {
					return err
				}
				defer func() { _ = rows.Close() }()
				types = nil
				for rows.Next() {
					var name string
					if err := rows.Scan(&name); err != nil {
						return err
					}
					types = append(types, name)
				}
				return rows.Err()
			}))
			return types
		},
	}
}

func TestMigrationsAreAlike(t *testing.T) {
	t.Parallel()
	require.NoError(t, sqldb.VerifyMigrations(os.DirFS(".")))
}
