package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Dialect is the engine that a database runs on.
type Dialect string

// The two engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Name is "sqlite" or "postgres".
func (d Dialect) Name() string { return string(d) }

// ForUpdate is the end of a SELECT whose rows are about to be changed:
// " FOR UPDATE" on PostgreSQL, nothing on SQLite, which has one writer.
func (d Dialect) ForUpdate() string {
	if d == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// IsUniqueViolation reports whether a statement failed because a row with the
// same key is there already.
func (d Dialect) IsUniqueViolation(err error) bool {
	if code, ok := sqliteCode(err); ok {
		return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return pgCode(err) == "23505"
}

// IsUnavailable reports whether the database, not the request, is to blame and
// may be well again soon: it cannot be reached, was restarted or is full, or
// the lock that was asked for was not to be had. Callers answer UNAVAILABLE.
// When a commit failed like this, it is not known whether it happened.
func (d Dialect) IsUnavailable(err error) bool {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return false
	case d == SQLite:
		code, ok := sqliteCode(err)
		switch code & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
			return ok
		}
		return errors.Is(err, driver.ErrBadConn)
	}
	switch code := pgCode(err); code {
	case "":
		return isConnectionLoss(err)
	case "40001", "40P01", "55P03", "25006":
		return true // Contention that outlasted the retries; a server that became a standby.
	default:
		return isShutdown(code) || strings.HasPrefix(code, "53")
	}
}

// IsAbsent reports whether PostgreSQL answers, but does not have the database or
// the role, or does not take its password: somebody may still be making them.
func IsAbsent(err error) bool {
	switch pgCode(err) {
	case "3D000", "28000", "28P01":
		return true
	default:
		return false
	}
}

// isTransient reports whether the same transaction may well succeed when it is
// run again from the start at once.
func (d Dialect) isTransient(err error) bool {
	if d == SQLite {
		code, ok := sqliteCode(err)
		return ok && code&0xff == sqlite3.SQLITE_BUSY
	}
	switch pgCode(err) {
	case "40001", "40P01":
		return true
	case "0A000":
		// Another replica has migrated; the driver now forgets the old plan.
		return strings.Contains(err.Error(), "cached plan")
	}
	return false
}

// isLost reports whether the connection was gone, which says nothing about
// whether a new one can be had.
func (d Dialect) isLost(err error) bool {
	return d == Postgres && (isShutdown(pgCode(err)) || isConnectionLoss(err))
}

// isShutdown holds for connection exceptions and for a server that is being
// stopped, started or has crashed.
func isShutdown(code string) bool {
	return strings.HasPrefix(code, "08") || code == "57P01" || code == "57P02" || code == "57P03" || code == "57P05"
}

// isConnectionLoss holds for what the driver reports when the server cannot be
// reached or goes away.
func isConnectionLoss(err error) bool {
	if isRefused(err) {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || err != nil && pgconn.SafeToRetry(err)
}

// isRefused holds when a new connection was tried and not to be had, so that
// trying the next one at once is of no use.
func isRefused(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

func pgCode(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}

func sqliteCode(err error) (int, bool) {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code(), true
	}
	return 0, false
}
