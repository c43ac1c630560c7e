// Package ids makes the two kinds of name that Redress gives to things: ids for
// programs, which sort by the time they were made, and references for people,
// which can be read out on the phone and notice when they were misheard.
package ids

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// alphabet is Crockford's base 32: digits and letters without I, L, O and U.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// idLen is the number of characters that hold 128 bits, 5 each.
const idLen = 26

// Generator is what services ask for new names. Source implements it.
type Generator interface {
	// ID returns a new id that sorts after all earlier ones of this process.
	ID() string
	// Reference returns a new reference such as "R-7K3M-9QX2-C".
	Reference() string
}

var _ Generator = (*Source)(nil)

// Source makes ids and references. It is safe for concurrent use.
type Source struct {
	clock  func() time.Time
	random io.Reader

	mu     sync.Mutex
	millis uint64
	count  uint16
}

// New makes a source from a clock and a reader of random bytes, which in
// production is crypto/rand.Reader.
func New(clock func() time.Time, random io.Reader) *Source {
	return &Source{clock: clock, random: random}
}

// ID returns 26 lower-case characters of Crockford's base 32 that hold a UUID
// of version 7 (RFC 9562). Ids of one process grow strictly, also when the
// clock stands still or runs backwards; ids of several processes sort by their
// clocks, to the millisecond. It panics when no random bytes can be read, for
// a process that cannot tell its ids apart must not go on.
func (s *Source) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var r [10]byte
	s.read(r[:])
	now := uint64(max(0, s.clock().UnixMilli())) & (1<<48 - 1)
	switch {
	case now > s.millis:
		// The counter begins anywhere in its lower half, so that ids do not tell
		// how many were made before them in the same millisecond.
		s.millis, s.count = now, binary.BigEndian.Uint16(r[8:])&0x7ff
	case s.count < 0xfff:
		s.count++
	default:
		s.millis, s.count = s.millis+1, 0
	}
	high := s.millis<<16 | 7<<12 | uint64(s.count)
	low := 2<<62 | binary.BigEndian.Uint64(r[:8])&(1<<62-1)
	return encode(high, low)
}

// TimeOf returns the time, to the millisecond and in UTC, at which an id was
// made; false when the text is not an id of this package.
func TimeOf(id string) (time.Time, bool) {
	high, low, ok := decode(id)
	if !ok || high>>12&0xf != 7 || low>>62 != 2 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(high >> 16)).UTC(), true
}

func (s *Source) read(b []byte) {
	if _, err := io.ReadFull(s.random, b); err != nil {
		panic(fmt.Sprintf("ids: no random bytes: %v", err))
	}
}

// encode writes 128 bits, 5 a character from the right.
func encode(high, low uint64) string {
	var out [idLen]byte
	for i := idLen - 1; i >= 0; i-- {
		out[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(out[:])
}

// decode is the inverse of encode; false for anything encode does not write.
func decode(id string) (high, low uint64, ok bool) {
	if len(id) != idLen || id[0] > '7' {
		return 0, 0, false
	}
	for i := range idLen {
		v := digit(rune(id[i]))
		if v < 0 {
			return 0, 0, false
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(v)
	}
	return high, low, true
}

// digit returns the value of a lower-case character of the alphabet, or -1.
func digit(c rune) int {
	for i, a := range alphabet {
		if a == c {
			return i
		}
	}
	return -1
}
