package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
)

// migration is one numbered file.
type migration struct {
	version int
	name    string
	text    string
}

// Migrate brings the tables of a component up to date. It applies the files
// migrations/<engine>/NNN_name.sql of fsys that have not been applied, in order
// of their numbers, each in a transaction of its own, and records them in the
// table schema_migrations. Several replicas may do this at the same time. It
// refuses a database that was migrated further than this program knows, and
// one where a number stands for another name. A frozen database it only looks at:
// the error is ErrBehind when something is missing.
func Migrate(ctx context.Context, db *DB, component string, fsys fs.FS) error {
	known, err := load(fsys, db.dialect)
	if err != nil {
		return err
	}
	if db.frozen {
		return current(ctx, db, component, known)
	}
	for done := false; !done; {
		err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
			var err error
			done, err = migrateNext(ctx, tx, component, known)
			return err
		})
		if err != nil {
			return fmt.Errorf("sqldb: migrate %s: %w", component, err)
		}
	}
	return nil
}

// VerifyMigrations fails unless both engines have the same numbers and names,
// without gaps, so that a number means one change whatever the engine.
func VerifyMigrations(fsys fs.FS) error {
	lite, err := load(fsys, SQLite)
	if err != nil {
		return err
	}
	pg, err := load(fsys, Postgres)
	if err != nil {
		return err
	}
	for i := range max(len(lite), len(pg)) {
		switch {
		case i >= len(lite):
			return fmt.Errorf("sqldb: migration %03d_%s is missing for SQLite", pg[i].version, pg[i].name)
		case i >= len(pg):
			return fmt.Errorf("sqldb: migration %03d_%s is missing for PostgreSQL", lite[i].version, lite[i].name)
		case lite[i].name != pg[i].name:
			return fmt.Errorf("sqldb: migration %03d is named %q for SQLite and %q for PostgreSQL", lite[i].version, lite[i].name, pg[i].name)
		}
	}
	return nil
}

// load reads the files of one engine; they are numbered 1, 2, 3 and so on.
func load(fsys fs.FS, d Dialect) ([]migration, error) {
	dir := path.Join("migrations", d.Name())
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("sqldb: migrations: %w", err)
	}
	form := regexp.MustCompile(`^([0-9]{3})_([a-z0-9_]+)\.sql$`)
	var out []migration
	for _, entry := range entries {
		m := form.FindStringSubmatch(entry.Name())
		if m == nil {
			return nil, fmt.Errorf("sqldb: %s/%s is not named like 001_initial.sql", dir, entry.Name())
		}
		text, err := fs.ReadFile(fsys, path.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("sqldb: migrations: %w", err)
		}
		version, err := strconv.Atoi(m[1])
		if err != nil || version != len(out)+1 {
			return nil, fmt.Errorf("sqldb: %s/%s: the number must be %03d", dir, entry.Name(), len(out)+1)
		}
		out = append(out, migration{version: version, name: m[2], text: string(text)})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("sqldb: %s has no migrations", dir)
	}
	return out, nil
}

// migrateNext applies the first migration that is missing; done says that none
// is. Holding the lock from before it looks, it never does what another replica
// is doing.
func migrateNext(ctx context.Context, tx *Tx, component string, known []migration) (done bool, err error) {
	now := "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
	if tx.Dialect() == Postgres {
		now = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
		if err := tx.script(ctx, "SELECT pg_advisory_xact_lock(hashtext('redress migrate'), hashtext(current_schema()))"); err != nil {
			return false, err
		}
	}
	if err := tx.script(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
		component TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, apply_time BIGINT NOT NULL,
		PRIMARY KEY (component, version))`); err != nil {
		return false, err
	}
	applied, err := appliedOf(ctx, tx, component, known)
	if err != nil || applied == len(known) {
		return err == nil, err
	}
	next := known[applied]
	if err := tx.script(ctx, next.text); err != nil {
		return false, fmt.Errorf("%03d_%s: %w", next.version, next.name, err)
	}
	_, err = tx.Exec(ctx, "INSERT INTO schema_migrations (component, version, name, apply_time) VALUES (?, ?, ?, "+now+")",
		component, next.version, next.name)
	return false, err
}

// appliedOf counts the known migrations that are on record, and refuses a record that is not one of this program's.
func appliedOf(ctx context.Context, tx *Tx, component string, known []migration) (int, error) {
	applied, err := appliedNames(ctx, tx, component)
	if err != nil {
		return 0, err
	}
	for i, name := range applied {
		if i >= len(known) {
			return 0, fmt.Errorf("the database has migration %03d_%s, which this program does not know: it was migrated by a newer one", i+1, name)
		}
		if known[i].name != name {
			return 0, fmt.Errorf("migration %03d is %q in the database and %q in this program", i+1, name, known[i].name)
		}
	}
	return len(applied), nil
}

// current fails with ErrBehind unless every known migration is on record.
func current(ctx context.Context, db *DB, component string, known []migration) error {
	err := db.Read(ctx, func(ctx context.Context, tx *Tx) error {
		var exists bool
		query := "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations')"
		if db.dialect == Postgres {
			query = "SELECT to_regclass('schema_migrations') IS NOT NULL"
		}
		if err := tx.QueryRow(ctx, query).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			return ErrBehind
		}
		applied, err := appliedOf(ctx, tx, component, known)
		if err == nil && applied < len(known) {
			err = ErrBehind
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sqldb: %s: %w", component, err)
	}
	return nil
}

// appliedNames returns the names of the migrations on record, the first at 0.
func appliedNames(ctx context.Context, tx *Tx, component string) (names []string, err error) {
	rows, err := tx.Query(ctx, "SELECT version, name FROM schema_migrations WHERE component = ? ORDER BY version", component)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var version int
		var name string
		if err := rows.Scan(&version, &name); err != nil {
			return nil, err
		}
		if names = append(names, name); version != len(names) {
			return nil, fmt.Errorf("the record of applied migrations has a gap before %03d_%s", version, name)
		}
	}
	return names, rows.Err()
}
