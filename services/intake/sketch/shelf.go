package sketch

// Shelf is where signatures of texts of about the same length stand together: a long text needs a longer one. Shelf 0 has those of
// up to 64 terms, and each next one those of up to twice as many.
type Shelf int32

const (
	// Shelves is how many there are; the last takes texts of 16,384 terms.
	Shelves = 9
	// leastTerms is how many a text of shelf 0 has at most.
	leastTerms = 64
	// bitsPerTerm and probes make a text that has not a term seem to have it once in 25,000 times, or less often where the shelf is
	// not filled.
	bitsPerTerm = 24
	probes      = 8
	// freshTexts and freshBytes bound what is kept text by text before it is sliced.
	freshTexts = 1024
	freshBytes = 1 << 20
	// foldsPerBlock is how often slices of a block are added to before the next one begins.
	foldsPerBlock = 8
)

// ShelfOf is the shelf of a text with so many terms.
func ShelfOf(terms int) Shelf {
	shelf := Shelf(0)
	for shelf < Shelves-1 && terms > leastTerms<<shelf {
		shelf++
	}
	return shelf
}

// Bits is the length of a signature.
func (s Shelf) Bits() int { return leastTerms * bitsPerTerm << s }

// Fold is how many signatures are sliced at once; a multiple of 8.
func (s Shelf) Fold() int64 { return min(freshTexts, int64(freshBytes/(s.Bits()/8))&^7) }

// Block is how many texts a slice tells of.
func (s Shelf) Block() int64 { return foldsPerBlock * s.Fold() }

// Positions are the bits of a signature that a term sets.
func (s Shelf) Positions(hash uint64) [probes]int {
	var out [probes]int
	step := mix(hash)<<1 | 1
	for i := range out {
		hash += step
		out[i] = int(mix(hash) % uint64(s.Bits()))
	}
	return out
}

// Signature is that of a text with these terms.
func (s Shelf) Signature(hashes []uint64) []byte {
	out := make([]byte, s.Bits()/8)
	for _, hash := range hashes {
		for _, at := range s.Positions(hash) {
			out[at/8] |= 1 << (at % 8)
		}
	}
	return out
}

// Probe are the bits that a signature must have when its text has all these terms: at most so many, since with each of them fewer
// others have them too.
func (s Shelf) Probe(hashes []uint64, most int) []int {
	seen := map[int]struct{}{}
	var out []int
	for round := range probes {
		for _, hash := range hashes {
			at := s.Positions(hash)[round]
			if _, known := seen[at]; !known && len(out) < most {
				seen[at] = struct{}{}
				out = append(out, at)
			}
		}
	}
	return out
}

// Has tells whether a signature has all the bits.
func Has(signature []byte, positions []int) bool {
	for _, at := range positions {
		if at/8 >= len(signature) || signature[at/8]&(1<<(at%8)) == 0 {
			return false
		}
	}
	return true
}
