package sqlstore

import (
	"context"
	"errors"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// forgotten bounds how many texts are forgotten by one transaction, since each is taken out of as many slices as its signature
// has bits.
const forgotten = 16

// selectErased finds texts of customers whose key was destroyed: of their complaints, and what they said on complaints that theirs
// were merged into.
const selectErased = `SELECT t.place, t.sketch FROM customers k JOIN complaints c ON c.customer = k.name
	JOIN index_texts t ON t.complaint = c.id WHERE k.wrapped_key IS NULL
	UNION ALL SELECT t.place, t.sketch FROM customers k JOIN messages m ON m.customer = k.name AND m.customer <> ''
	JOIN index_texts t ON t.complaint = m.complaint AND t.message = m.id WHERE k.wrapped_key IS NULL LIMIT ?`

// Forget implements intake.TextIndex.
func (s *Store) Forget(ctx context.Context) (more bool, err error) {
	if some, err := s.anyErased(ctx); err != nil || !some {
		return false, err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		more = false
		all, err := askCounters(ctx, tx)
		if err != nil {
			return err
		}
		type text struct{ place, sketch int64 }
		var texts []text
		if err := errors.Join(tx.Ask(ctx, func(scan func(...any) error) error {
			var t text
			err := scan(&t.place, &t.sketch)
			texts = append(texts, t)
			return err
		}, selectErased, forgotten), tx.Flush(ctx)); err != nil {
			return err
		}
		more = len(texts) == forgotten
		for _, t := range texts {
			slot := slotOf(t.place)
			if c := all[int32(slot.Shelf)]; c != nil && slot.Number < c.folded {
				if err := takeOut(ctx, tx, slot); err != nil {
					return err
				}
			}
			if err := errors.Join(
				tx.Queue(ctx, nil, "DELETE FROM index_texts WHERE place = ?", t.place),
				tx.Queue(ctx, nil, "DELETE FROM index_fresh WHERE place = ?", t.place),
				tx.Queue(ctx, nil, "DELETE FROM index_sketches WHERE number = ?", t.sketch)); err != nil {
				return err
			}
		}
		if len(texts) == 0 {
			return nil
		}
		return tx.Queue(ctx, nil, "UPDATE index_shelves SET folded = folded + 1 WHERE shelf = ?", sketchShelf)
	})
	return more, err
}

// anyErased looks without a lock whether there is anything to forget, which is nearly never so.
func (s *Store) anyErased(ctx context.Context) (some bool, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		some = false
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var place, number int64
			some = true
			return scan(&place, &number)
		}, selectErased, 1)
	})
	return some, err
}

// takeOut clears the bit of a text in all slices of its block.
func takeOut(ctx context.Context, tx *sqldb.Tx, slot intake.Slot) error {
	block, at := slot.Number/slot.Shelf.Block(), slot.Number%slot.Shelf.Block()
	bits := make([]int, slot.Shelf.Bits())
	for i := range bits {
		bits[i] = i
	}
	var all, changed []intake.Slice
	if err := errors.Join(askSlices(ctx, tx, &all, slot.Shelf, []int64{block}, bits), tx.Flush(ctx)); err != nil {
		return err
	}
	for _, slice := range all {
		if sketch.Has(slice.Bits, []int{int(at)}) {
			slice.Bits[at/8] &^= 1 << (at % 8)
			changed = append(changed, slice)
		}
	}
	return putSlices(ctx, tx, changed)
}

// Reset implements intake.TextIndex.
func (s *Store) Reset(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := counters(ctx, tx); err != nil {
			return err
		}
		return reset(ctx, tx)
	})
}

// reset empties the index. The caller has locked the counters.
func reset(ctx context.Context, tx *sqldb.Tx) error {
	for _, statement := range []string{
		"DELETE FROM index_texts", "DELETE FROM index_fresh", "DELETE FROM index_slices", "DELETE FROM index_sketches",
		// Numbers go on, so that nobody takes a new sketch for one that is known.
		"DELETE FROM index_shelves WHERE shelf >= 0", "UPDATE index_shelves SET folded = folded + 1 WHERE shelf < 0",
	} {
		if err := tx.Queue(ctx, nil, statement); err != nil {
			return err
		}
	}
	return nil
}
