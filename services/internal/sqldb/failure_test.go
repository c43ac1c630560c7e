package sqldb_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
)

func TestADatabaseThatCannotBeReachedIsUnavailable(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		require.NoError(t, db.Failure(nil))
		require.Equal(t, codes.Internal, errs.Status(db.Failure(errors.New("defect"))).Code())
		refused := errs.Precondition("SOME_REASON", "no")
		require.Equal(t, error(refused), db.Failure(refused))
		if db.Dialect() == sqldb.Postgres {
			starting := fmt.Errorf("read: %w", &pgconn.PgError{Code: "57P03"})
			require.Equal(t, codes.Unavailable, errs.Status(db.Failure(starting)).Code())
		}
	})
}
