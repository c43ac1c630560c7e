package intake

import (
	"encoding/binary"
	"strconv"
	"sync"
)

// mostRehearsed is how many external ids a dry run remembers: with at most 40 bytes
// each some 160 MB, so that no file can fill the server's memory.
const mostRehearsed = 4 << 20

// rehearsed is what a dry run would have filed: of each external id how the first row
// is told apart. Eight bytes each are enough for a rehearsal: that one of a million rows
// is taken for another one has a chance of 1 in 37 million, and the ids are hashed with a
// key, so that nobody can have it so.
type rehearsed struct {
	mu   sync.Mutex
	rows map[uint64]uint64
	most int
}

// add takes note of a row by the keyed hash of its external id. It tells whether there
// was one with this id, and whether that said something else. Rows with one id are
// added in their order.
func (r *rehearsed) add(hash []byte, digest string) (earlier, conflict bool) {
	id := binary.BigEndian.Uint64(hash)
	said, _ := strconv.ParseUint(digest[:16], 16, 64) // It is hexadecimal, of 32 bytes.
	r.mu.Lock()
	defer r.mu.Unlock()
	first, earlier := r.rows[id]
	switch {
	case earlier:
	case r.rows == nil:
		r.rows = map[uint64]uint64{id: said}
	case len(r.rows) < r.most:
		r.rows[id] = said
	}
	return earlier, earlier && first != said
}
