package sqldb

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// CheckPostgres tells whether a URL is one of a PostgreSQL database, without
// connecting to it: a mistake in it is no reason to wait. The error does not
// repeat the URL, which may hold a password.
func CheckPostgres(url string) error {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return errors.New(`it must begin with "postgres://"`)
	}
	if _, err := pgxpool.ParseConfig(url); err != nil {
		return errors.New(`it is not of the form postgres://user:password@host:port/database; special characters of a password are written as %40 for @, %2F for / and so on`)
	}
	return nil
}
