// Package sketch keeps of texts what they are found and compared by when the words must not be kept: a signature, which tells
// whether a text may have a word, and a sketch, which tells how similar two texts are. Both are made of keyed hashes of terms.
//
// What they reveal: whoever has signatures or sketches and not the key learns how similar two texts are, and roughly how many
// different words a text has; not one word. Whoever has the key too can ask of a word whether a text has it. So they are deleted
// with the texts.
package sketch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Key makes keyed hashes of terms. It is safe for concurrent use.
type Key struct{ secret []byte }

// NewKey makes the hashes of a secret, which is one of the installation.
func NewKey(secret []byte) Key { return Key{secret: secret} }

// Hashes are those of terms, in their order.
func (k Key) Hashes(terms []string) []uint64 {
	mac := hmac.New(sha256.New, k.secret)
	var sum [sha256.Size]byte
	hashes := make([]uint64, len(terms))
	for i, term := range terms {
		mac.Reset()
		mac.Write([]byte(term))
		hashes[i] = binary.LittleEndian.Uint64(mac.Sum(sum[:0]))
	}
	return hashes
}

const (
	// lanes are how many bits a sketch has.
	lanes = 512
	// Size is the bytes of a stored sketch.
	Size = lanes / 8
)

// Sketch is one bit of each of many minimal hashes of a text's terms (b-bit MinHash with b = 1): two sketches differ in fewer bits
// the more terms the texts share.
type Sketch [lanes / 64]uint64

// Of is the sketch of a text with these hashes, the zero Sketch for none.
func Of(hashes []uint64) Sketch {
	var s Sketch
	if len(hashes) == 0 {
		return s
	}
	seed := uint64(1)
	for lane := range lanes {
		seed = mix(seed + 0x9e3779b97f4a7c15)
		factor, least := seed|1, ^uint64(0)
		for _, h := range hashes {
			least = min(least, (h^seed)*factor)
		}
		s[lane/64] |= (mix(least) & 1) << (lane % 64)
	}
	return s
}

// mix spreads the bits of a number over all of it.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Similarity estimates the share of terms that both texts have; it is wrong by about 0.04.
func (s *Sketch) Similarity(other *Sketch) float64 {
	return 1 - 2*float64(s.Distance(other))/lanes
}

// Distance is how many bits differ.
func (s *Sketch) Distance(other *Sketch) int {
	n := 0
	for i := range s {
		n += bits.OnesCount64(s[i] ^ other[i])
	}
	return n
}

// Farthest is the distance of sketches that are so similar.
func Farthest(similarity float64) int { return int((1 - similarity) / 2 * lanes) }

// Bytes is the stored form.
func (s *Sketch) Bytes() []byte {
	out := make([]byte, 0, Size)
	for _, word := range s {
		out = binary.LittleEndian.AppendUint64(out, word)
	}
	return out
}

// Parse reads the stored form; ok is false for anything else.
func Parse(stored []byte) (s Sketch, ok bool) {
	if len(stored) != Size {
		return s, false
	}
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(stored[8*i:])
	}
	return s, true
}
