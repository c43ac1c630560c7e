package sqldb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestCheckPostgres(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://redress@127.0.0.1:5432/redress", "postgresql://u:p%40ss@h/d?sslmode=disable", "postgres://u@one:1,two:2/d",
	} {
		require.NoError(t, sqldb.CheckPostgres(url), url)
	}
	for _, url := range []string{
		"", "nonsense", "sqlite:/tmp/x.db", "host=h password=s3cret", "postgres://u:s3cret@h:port/d", "postgres://u:s3cret/@h/d",
		"postgres://u:s3cret@h/d?sslmode=perhaps",
	} {
		err := sqldb.CheckPostgres(url)
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "s3cret")
	}
}
