package sqldb_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// TestPoolTellsWhatIsInUse: a transaction that reads has one connection, and gives it back.
func TestPoolTellsWhatIsInUse(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		before := db.Pool()
		require.Positive(t, before.Max)
		require.LessOrEqual(t, before.InUse+before.Idle, before.Max)
		require.NoError(t, db.Read(t.Context(), func(context.Context, *sqldb.Tx) error {
			require.Equal(t, before.InUse+1, db.Pool().InUse)
			return nil
		}))
		require.Equal(t, before.InUse, db.Pool().InUse)
	})
}
