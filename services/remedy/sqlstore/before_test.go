package sqlstore_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/remedy"
	"github.com/redress-dev/redress/services/remedy/sqlstore"
)

// TestProposalsFromBefore are the first version of themselves after the migration, their amounts as they were sent.
func TestProposalsFromBefore(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		first := fstest.MapFS{}
		for _, engine := range []string{"sqlite", "postgres"} {
			name := "migrations/" + engine + "/001_initial.sql"
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			first[name] = &fstest.MapFile{Data: text}
		}
		require.NoError(t, sqldb.Migrate(t.Context(), db, "remedy", first))
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			for _, statement := range []string{
				`INSERT INTO complaints (complaint_id, customer, cycle, end_state) VALUES ('a', 'customers/c', 2, 0)`,
				`INSERT INTO remedies (complaint_id, remedy_id, state, fallback, customer, proposer, cycle, create_time, version)
					VALUES ('a', 'r', 1, '', 'customers/c', 'agents/lin', 2, 1000000, 1)`,
				`INSERT INTO remedy_options (complaint_id, remedy_id, option_number, kind, basis, contents, currency, units, nanos, fulfil_time)
					VALUES ('a', 'r', 0, 7, 1, '', 'HKD', 12, 345678901, 5000000), ('a', 'r', 1, 11, 2, '', '', 0, 0, 0)`,
			} {
				if tx.Dialect() == sqldb.SQLite {
					statement = strings.NewReplacer("1, '', 'cust", "1, x'', 'cust", ", '', 'HKD'", ", x'', 'HKD'", "2, '', '', 0", "2, x'', '', 0").Replace(statement)
				}
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, sqlstore.Migrate(t.Context(), db))
		store := sqlstore.New(db, nil)
		c, err := store.Case(t.Context(), "a")
		require.NoError(t, err)
		require.True(t, c.Complaint.Facts.Restated, "nobody is asked again for what was not kept")
		r, err := store.Remedy(t.Context(), "a", "r")
		require.NoError(t, err)
		require.Equal(t, []any{int32(1), remedyv1.Remedy_PROPOSED, "", r.CreateTime}, []any{r.Revision, r.State, r.Approval, r.ReviseTime})
		require.Len(t, r.Options, 2)
		require.Equal(t, remedy.Money{Currency: "HKD", Units: 12, Nanos: 345678901}, r.Options[0].Parts[0].Amount)
		require.Equal(t, remedyv1.Option_REFUND, r.Options[0].Parts[0].Kind)
		require.Equal(t, remedyv1.Option_APOLOGY, r.Options[1].Parts[0].Kind)
	})
}
