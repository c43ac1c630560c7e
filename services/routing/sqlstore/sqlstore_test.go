package sqlstore_test

import (
	"crypto/ed25519"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/sqlstore"
	"github.com/redress-dev/redress/services/routing/storetest"
)

// TestStore runs the conformance suite on every database.
func TestStore(t *testing.T) {
	t.Parallel()
	sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate).Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		storetest.Run(t, func(t *testing.T) routing.Store {
			t.Helper()
			db := open(t)
			require.NoError(t, eventlog.Migrate(t.Context(), db))
			require.NoError(t, sqlstore.Migrate(t.Context(), db))
			log, err := eventlog.New(eventlog.Config{Source: "routing"}, eventlog.Deps{
				DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
				Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			return sqlstore.New(db, log)
		})
	})
}
