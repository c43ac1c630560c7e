// Package sqltest gives store tests a fresh database on each engine. Only tests
// import it.
//
// PostgreSQL is used when REDRESS_TEST_POSTGRES_URL names a server. Where its
// absence must not go unnoticed, REDRESS_TEST_POSTGRES_REQUIRED=1 turns the
// skipped subtest into a failure.
package sqltest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

const (
	urlVar      = "REDRESS_TEST_POSTGRES_URL"
	requiredVar = "REDRESS_TEST_POSTGRES_REQUIRED"
)

// Each runs the suite as the subtests "sqlite" and "postgres". Each call of
// open gives an empty database that is gone when its test ends.
func Each(t *testing.T, run func(t *testing.T, open func(t *testing.T) *sqldb.DB)) {
	t.Helper()
	EachConfig(t, func(t *testing.T, empty func(t *testing.T) sqldb.Config) {
		run(t, func(t *testing.T) *sqldb.DB { t.Helper(); return open(t, empty(t)) })
	})
}

// EachConfig is Each for tests that open the database themselves: each call of
// empty names a new one.
func EachConfig(t *testing.T, run func(t *testing.T, empty func(t *testing.T) sqldb.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, sqliteConfig) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv(urlVar) == "" {
			if os.Getenv(requiredVar) == "1" {
				t.Fatalf("%s is empty, and %s=1 says that PostgreSQL must be tested", urlVar, requiredVar)
			}
			t.Skipf("not tested on PostgreSQL: %s is empty", urlVar)
		}
		run(t, postgresConfig)
	})
}

// SQLite opens an empty database in a file that is gone when the test ends.
func SQLite(t *testing.T) *sqldb.DB {
	t.Helper()
	return open(t, sqliteConfig(t))
}

// Postgres opens an empty schema of the server that REDRESS_TEST_POSTGRES_URL
// names and drops it when the test ends. Without a server it fails the test;
// Each is what skips.
func Postgres(t *testing.T) *sqldb.DB {
	t.Helper()
	return open(t, postgresConfig(t))
}

func sqliteConfig(t *testing.T) sqldb.Config {
	t.Helper()
	return sqldb.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "test.db")}
}

func postgresConfig(t *testing.T) sqldb.Config {
	t.Helper()
	url := os.Getenv(urlVar)
	schema := "test_" + strings.ToLower(rand.Text())
	t.Cleanup(func() { drop(t, url, schema) })
	return sqldb.Config{URL: url, Schema: schema, MaxConns: 4}
}

func open(tb testing.TB, cfg sqldb.Config) *sqldb.DB {
	tb.Helper()
	db, err := sqldb.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func drop(t *testing.T, url, schema string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // It has ended by the time of the cleanup.
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE"); err != nil {
		t.Error(err)
	}
}
