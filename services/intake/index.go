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

// Folding is which fresh texts of a shelf are put into slices together.
type Folding struct {
	Shelf sketch.Shelf
	// From is the slot of the first of them, a multiple of 8, and Below the one after
	// the last. All are of one block.
	From, Below int64
	// Texts is how many there are: fewer than slots when some were forgotten.
	Texts int
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
	// PutSlices writes the bits that fresh texts have in slices, which begin with that
	// of the first of them, behind the bits of the texts before, which stay as they
	// are by then. It does nothing and done is false when the texts are not those any
	// more: one was forgotten meanwhile, or somebody else has folded them.
	PutSlices(ctx context.Context, f Folding, slices []Slice) (done bool, err error)
	// Folded notes that fresh texts are in slices, and drops their signatures. It does
	// nothing and done is false as with PutSlices.
	Folded(ctx context.Context, f Folding) (done bool, err error)
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
