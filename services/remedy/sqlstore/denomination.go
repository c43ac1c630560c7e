package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// counted are whether anything is on record that is counted in a currency.
const counted = `SELECT EXISTS (SELECT 1 FROM ledger_entries) OR EXISTS (SELECT 1 FROM remedy_parts WHERE currency <> '')
	OR EXISTS (SELECT 1 FROM claims) OR EXISTS (SELECT 1 FROM deductions) OR EXISTS (SELECT 1 FROM deduction_pays)`

// booked is the currency of what the ledger has something of, ours before any other. It is asked for once, of what an older version leaves.
const booked = `SELECT p.currency FROM remedy_parts p JOIN ledger_entries e
	ON e.complaint_id = p.complaint_id AND e.remedy_id = p.remedy_id AND e.revision = p.revision
	WHERE p.currency <> '' ORDER BY CASE p.currency WHEN ? THEN 0 ELSE 1 END, p.currency LIMIT 1`

// Denominate implements remedy.LedgerStore.
func (s *Store) Denominate(ctx context.Context, in remedy.Denomination) (held remedy.Denomination, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var noted, used bool
		first := in
		read := errors.Join(
			tx.Ask(ctx, func(scan func(...any) error) error {
				noted = true
				return scan(&held.Currency, &held.Digits)
			}, `SELECT currency, digits FROM denomination WHERE id = 1`+tx.Dialect().ForUpdate()),
			tx.Ask(ctx, func(scan func(...any) error) error { return scan(&used) }, counted),
			tx.Flush(ctx))
		if read != nil {
			return fmt.Errorf("read the denomination: %w", read)
		}
		if noted && (used || held == in) {
			return nil
		}
		if !noted {
			read := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error { return scan(&first.Currency) }, booked, in.Currency), tx.Flush(ctx))
			if read != nil {
				return fmt.Errorf("read the currency of the ledger: %w", read)
			}
		}
		held = first
		return errors.Join(tx.Queue(ctx, nil, `INSERT INTO denomination (id, currency, digits) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET currency = excluded.currency, digits = excluded.digits`, held.Currency, held.Digits), tx.Flush(ctx))
	})
	return held, s.db.Failure(err)
}
