package sqlstore

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var (
	_ intake.ImportStore    = (*Store)(nil)
	_ intake.ReferenceStore = (*Store)(nil)
)

// errImported is found out within a shared transaction: the row was filed before.
var errImported = errors.New("intake: the row was imported before")

const insertImport = "INSERT INTO imports (hash, complaint) VALUES (?, ?)"

// askImported asks for the id of the complaint that a row was filed as; it stays empty
// for a row that was not.
func askImported(ctx context.Context, tx *sqldb.Tx, hash []byte, complaint *string) error {
	*complaint = ""
	if len(hash) == 0 {
		return nil
	}
	return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(complaint) },
		"SELECT complaint FROM imports WHERE hash = ?", hash)
}

// queueImport notes that a row is filed. Its statement fails when somebody else was
// faster.
func queueImport(ctx context.Context, tx *sqldb.Tx, hash []byte, complaint string) error {
	if len(hash) == 0 {
		return nil
	}
	return tx.Queue(ctx, nil, insertImport, hash, complaint)
}

// claimImport notes that a row is filed, in a transaction of its own. When it was
// filed before, it returns the complaint of the first time.
func claimImport(ctx context.Context, tx *sqldb.Tx, hash []byte, complaint string) (earlier string, err error) {
	if len(hash) == 0 {
		return "", nil
	}
	n, err := tx.Exec(ctx, insertImport+" ON CONFLICT (hash) DO NOTHING", hash, complaint)
	if err != nil || n == 1 {
		return "", err
	}
	return earlier, errors.Join(askImported(ctx, tx, hash, &earlier), tx.Flush(ctx))
}

// Imported implements intake.ImportStore.
func (s *Store) Imported(ctx context.Context, hash []byte) (record intake.Record, err error) {
	return s.find(ctx, "WHERE c.id = (SELECT complaint FROM imports WHERE hash = ?)", hash)
}

// Waiting implements intake.ImportStore. It reads no more than what waits, by the index
// of states.
func (s *Store) Waiting(ctx context.Context) (n int, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.Ask(ctx, func(scan func(dest ...any) error) error { return scan(&n) },
			"SELECT COUNT(*) FROM complaints WHERE state IN (?, ?)", intake.Received, intake.Resolving)
	})
	return n, err
}

// ByReference implements intake.ReferenceStore.
func (s *Store) ByReference(ctx context.Context, reference string) (intake.Record, error) {
	return s.find(ctx, "WHERE c.reference = ?", reference)
}

// find reads the one complaint that a condition holds for.
func (s *Store) find(ctx context.Context, where string, arg any) (record intake.Record, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		record = intake.Record{}
		return tx.Ask(ctx, func(scan func(dest ...any) error) (err error) {
			record, err = scanRecord(scan)
			return err
		}, selectRecord+where, arg)
	})
	if err == nil && record.ID == "" {
		err = intake.ErrNotFound
	}
	return record, err
}
