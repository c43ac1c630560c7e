package sqlstore

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

// fillMessages and fillFiles make some thousand of each.
const (
	fillMessages = `INSERT INTO messages (complaint, id, author, way, cycle, actor, create_time, body)
		SELECT id, 'm', 1, 1, 1, '', 1, CAST('x' AS BLOB) FROM complaints`
	fillFiles = `INSERT INTO attachments (complaint, id, message, state, cycle, declared_type, media_type, size, actor, create_time, mark,
		object, details) SELECT id, 'f', '', 3, 1, '', '', 1, '', 1, CAST('x' AS BLOB), id, CAST('x' AS BLOB) FROM complaints`
)

// TestPagesBeginBehindThePlace: each page of what is gone through from one end to the other begins where the last one ended. One that
// reads again what lies before makes the whole cost the square of it.
func TestPagesBeginBehindThePlace(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, Migrate(t.Context(), db))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range []string{fill, fillCustomers, fillMessages, fillFiles, "ANALYZE"} {
				if db.Dialect() == sqldb.Postgres {
					statement = strings.ReplaceAll(statement, "AS BLOB", "AS BYTEA")
				}
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}))
		want := "(complaint,id)>(?,?)"
		if db.Dialect() == sqldb.Postgres {
			want = "Index Cond: (ROW("
		}
		require.Contains(t, planOf(t, db, selectPlaces, []any{"id2000", 512, "id2000", "m", 512, 512}), want)
		require.Contains(t, planOf(t, db, selectOwned+whereUnscanned, []any{"id2000", "f", 100}), want)
	})
}
