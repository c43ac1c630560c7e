package sqltest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Template is an SQLite file with tables, made once for all tests of a package: to migrate a file takes longer than most of what
// tests do with it. It is safe for concurrent use.
type Template struct {
	migrations []func(context.Context, *sqldb.DB) error

	once sync.Once
	file []byte
	err  error
}

// NewTemplate is one with the tables of these migrations; they run when the first test asks for a copy.
func NewTemplate(migrations ...func(context.Context, *sqldb.DB) error) *Template {
	return &Template{migrations: migrations}
}

// SQLite opens a copy that is gone when the test ends. Nothing of other tests is in it.
func (m *Template) SQLite(tb testing.TB) *sqldb.DB {
	tb.Helper()
	return m.SQLiteAt(tb, filepath.Join(tb.TempDir(), "test.db"))
}

// SQLiteAt writes the copy to a file and opens it; a test that has the path can look at what is on disk.
func (m *Template) SQLiteAt(tb testing.TB, path string) *sqldb.DB {
	tb.Helper()
	m.once.Do(func() { m.file, m.err = m.make() })
	if m.err != nil {
		tb.Fatal(m.err)
	}
	if err := os.WriteFile(path, m.file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return open(tb, sqldb.Config{URL: "sqlite:" + path})
}

// make migrates a file and reads it. Closed, it has all that was written: the last connection takes the log of writes along.
func (m *Template) make() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "template")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "template.db")
	ctx := context.Background() // It is no one test's.
	db, err := sqldb.Open(ctx, sqldb.Config{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	for _, migrate := range m.migrations {
		if err := migrate(ctx, db); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Each is the function Each whose SQLite has the tables. PostgreSQL's schema is empty as there, so the test migrates it.
func (m *Template) Each(t *testing.T, run func(t *testing.T, open func(t *testing.T) *sqldb.DB)) {
	t.Helper()
	EachConfig(t, func(t *testing.T, empty func(t *testing.T) sqldb.Config) {
		run(t, func(t *testing.T) *sqldb.DB {
			t.Helper()
			cfg := empty(t)
			if path, lite := strings.CutPrefix(cfg.URL, "sqlite:"); lite {
				return m.SQLiteAt(t, path)
			}
			return open(t, cfg)
		})
	})
}
