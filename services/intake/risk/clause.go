package risk

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// span is a part of the comparable form.
type span struct{ start, end int }

// clause is the piece of a sentence in which words belong together.
type clause struct {
	span

	// sentence counts from 0; clauses of one sentence share conditions and subjects.
	sentence int
	// mark is what ends it; 0 where no punctuation does.
	mark rune
	// first and last bound its words in reader.hits.
	first, last int
}

// longest bounds a clause in bytes, so that a text without any punctuation takes no
// longer than another one.
const longest = 600

// cut divides the text into clauses and notes what is quoted.
func (r *reader) cut() {
	c := cutter{reader: r}
	for i := 0; i < len(r.plain); {
		mark, size := utf8.DecodeRune(r.plain[i:])
		for c.next < len(r.hits) && r.hits[c.next].end <= i {
			c.next++
		}
		inside := c.next < len(r.hits) && r.hits[c.next].start < i
		opens := c.next < len(r.hits) && r.hits[c.next].start == i && r.hits[c.next].is(rolesOf(policyv1.RiskRole_BREAK))
		c.quote(mark, i, size)
		switch {
		case inside:
		case opens && i > c.start:
			c.close(i, i, 0, false)
		case c.ends(mark, i, size):
			c.close(i, i+size, mark, true)
		case breaks(mark, r.plain, i) || i-c.start > longest:
			c.close(i, i+size, mark, false)
		}
		i += size
	}
	c.close(len(r.plain), len(r.plain), 0, true)
	r.assign()
}

// cutter is the state of cutting.
type cutter struct {
	*reader

	start, sentence, next int
}

// opening is a quotation mark that waits for its partner.
type opening struct {
	mark rune
	at   int
}

// close ends a clause before end; the next begins at resume.
func (c *cutter) close(end, resume int, mark rune, sentence bool) {
	if end > c.start {
		c.clauses = append(c.clauses, clause{span: span{c.start, end}, sentence: c.sentence, mark: mark})
	} else if n := len(c.clauses); n > 0 && c.clauses[n-1].mark != '!' && mark != 0 {
		c.clauses[n-1].mark = mark
	}
	c.start = resume
	if sentence {
		c.sentence++
	}
}

// ends tells whether a mark ends a sentence.
func (c *cutter) ends(mark rune, at, size int) bool {
	switch mark {
	case '。', '!', '?', ';', '｡':
		return true
	case '.':
		next, _ := utf8.DecodeRune(c.plain[min(at+size, len(c.plain)):])
		after := at+size == len(c.plain) || next == ' ' || next == '\n' || next == '.' || unicode.Is(unicode.Han, next) || next == '"' || next == '”'
		return after && (at < 2 || c.plain[at-2] != '.' && c.plain[at-2] != ' ')
	case '\n':
		return at+size < len(c.plain) && c.plain[at+size] == '\n' || at > 0 && han(c.plain[:at])
	}
	return false
}

// breaks tells whether a mark ends a clause within a sentence.
func breaks(mark rune, plain []byte, at int) bool {
	switch mark {
	case ',', ':', '(', ')', '…', '~', '—', '–', '\n', '【', '】', '[', ']', '|', '·', '•', '。', '!', '?', ';':
		return mark != ',' && mark != ':' || at == 0 || at+1 >= len(plain) || !numeric(plain[at-1]) || !numeric(plain[at+1])
	case ' ':
		// People who write Chinese without punctuation write blanks instead.
		next, _ := utf8.DecodeRune(plain[at+1:])
		return han(plain[:at]) && unicode.Is(unicode.Han, next)
	}
	return false
}

// han tells whether a text ends in a Chinese character.
func han(plain []byte) bool {
	last, _ := utf8.DecodeLastRune(plain)
	return unicode.Is(unicode.Han, last)
}

// chinese tells whether a clause has Chinese characters, whatever names in letters it has.
func (r *reader) chinese(i int) bool {
	return bytes.ContainsFunc(r.plain[r.clauses[i].start:r.clauses[i].end], func(c rune) bool { return unicode.Is(unicode.Han, c) })
}

// quote notes quotations of at most the length of a clause or two.
func (c *cutter) quote(mark rune, at, size int) {
	var partner rune
	switch {
	case mark == '”':
		partner = '“'
	case mark == '」', mark == '』', mark == '》':
		partner = mark - 1
	case mark == '“', mark == '「', mark == '『', mark == '《':
		c.opened = append(c.opened, opening{mark, at + size})
	case mark == '"' && (len(c.opened) == 0 || c.opened[len(c.opened)-1].mark != '"'):
		c.opened = append(c.opened, opening{mark, at + size})
	case mark == '"':
		partner = '"'
	}
	if n := len(c.opened); partner != 0 && n > 0 {
		if c.opened[n-1].mark == partner && at-c.opened[n-1].at <= 2*longest {
			c.quotes = append(c.quotes, span{c.opened[n-1].at, at})
		}
		c.opened = c.opened[:n-1]
	}
}

// assign gives each clause its words. One that reaches over a border belongs to the clause it begins in.
func (r *reader) assign() {
	next := 0
	for i := range r.clauses {
		c := &r.clauses[i]
		for next < len(r.hits) && r.hits[next].start < c.start {
			next++
		}
		c.first = next
		for next < len(r.hits) && r.hits[next].start < c.end {
			next++
		}
		c.last = next
	}
}

// clauseAt is the clause that a place is in.
func (r *reader) clauseAt(place int) int {
	low, high := 0, len(r.clauses)
	for low+1 < high {
		if middle := (low + high) / 2; r.clauses[middle].start <= place {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
