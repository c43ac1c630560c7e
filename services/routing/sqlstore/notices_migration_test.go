package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/routing/sqlstore"
)

// What an earlier version told stays told, and what it had gathered is told.
func TestNoticesOfBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Parallel()
		db := open(t)
		require.NoError(t, sqldb.Migrate(t.Context(), db, "routing", until(t, "004")))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range []string{
				`INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time, attempts, try_time) VALUES ('gathered/zhao@5', 'zhao', 1, 5, 6, 1, 0)`,
				`INSERT INTO gathered_notices (id, recipient, notice_count, create_time, send_time, attempts, try_time) VALUES ('gathered/sun@7', 'sun', 1, 7, 0, 2, 9)`,
				`INSERT INTO notices (complaint_id, notice_id, duty_id, recipient, level, due_time, send_time, gathered, kind) VALUES ('c1', '1-callback@1', '1-callback', 'zhao', 0, 8, 6, 'gathered/zhao@5', 4)`,
				`INSERT INTO notices (complaint_id, notice_id, duty_id, recipient, level, due_time, send_time, gathered, kind) VALUES ('c1', '1-callback#1', '1-callback', 'sun', 1, 8, 0, 'gathered/sun@7', 0)`,
			} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, eventlog.Migrate(t.Context(), db))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		store := sqlstore.New(db, nil)
		due, err := store.Due(t.Context(), time.Now())
		require.NoError(t, err)
		require.Len(t, due, 1)
		require.Equal(t, "gathered-sun-7", due[0].ID)
		require.Equal(t, 2, due[0].Attempts)
		sent, err := store.Notices(t.Context(), `state = "SENT"`, "", 5)
		require.NoError(t, err)
		require.Len(t, sent, 1)
		require.Equal(t, routingv1.Notice_SENT, sent[0].State)
		more, err := store.Record(t.Context(), nil)
		require.NoError(t, err)
		require.False(t, more, "nothing of before is recorded twice")
	})
}
