package sqlstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

var (
	_ intake.TextIndex   = (*Store)(nil)
	_ intake.SketchIndex = (*Store)(nil)
)

const (
	// slotBits, blockBits and bitBits are how keys are put together.
	slotBits  = 48
	blockBits = 32
	bitBits   = 20
	// sketchShelf is the row that counts sketches.
	sketchShelf = -1
)

func placeOf(shelf sketch.Shelf, number int64) int64 { return int64(shelf)<<slotBits | number }

func slotOf(place int64) intake.Slot {
	return intake.Slot{Shelf: sketch.Shelf(place >> slotBits), Number: place & (1<<slotBits - 1)}
}

func sliceKey(shelf sketch.Shelf, block int64, bit int) int64 {
	return int64(shelf)<<(blockBits+bitBits) | block<<bitBits | int64(bit)
}

// counter is a row of index_shelves.
type counter struct{ next, folded int64 }

// askCounters asks for the rows of shelves and locks them; whoever writes the index has that of sketches, so that one does at a time.
func askCounters(ctx context.Context, tx *sqldb.Tx) (map[int32]*counter, error) {
	if err := tx.Queue(ctx, nil, "INSERT INTO index_shelves (shelf, next, folded) VALUES (?, 0, 0) ON CONFLICT (shelf) DO NOTHING", sketchShelf); err != nil {
		return nil, err
	}
	if err := tx.Queue(ctx, nil, "UPDATE index_shelves SET next = next WHERE shelf = ?", sketchShelf); err != nil {
		return nil, err
	}
	all := map[int32]*counter{}
	err := tx.Ask(ctx, func(scan func(...any) error) error {
		var shelf int32
		c := &counter{}
		err := scan(&shelf, &c.next, &c.folded)
		all[shelf] = c
		return err
	}, "SELECT shelf, next, folded FROM index_shelves")
	return all, err
}

// counters reads the rows of shelves and locks them.
func counters(ctx context.Context, tx *sqldb.Tx) (map[int32]*counter, error) {
	all, err := askCounters(ctx, tx)
	return all, errors.Join(err, tx.Flush(ctx))
}

const putCounter = `INSERT INTO index_shelves (shelf, next, folded) VALUES (?, ?, ?)
	ON CONFLICT (shelf) DO UPDATE SET next = excluded.next, folded = excluded.folded`

// Index implements intake.TextIndex.
func (s *Store) Index(ctx context.Context, texts []intake.Text) (full []sketch.Shelf, err error) {
	if len(texts) == 0 {
		return nil, nil
	}
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		full = nil
		all, err := askCounters(ctx, tx)
		if err != nil {
			return err
		}
		known, err := askIndexed(ctx, tx, texts)
		if err := errors.Join(err, tx.Flush(ctx)); err != nil {
			return err
		}
		changed := map[int32]bool{}
		for i := range texts {
			if known[texts[i].Place] {
				continue
			}
			known[texts[i].Place] = true
			shelf := int32(texts[i].Shelf)
			if all[shelf] == nil {
				all[shelf] = &counter{}
			}
			if err := insertText(ctx, tx, &texts[i], all[shelf], all[sketchShelf]); err != nil {
				return err
			}
			changed[shelf], changed[sketchShelf] = true, true
		}
		for shelf := range changed {
			c := all[shelf]
			if shelf >= 0 && c.next-c.folded >= sketch.Shelf(shelf).Fold() {
				full = append(full, sketch.Shelf(shelf))
			}
			if err := tx.Queue(ctx, nil, putCounter, shelf, c.next, c.folded); err != nil {
				return err
			}
		}
		return nil
	})
	return full, err
}

// askIndexed asks which texts are there already.
func askIndexed(ctx context.Context, tx *sqldb.Tx, texts []intake.Text) (map[intake.Place]bool, error) {
	args := make([]any, 0, 2*len(texts))
	for i := range texts {
		args = append(args, texts[i].Complaint, texts[i].Message)
	}
	known := map[intake.Place]bool{}
	err := tx.Ask(ctx, func(scan func(...any) error) error {
		var place intake.Place
		err := scan(&place.Complaint, &place.Message)
		known[place] = true
		return err
	}, "SELECT complaint, message FROM index_texts WHERE (complaint, message) IN (VALUES "+marks(len(texts), "(?, ?)")+")", args...)
	return known, err
}

// insertText gives a text the next slot of its shelf, and its sketch the next number.
func insertText(ctx context.Context, tx *sqldb.Tx, t *intake.Text, shelf, numbers *counter) error {
	place, number := placeOf(t.Shelf, shelf.next), int64(0)
	shelf.next++
	if t.Sketch != nil {
		numbers.next++
		number = numbers.next
		if err := tx.Queue(ctx, nil, "INSERT INTO index_sketches (number, complaint, receive_time, bits) VALUES (?, ?, ?, ?)",
			number, t.Complaint, sqldb.Micros(t.ReceiveTime), t.Sketch); err != nil {
			return err
		}
	}
	return errors.Join(
		tx.Queue(ctx, nil, "INSERT INTO index_texts (place, complaint, message, sketch) VALUES (?, ?, ?, ?)", place, t.Complaint, t.Message, number),
		tx.Queue(ctx, nil, "INSERT INTO index_fresh (place, bits) VALUES (?, ?)", place, t.Signature))
}

// Shelf implements intake.TextIndex.
func (s *Store) Shelf(ctx context.Context, shelf sketch.Shelf) (state intake.ShelfState, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		state = intake.ShelfState{}
		return errors.Join(
			tx.Ask(ctx, func(scan func(...any) error) error { return scan(&state.Next, &state.Folded) },
				"SELECT next, folded FROM index_shelves WHERE shelf = ?", int32(shelf)),
			askFresh(ctx, tx, &state.Fresh, placeOf(shelf, 0), placeOf(shelf+1, 0)))
	})
	return state, err
}

// Slices implements intake.TextIndex.
func (s *Store) Slices(ctx context.Context, shelf sketch.Shelf, blocks []int64, bits []int) (found []intake.Slice, err error) {
	if len(blocks) == 0 || len(bits) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		found = nil
		return askSlices(ctx, tx, &found, shelf, blocks, bits)
	})
	return found, err
}

// maxKeys is how many slices are asked for by one statement.
const maxKeys = 1024

func askSlices(ctx context.Context, tx *sqldb.Tx, found *[]intake.Slice, shelf sketch.Shelf, blocks []int64, bits []int) error {
	keys := make([]int64, 0, len(blocks)*len(bits))
	for _, block := range blocks {
		for _, bit := range bits {
			keys = append(keys, sliceKey(shelf, block, bit))
		}
	}
	return askColumns(ctx, tx, keys, func(key int64, bits []byte) {
		*found = append(*found, intake.Slice{
			Shelf: shelf, Block: key >> bitBits & (1<<blockBits - 1), Bit: int(key & (1<<bitBits - 1)), Bits: bits,
		})
	})
}

// askColumns asks for slices by their keys.
func askColumns(ctx context.Context, tx *sqldb.Tx, keys []int64, take func(key int64, bits []byte)) error {
	slices.Sort(keys)
	for some := range slices.Chunk(keys, maxKeys) {
		list, args := among(some)
		err := tx.Ask(ctx, func(scan func(...any) error) error {
			var key int64
			var bits []byte
			err := scan(&key, &bits)
			take(key, bits)
			return err
		}, "SELECT slice, bits FROM index_slices WHERE slice IN "+list, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// among is the list behind IN for keys, at least one, of which the last is repeated until there are as many as a power of two: so
// few different statements are prepared.
func among(keys []int64) (list string, args []any) {
	count := 1
	for count < len(keys) {
		count *= 2
	}
	for i := range count {
		args = append(args, keys[min(i, len(keys)-1)])
	}
	return "(" + marks(count, "?") + ")", args
}

// PutSlices implements intake.TextIndex. The lock that everybody has who writes the index is held while slices are read and written:
// the bit of a text that is forgotten in between would come back.
func (s *Store) PutSlices(ctx context.Context, f intake.Folding, all []intake.Slice) (done bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if done, err = foldable(ctx, tx, f); err != nil || !done {
			return err
		}
		first := f.From % f.Shelf.Block() / 8
		known, err := columnsOf(ctx, tx, all)
		if err != nil {
			return err
		}
		whole := make([]intake.Slice, len(all))
		for i, slice := range all {
			whole[i] = slice
			whole[i].Bits = make([]byte, int(first)+len(slice.Bits))
			copy(whole[i].Bits[:first], known[sliceKey(slice.Shelf, slice.Block, slice.Bit)])
			copy(whole[i].Bits[first:], slice.Bits)
		}
		return putSlices(ctx, tx, whole)
	})
	return done && err == nil, err
}

// askFresh asks for the fresh texts of places.
func askFresh(ctx context.Context, tx *sqldb.Tx, all *[]intake.Fresh, from, below int64) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		var place int64
		var fresh intake.Fresh
		err := scan(&place, &fresh.Signature)
		fresh.Number = slotOf(place).Number
		*all = append(*all, fresh)
		return err
	}, "SELECT place, bits FROM index_fresh WHERE place >= ? AND place < ? ORDER BY place", from, below)
}

// columnsOf are slices as they are, by their keys.
func columnsOf(ctx context.Context, tx *sqldb.Tx, all []intake.Slice) (map[int64][]byte, error) {
	keys := make([]int64, len(all))
	for i, slice := range all {
		keys[i] = sliceKey(slice.Shelf, slice.Block, slice.Bit)
	}
	columns := map[int64][]byte{}
	err := askColumns(ctx, tx, keys, func(key int64, bits []byte) { columns[key] = bits })
	return columns, errors.Join(err, tx.Flush(ctx))
}

// foldable takes the lock and tells whether fresh texts are still those that are to be folded.
func foldable(ctx context.Context, tx *sqldb.Tx, f intake.Folding) (bool, error) {
	all, err := counters(ctx, tx)
	if err != nil {
		return false, err
	}
	if c := all[int32(f.Shelf)]; c == nil || c.folded != f.From {
		return false, nil
	}
	left := 0
	err = tx.QueryRow(ctx, "SELECT COUNT(*) FROM index_fresh WHERE place >= ? AND place < ?",
		placeOf(f.Shelf, f.From), placeOf(f.Shelf, f.Below)).Scan(&left)
	return left == f.Texts, err
}

func putSlices(ctx context.Context, tx *sqldb.Tx, all []intake.Slice) error {
	const together = 64
	for some := range slices.Chunk(all, together) {
		args := make([]any, 0, 2*len(some))
		for _, slice := range some {
			args = append(args, sliceKey(slice.Shelf, slice.Block, slice.Bit), slice.Bits)
		}
		if err := tx.Queue(ctx, nil, "INSERT INTO index_slices (slice, bits) VALUES "+marks(len(some), "(?, ?)")+
			" ON CONFLICT (slice) DO UPDATE SET bits = excluded.bits", args...); err != nil {
			return err
		}
	}
	return nil
}

// Folded implements intake.TextIndex.
func (s *Store) Folded(ctx context.Context, f intake.Folding) (done bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		if done, err = foldable(ctx, tx, f); err != nil || !done {
			return err
		}
		return errors.Join(
			tx.Queue(ctx, nil, "UPDATE index_shelves SET folded = ? WHERE shelf = ?", f.Below, int32(f.Shelf)),
			tx.Queue(ctx, nil, "DELETE FROM index_fresh WHERE place >= ? AND place < ?", placeOf(f.Shelf, f.From), placeOf(f.Shelf, f.Below)))
	})
	return done && err == nil, err
}

// Places implements intake.TextIndex.
func (s *Store) Places(ctx context.Context, slots []intake.Slot) (places map[intake.Slot]intake.Place, err error) {
	if len(slots) == 0 {
		return nil, nil
	}
	keys := make([]int64, len(slots))
	for i, slot := range slots {
		keys[i] = placeOf(slot.Shelf, slot.Number)
	}
	list, args := among(keys)
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		places = map[intake.Slot]intake.Place{}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var key int64
			var place intake.Place
			err := scan(&key, &place.Complaint, &place.Message)
			places[slotOf(key)] = place
			return err
		}, "SELECT place, complaint, message FROM index_texts WHERE place IN "+list, args...)
	})
	return places, err
}

// Sketches implements intake.SketchIndex.
func (s *Store) Sketches(ctx context.Context, above int64, since time.Time, limit int) (found []intake.Sketched, deletions int64, err error) {
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		found, deletions = nil, 0
		return errors.Join(
			tx.Ask(ctx, func(scan func(...any) error) error { return scan(&deletions) },
				"SELECT folded FROM index_shelves WHERE shelf = ?", sketchShelf),
			tx.Ask(ctx, func(scan func(...any) error) error {
				var one intake.Sketched
				var received int64
				err := scan(&one.Number, &received, &one.Sketch)
				one.ReceiveTime = sqldb.Time(received)
				found = append(found, one)
				return err
			}, "SELECT number, receive_time, bits FROM index_sketches WHERE number > ? AND receive_time > ? ORDER BY number LIMIT ?",
				above, sqldb.Micros(since), limit))
	})
	return found, deletions, err
}

// Owners implements intake.SketchIndex.
func (s *Store) Owners(ctx context.Context, of []int64) (owners map[int64]string, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	list, args := among(of)
	err = s.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		owners = map[int64]string{}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var number int64
			var owner string
			err := scan(&number, &owner)
			owners[number] = owner
			return err
		}, "SELECT number, complaint FROM index_sketches WHERE number IN "+list, args...)
	})
	return owners, err
}
