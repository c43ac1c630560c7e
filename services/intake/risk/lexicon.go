package risk

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/dictionary"
	"github.com/redress-dev/redress/services/internal/policy"
)

// roles is a set of parts that a word may play.
type roles uint64

func rolesOf(all ...policyv1.RiskRole) roles {
	var set roles
	for _, role := range all {
		set |= 1 << role
	}
	return set
}

// word is an entry of the lexicon.
type word struct {
	text    string
	roles   roles
	targets map[policyv1.RiskRole][]policyv1.SignalTarget
	// latin is true for a word that is written in letters: it does not continue, and distances are longer.
	latin bool
	// digits is true for a number alone.
	digits bool
	// aims is the set of all its targets.
	aims uint64
}

// hit is a word in a text, by its place in the comparable form.
type hit struct {
	start, end int
	*word
}

func (h hit) is(set roles) bool { return h.roles&set != 0 }

// target is whom or what the word is about in the first of the parts that it plays.
func (h hit) target(set ...policyv1.RiskRole) policyv1.SignalTarget {
	for _, role := range set {
		if of := h.targets[role]; len(of) > 0 {
			return of[0]
		}
	}
	return policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED
}

// lexicon finds the words of a policy.
type lexicon struct {
	dictionary *dictionary.Dictionary
	words      []*word
	// numbers are the digits that occur in words: 12315, 315.
	numbers map[string]bool
}

// compile expands the Chinese words into both scripts and compiles all words.
func compile(all []*policyv1.RiskWords) (*lexicon, error) {
	builder, err := dictionary.NewBuilder()
	if err != nil {
		return nil, fmt.Errorf("risk: %w", err)
	}
	l := &lexicon{numbers: make(map[string]bool)}
	for _, group := range all {
		for _, text := range slices.Concat(policy.Words(group.GetEn()), policy.Words(group.GetZh())) {
			forms, err := builder.Add(text)
			if err != nil {
				return nil, fmt.Errorf("risk: %w", err)
			}
			for _, form := range forms {
				l.add(form, builder.Words()[form], group)
			}
		}
	}
	if len(l.words) == 0 {
		return nil, errors.New("risk: the lexicon has no words")
	}
	for _, w := range l.words {
		w.aims = w.about()
	}
	if l.dictionary, err = builder.Build(); err != nil {
		return nil, fmt.Errorf("risk: %w", err)
	}
	return l, nil
}

// add notes a part that a word plays.
func (l *lexicon) add(number int, text string, group *policyv1.RiskWords) {
	if number == len(l.words) {
		l.words = append(l.words, &word{
			text: text, targets: make(map[policyv1.RiskRole][]policyv1.SignalTarget), latin: letters(text), digits: strings.Trim(text, "0123456789") == "",
		})
		l.number(text)
	}
	w := l.words[number]
	w.roles |= rolesOf(group.GetRole())
	if of := w.targets[group.GetRole()]; !slices.Contains(of, group.GetTarget()) {
		w.targets[group.GetRole()] = append(of, group.GetTarget())
	}
}

// number notes the digits of a word that somebody may spell apart.
func (l *lexicon) number(text string) {
	for _, digits := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(digits) >= 3 {
			l.numbers[digits] = true
		}
	}
}

// letters tells whether a word is written in ASCII alone, digits alone excepted.
func letters(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return strings.ContainsFunc(text, func(r rune) bool { return 'a' <= r && r <= 'z' })
}

// find lists the words of a text in their order. A word within a longer one is left
// out, for what stands there is the longer one; and so is one that begins in an accident.
func (r *reader) find() {
	r.matches = r.lexicon.dictionary.Find(r.matches, r.plain, edge, edge)
	end, covered := 0, 0
	for _, m := range r.matches {
		if m.End <= end || m.Start < covered {
			continue
		}
		h := hit{m.Start, m.End, r.lexicon.words[m.Word]}
		r.hits, end = append(r.hits, h), h.end
		if h.is(rolesOf(policyv1.RiskRole_ACCIDENT)) {
			covered = h.end
		}
	}
	r.hits = numbered(&r.text, r.hits)
}

// numbered leaves out the numbers that count or name something else than a hotline.
func numbered(t *text, all []hit) []hit {
	beside := rolesOf(policyv1.RiskRole_NUMBERING)
	kept := all[:0] // Never ahead of what is read.
	for i, h := range all {
		if h.digits {
			before := i > 0 && all[i-1].is(beside) && near(t.plain, all[i-1].end, h.start)
			after := i+1 < len(all) && all[i+1].is(beside) && all[i+1].start == h.end
			if before || after || coded(t.plain, h.start, h.end) {
				continue
			}
		}
		kept = append(kept, h)
	}
	return kept
}

// coded tells whether digits are part of a longer number that hyphens divide: "TW-12345-09".
func coded(plain []byte, start, end int) bool {
	joined := func(dash, next int) bool {
		return dash >= 0 && next >= 0 && dash < len(plain) && next < len(plain) && plain[dash] == '-' && (alphabetic(plain[next]) || numeric(plain[next]))
	}
	return joined(start-1, start-2) || joined(end, end+1)
}

// near tells whether between two words stands nothing that parts them. Words may
// overlap: in "booking reference number" two do.
func near(plain []byte, end, start int) bool {
	return end >= start || len(bytes.Trim(plain[end:start], " :.-#")) == 0
}

// edge tells whether a word may begin or end at a place: neither letters nor digits go on.
func edge(plain []byte, at int) bool {
	if at == 0 || at == len(plain) {
		return true
	}
	a, b := plain[at-1], plain[at]
	word, number := alphabetic(a) && alphabetic(b), numeric(a) && numeric(b)
	return !word && !number
}

func alphabetic(b byte) bool { return 'a' <= b && b <= 'z' }

func numeric(b byte) bool { return '0' <= b && b <= '9' }
