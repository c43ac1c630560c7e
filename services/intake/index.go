package intake

import (
	"context"
	"time"

	"github.com/redress-dev/redress/services/intake/sketch"
)

// Text is a text as the index keeps it: without its words.
type Text struct {
	Place
	Shelf     sketch.Shelf
	Signature []byte
	// Sketch is that of what a complaint was filed with; nil for a message.
	Sketch      []byte
	ReceiveTime time.Time
}

// Slot is where a text stands on a shelf, counted from 0 in the order of
// indexing. A text that is forgotten leaves its slot empty.
type Slot struct {
	Shelf  sketch.Shelf
	Number int64
}

// Fresh is the signature of a text that is not in slices yet.
type Fresh struct {
	Number    int64
	Signature []byte
}

// Slice is one bit of the signatures of all texts of a block.
type Slice struct {
	Shelf sketch.Shelf
	// Block counts the shelf's blocks from 0, and Bit the bits of a signature.
	Block int64
	Bit   int
	// Bits has the bit of the block's n-th text in its n-th bit.
	Bits []byte
}

// Fold is what is put into slices at once: the fresh texts of a shelf from one slot up to below another one of the same block, and
// which bits of their signatures.
type Fold struct {
	Shelf       sketch.Shelf
	From, Below int64
	Bits        []int
}

// ShelfState is how far a shelf is.
type ShelfState struct {
	// Next is the slot of the next text. Those below Folded are in slices, the
	// others are Fresh.
	Next, Folded int64
	Fresh        []Fresh
}

// Sketched is the sketch of what a complaint was filed with.
type Sketched struct {
	// Number grows in the order of indexing.
	Number      int64
	ReceiveTime time.Time
	Sketch      []byte
}

// TextIndex keeps signatures of texts, for the search by words. Nothing in it is
// anybody's words, and all of it can be made again. Each method is one
// transaction.
type TextIndex interface {
	// Index adds texts that are not there yet. Full are the shelves that have as
	// many fresh texts as are put into slices at once.
	Index(ctx context.Context, texts []Text) (full []sketch.Shelf, err error)
	// Shelf reads a shelf.
	Shelf(ctx context.Context, shelf sketch.Shelf) (ShelfState, error)
	// Slices reads these bits of these blocks. A slice that is not there has none.
	Slices(ctx context.Context, shelf sketch.Shelf, blocks []int64, bits []int) ([]Slice, error)
	// PutSlices writes the slices that change makes of those of some bits, by the bit, and of the fresh texts of the fold, while
	// nobody else writes the index. It does nothing, and done is false, when the shelf's Folded is not the fold's From: somebody
	// else was faster.
	PutSlices(ctx context.Context, f Fold, change func(before map[int][]byte, fresh []Fresh) []Slice) (done bool, err error)
	// Folded notes that the fresh texts below are in slices, and drops their
	// signatures. When they are not as many as were put there, since one was
	// forgotten meanwhile, it does nothing and done is false.
	Folded(ctx context.Context, shelf sketch.Shelf, below int64, texts int) (done bool, err error)
	// Places tells which texts stand in slots, by the slot; those that were
	// forgotten are left out.
	Places(ctx context.Context, slots []Slot) (map[Slot]Place, error)
	// Forget deletes what is kept of some texts of customers whose key was
	// destroyed, and tells whether there may be more.
	Forget(ctx context.Context) (more bool, err error)
	// Reset empties the index.
	Reset(ctx context.Context) error
}

// SketchIndex keeps sketches of what complaints were filed with, for finding
// similar ones.
type SketchIndex interface {
	// Sketches reads sketches with numbers above, in their order, of complaints
	// that were received later than since. Deletions counts how often sketches were
	// deleted.
	Sketches(ctx context.Context, above int64, since time.Time, limit int) (sketches []Sketched, deletions int64, err error)
	// Owners are the ids of the complaints that sketches are of, by the number.
	Owners(ctx context.Context, numbers []int64) (map[int64]string, error)
}
