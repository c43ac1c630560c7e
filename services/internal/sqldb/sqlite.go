package sqldb

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // The driver "sqlite", in pure Go.
)

const defaultReaders = 4

// openSQLite opens one writer, so that writers queue in the process and never
// meet a lock of each other, and several readers, which under WAL neither wait
// for the writer nor hold it up.
func openSQLite(path string, readers int) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil || path == "" {
		return nil, fmt.Errorf("sqldb: %q is not a path of a file", path)
	}
	// SQLite itself would make the file readable by all; its WAL takes over the
	// mode of the file.
	file, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	if readers <= 0 {
		readers = defaultReaders
	}
	write, err := sql.Open("sqlite", sqliteDSN(abs, url.Values{"_txlock": {"immediate"}}))
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	read, err := sql.Open("sqlite", sqliteDSN(abs, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, fmt.Errorf("sqldb: open SQLite: %w", err)
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{dialect: SQLite, write: write, read: read, binder: newBinder(SQLite),
		writes: newStatements(write), reads: newStatements(read), begins: 1}, nil
}

// sqliteDSN asks for a file that survives power loss once a commit returned.
func sqliteDSN(path string, more url.Values) string {
	values := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)"}}
	for key, vs := range more {
		values[key] = append(values[key], vs...)
	}
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: values.Encode()}
	return dsn.String()
}
