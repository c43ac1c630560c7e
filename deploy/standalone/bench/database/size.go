package database

import (
	"context"
	"os"
	"path/filepath"
)

// Bytes is how many bytes the data of a service take, indexes and what is not yet reused included. The product must not run.
func (p *Place) Bytes(ctx context.Context, service string) (n int64, err error) {
	db, err := p.Open(service)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	if p.Engine == Postgres {
		return n, db.QueryRowContext(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
			JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'`).Scan(&n)
	}
	// What is only in the log yet belongs to the file.
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return 0, err
	}
	info, err := os.Stat(p.File(service))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// TemporalBytes is how many bytes the embedded Temporal's files take. The product must not run.
func (p *Place) TemporalBytes(ctx context.Context) (n int64, err error) {
	files, err := filepath.Glob(filepath.Join(p.Dir, "temporal-*.db"))
	if err != nil {
		return 0, err
	}
	for _, path := range files {
		db, err := OpenFile(path)
		if err != nil {
			return 0, err
		}
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		_ = db.Close()
		if err != nil {
			return 0, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		n += info.Size()
	}
	return n, nil
}
