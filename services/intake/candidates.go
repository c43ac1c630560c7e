package intake

import (
	"context"
	"math/bits"
	"strconv"

	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/page"
)

const (
	// maxBits bounds the slices that are read of each block. So many are set by
	// accident in one text of ten million, if every fourth bit is.
	maxBits = 12
	// firstBlocks is of how many blocks slices are read first; each next time, of
	// four times as many.
	firstBlocks = 8
	// aheadPlaces is how many places are read at once.
	aheadPlaces = 32
)

// candidateText is a text that may have the words of a query.
type candidateText struct {
	slot  Slot
	place Place
}

// age sorts texts: ids begin with the time.
func (c *candidateText) age() string {
	if c.place.Message != "" {
		return c.place.Message
	}
	return c.place.Complaint
}

// candidates are the texts that may have the words of a query, shelf by shelf, each
// from the latest to the first.
type candidates struct {
	shelves []*shelfCandidates
}

// candidates begins a search at a cursor, which has the slot of each shelf below
// which texts have not been looked at.
func (x *index) candidates(q words.Query, cursor []string) (*candidates, error) {
	hashes := x.key.Hashes(q.Terms)
	all := &candidates{}
	if len(cursor) != 0 && len(cursor) != sketch.Shelves {
		return nil, page.ErrToken
	}
	for shelf := range sketch.Shelf(sketch.Shelves) {
		one := &shelfCandidates{texts: x.texts, shelf: shelf, bits: shelf.Probe(hashes, maxBits), blocks: firstBlocks, before: -1, left: -1}
		if len(cursor) > 0 {
			before, err := strconv.ParseInt(cursor[shelf], 10, 64)
			if err != nil || before < 0 {
				return nil, page.ErrToken
			}
			one.before, one.left = before, before
		}
		all.shelves = append(all.shelves, one)
	}
	return all, nil
}

// take returns the next candidates, the latest first as far as their shelves allow;
// none when there are no more.
func (c *candidates) take(ctx context.Context, most int) ([]candidateText, error) {
	var out []candidateText
	for len(out) < most {
		var latest *shelfCandidates
		for _, shelf := range c.shelves {
			if err := shelf.fill(ctx); err != nil {
				return nil, err
			}
			if len(shelf.ready) > 0 && (latest == nil || shelf.ready[0].age() > latest.ready[0].age()) {
				latest = shelf
			}
		}
		if latest == nil {
			break
		}
		out = append(out, latest.ready[0])
		latest.left = latest.ready[0].slot.Number
		latest.ready = latest.ready[1:]
	}
	return out, nil
}

// giveBack returns candidates that were not looked at: the last ones that were taken.
func (c *candidates) giveBack(some []candidateText) {
	for i := len(some) - 1; i >= 0; i-- {
		shelf := c.shelves[some[i].slot.Shelf]
		shelf.left = some[i].slot.Number + 1
		shelf.ready = append([]candidateText{some[i]}, shelf.ready...)
	}
}

// cursor is where to go on; nil when there is nothing left.
func (c *candidates) cursor() []string {
	some := false
	var out []string
	for _, shelf := range c.shelves {
		left := shelf.left
		if len(shelf.ready)+len(shelf.slots) == 0 {
			left = min(left, shelf.before)
		}
		some = some || left > 0
		out = append(out, strconv.FormatInt(left, 10))
	}
	if !some {
		return nil
	}
	return out
}

// shelfCandidates are those of one shelf.
type shelfCandidates struct {
	texts TextIndex
	shelf sketch.Shelf
	bits  []int
	// state is read first. Texts from before on have been searched, those from left
	// on have been taken; -1 says that the shelf was not looked at yet.
	read         bool
	before, left int64
	state        ShelfState
	// blocks is of how many blocks slices are read next.
	blocks int64
	// slots were found and wait for their places; ready ones have them.
	slots []int64
	ready []candidateText
}

// fill finds the next candidates when none is ready.
func (s *shelfCandidates) fill(ctx context.Context) error {
	for len(s.ready) == 0 {
		if len(s.slots) == 0 {
			if more, err := s.search(ctx); err != nil || !more {
				return err
			}
			continue
		}
		some := s.slots[:min(len(s.slots), aheadPlaces)]
		s.slots = s.slots[len(some):]
		slots := make([]Slot, len(some))
		for i, number := range some {
			slots[i] = Slot{Shelf: s.shelf, Number: number}
		}
		places, err := s.texts.Places(ctx, slots)
		if err != nil {
			return err
		}
		for _, slot := range slots {
			if place, ok := places[slot]; ok {
				s.ready = append(s.ready, candidateText{slot: slot, place: place})
			}
		}
	}
	return nil
}

// search looks through the fresh texts, and then through some blocks; more is
// false when all were looked through.
func (s *shelfCandidates) search(ctx context.Context) (more bool, err error) {
	if !s.read {
		if s.state, err = s.texts.Shelf(ctx, s.shelf); err != nil {
			return false, err
		}
		s.read = true
		if s.before < 0 || s.before > s.state.Next {
			s.before = s.state.Next
		}
		s.left = s.before
		for i := len(s.state.Fresh) - 1; i >= 0; i-- {
			if fresh := s.state.Fresh[i]; fresh.Number < s.before && sketch.Has(fresh.Signature, s.bits) {
				s.slots = append(s.slots, fresh.Number)
			}
		}
		s.before = min(s.before, s.state.Folded)
		return true, nil
	}
	if s.before == 0 {
		return false, nil
	}
	size := s.shelf.Block()
	last := (s.before - 1) / size
	first := max(0, last-s.blocks+1)
	s.blocks *= 4
	var blocks []int64
	for block := first; block <= last; block++ {
		blocks = append(blocks, block)
	}
	found, err := s.texts.Slices(ctx, s.shelf, blocks, s.bits)
	if err != nil {
		return false, err
	}
	columns := map[int64][][]byte{}
	for _, slice := range found {
		columns[slice.Block] = append(columns[slice.Block], slice.Bits)
	}
	for block := last; block >= first; block-- {
		if len(columns[block]) == len(s.bits) {
			s.slots = inAll(s.slots, columns[block], block*size, s.before)
		}
	}
	s.before = first * size
	return true, nil
}

// inAll adds the slots of a block that all columns have, from the last to the
// first, below a limit.
func inAll(slots []int64, columns [][]byte, first, below int64) []int64 {
	shortest := len(columns[0])
	for _, column := range columns {
		shortest = min(shortest, len(column))
	}
	for at := shortest - 1; at >= 0; at-- {
		set := columns[0][at]
		for _, column := range columns[1:] {
			if set &= column[at]; set == 0 {
				break
			}
		}
		for set != 0 {
			bit := bits.Len8(set) - 1
			set &^= 1 << bit
			if slot := first + int64(at)*8 + int64(bit); slot < below {
				slots = append(slots, slot)
			}
		}
	}
	return slots
}
