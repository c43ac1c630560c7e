// Package fill makes a few hundred real complaints many: it copies their rows in each service's own database, with new ids,
// references and times, and seals anew what lists open. A million complaints that were really lived would take hours.
//
// What copies have not: events, so no timeline and no search by words; workflows in Temporal, so nothing that is due is noticed; customers of their own.
// What they have is everything that lists read.
package fill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/redress-dev/redress/deploy/standalone/bench/database"
)

// Filler makes copies in one place. The product must not run while it does.
type Filler struct {
	place     *database.Place
	templates []Template
	tables    []*table
	copies    int64
}

// New reads the templates' rows.
func New(ctx context.Context, place *database.Place, templates []Template) (*Filler, error) {
	f := &Filler{place: place, templates: slices.Clone(templates)}
	if len(templates) == 0 {
		return nil, errors.New("fill: no templates")
	}
	for i := range f.templates {
		if err := f.templates[i].open(); err != nil {
			return nil, err
		}
	}
	for _, service := range database.Services() {
		if err := f.readService(ctx, service); err != nil {
			return nil, fmt.Errorf("fill: %s: %w", service, err)
		}
	}
	return f, nil
}

func (f *Filler) readService(ctx context.Context, service string) error {
	db, err := f.place.Open(service)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	names, err := f.place.Engine.Tables(ctx, db)
	if err != nil {
		return err
	}
	for _, name := range names {
		t, err := f.read(ctx, db, service, name)
		if err != nil {
			return err
		}
		if t != nil {
			f.tables = append(f.tables, t)
		}
	}
	return nil
}

// To makes copies until there are so many, and has PostgreSQL take note of how its tables have grown and write them out, as it does
// by itself in time. All services' databases are filled at once.
func (f *Filler) To(ctx context.Context, copies int64) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, service := range database.Services() {
		group.Go(func() error {
			if err := f.service(ctx, service, f.copies, copies-1); err != nil {
				return fmt.Errorf("fill: %s: %w", service, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	f.copies = copies
	return nil
}

// service makes the copies with these numbers in one service's database.
func (f *Filler) service(ctx context.Context, service string, first, last int64) (err error) {
	db, err := f.place.Open(service)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, t := range f.tables {
		if t.service != service {
			continue
		}
		rows := f.rows(t, first, last)
		if f.place.Engine == database.Postgres {
			err = copyIn(ctx, db, t, rows)
		} else {
			err = insertAll(ctx, db, t, rows)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if f.place.Engine != database.Postgres {
		return nil
	}
	if _, err := db.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "CHECKPOINT")
	return err
}

// rows gives the copies' rows of a table one after the other, and false after the last.
func (f *Filler) rows(t *table, first, last int64) func() ([]any, bool, error) {
	number, of := first, 0
	var r replica
	return func() ([]any, bool, error) {
		for ; number <= last; number, of = number+1, 0 {
			rows := t.rows[number%int64(len(t.rows))]
			if of == len(rows) {
				continue
			}
			if of == 0 {
				r = f.copyOf(number, first, last)
			}
			row, err := t.rewrite(rows[of], r)
			of++
			return row, err == nil, err
		}
		return nil, false, nil
	}
}

// Counts are the rows of each table with copies, by "service.table".
func (f *Filler) Counts(ctx context.Context) (map[string]int64, error) {
	all := map[string]int64{}
	for _, service := range database.Services() {
		db, err := f.place.Open(service)
		if err != nil {
			return nil, err
		}
		counts, err := f.place.Engine.Counts(ctx, db)
		if err = errors.Join(err, db.Close()); err != nil {
			return nil, err
		}
		for _, t := range f.tables {
			if t.service == service {
				all[service+"."+t.name] = counts[t.name]
			}
		}
	}
	return all, nil
}

// Expected is what Counts must give: so many for the copies, and those that were there.
func (f *Filler) Expected(before map[string]int64) map[string]int64 {
	all := maps.Clone(before)
	for _, t := range f.tables {
		for number := range f.copies {
			all[t.service+"."+t.name] += int64(len(t.rows[number%int64(len(t.rows))]))
		}
	}
	return all
}

// rowsOf are the rows of an insert.
type rowsOf = func() ([]any, bool, error)

// insertAll inserts rows in one transaction, without a journal: a file that this does not succeed with is thrown away. Afterwards it
// has its write-ahead log again.
func insertAll(ctx context.Context, db *sql.DB, t *table, rows rowsOf) (err error) {
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144"); err != nil {
		return err
	}
	defer func() {
		_, back := db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		err = errors.Join(err, back)
	}()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+database.Quote(t.name)+" ("+database.Names(t.columns)+") VALUES ("+ //nolint:gosec // Names the database gave.
		database.SQLite.Marks(0, len(t.columns))+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for {
		row, more, err := rows()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
