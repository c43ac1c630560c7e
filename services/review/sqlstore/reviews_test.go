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
	"github.com/redress-dev/redress/services/review/sqlstore"
	"github.com/redress-dev/redress/services/review/storetest"
)

// reviewStores are over a database of their own.
func reviewStores(t *testing.T, db *sqldb.DB) storetest.ReviewStores {
	t.Helper()
	require.NoError(t, eventlog.Migrate(t.Context(), db))
	require.NoError(t, sqlstore.Migrate(t.Context(), db))
	log, err := eventlog.New(eventlog.Config{Source: "review"}, eventlog.Deps{
		DB: db, Now: time.Now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	store := sqlstore.New(db, log)
	return storetest.ReviewStores{Outcomes: store, Improvements: store, Reviews: store}
}

func TestSums(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		storetest.RunSums(t, func(t *testing.T) storetest.ReviewStores { t.Helper(); return reviewStores(t, open(t)) })
	})
}

func TestReviews(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		storetest.RunReviews(t, func(t *testing.T) storetest.ReviewStores { t.Helper(); return reviewStores(t, open(t)) })
	})
}
