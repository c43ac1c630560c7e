package ids

import (
	"errors"
	"strings"
	"unicode"
)

const (
	// refData is the number of random characters of a reference: 40 bits.
	refData = 8
	// refLimit keeps a hostile text from costing more than a glance.
	refLimit = 64
)

// ErrReference is returned for a text that is not a reference, or that was
// misread: its check character does not fit.
var ErrReference = errors.New("ids: not a reference, or one with a typing error")

// Reference returns a new reference such as "R-7K3M-9QX2-C": eight random
// characters and one that checks them. References are short, so two may turn
// out alike once there are hundreds of thousands: the store keeps them unique
// and the caller draws again. It panics when no random bytes can be read.
func (s *Source) Reference() string {
	var data [refData]byte
	s.mu.Lock()
	s.read(data[:])
	s.mu.Unlock()
	for i := range data {
		data[i] &= 31
	}
	return format(data)
}

// ParseReference reads a reference as people write it: any case, with or
// without hyphens, spaces and the leading R, full-width, O for 0, and I or L
// for 1. It returns the one form that Reference gives, or ErrReference.
func ParseReference(s string) (string, error) {
	if len(s) > refLimit {
		return "", ErrReference
	}
	chars := make([]rune, 0, refData+2)
	for _, c := range s {
		if unicode.IsSpace(c) || unicode.Is(unicode.Pd, c) {
			continue
		}
		chars = append(chars, canonical(c))
	}
	if len(chars) == refData+2 && chars[0] == 'r' {
		chars = chars[1:]
	}
	if len(chars) != refData+1 {
		return "", ErrReference
	}
	var data [refData]byte
	for i, c := range chars {
		v := digit(c)
		if v < 0 || i == refData && byte(v) != check(data) {
			return "", ErrReference
		}
		if i < refData {
			data[i] = byte(v)
		}
	}
	return format(data), nil
}

// check computes the character that makes the nine values a code word: their
// sum, weighted with nine different powers of x in the field of 32 elements
// (modulo x^5+x^2+1), is zero. Hence every wrong character is noticed, and so
// is every swap of two different ones wherever they stand, and the check
// character needs no letter outside the alphabet.
func check(data [refData]byte) byte {
	var sum byte
	for _, d := range data {
		sum = timesX(sum ^ d)
	}
	return sum
}

// timesX multiplies by x in that field.
func timesX(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}

func format(data [refData]byte) string {
	var b strings.Builder
	b.WriteString("r-")
	for i, d := range data {
		if i == refData/2 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[d])
	}
	b.WriteByte('-')
	b.WriteByte(alphabet[check(data)])
	return strings.ToUpper(b.String())
}

// canonical brings a character into the alphabet: half-width, lower-case, and
// a digit where a letter looks like one.
func canonical(c rune) rune {
	if c >= '！' && c <= '～' {
		c -= '！' - '!'
	}
	switch c {
	case 'O', 'o':
		return '0'
	case 'I', 'i', 'L', 'l':
		return '1'
	}
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
