package risk

import (
	"math/bits"
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// What the second opinion sees of a clause. A feature is a kind and some tokens:
//
//	w  characters or words that stand together, up to four
//	p  two parts in their order, whatever stands between
//	u  a part, and a part with its target
//	v  what the grammar found: the kind, the rule, the target; in the letter: the kind
//	x  where the clause stands, and how long it and the letter are
const (
	seenWords    = 'w'
	seenPairs    = 'p'
	seenUnits    = 'u'
	seenVerdicts = 'v'
	seenPlace    = 'x'
)

// longestGram is how many tokens a feature has at most.
const longestGram = 4

// everywhere stands for a clause where a feature is one of all clauses.
const everywhere = -1

// sight takes a feature of a clause and tells whether there may be a longer one that begins with it.
type sight func(clause int, kind byte, id uint64, part []token) bool

// observe shows all features of all clauses, after the grammar has judged.
func (r *reader) observe(see sight) {
	for i := range r.clauses {
		r.words = r.tokens(i, r.words[:0])
		grams(i, r.words, see)
		r.units(i, see)
		r.place(i, see)
	}
	if len(r.clauses) > 0 { // A text of marks alone has none.
		r.verdicts(see)
	}
}

// tokens takes a clause apart.
func (r *reader) tokens(i int, words []token) []token {
	c := r.clauses[i]
	words = append(words, r.edges[0])
	var room [8]byte
	for at := c.start; at < c.end; {
		next, is := r.spelling.next(r.plain, at, c.end)
		if is {
			spelt := r.spelling.spell(r.plain[at:next], room[:0])
			k := tokenOf(spelt)
			if words = once(append(words, k)); r.names != nil {
				r.names[k] = string(spelt)
			}
		}
		at = next
	}
	switch c.mark {
	case '!':
		return append(words, r.edges[2])
	case '?':
		return append(words, r.edges[3])
	}
	return append(words, r.edges[1])
}

// once leaves out the end of a clause that has been said twice right before: who writes the same word a hundred times says no
// more than who writes it twice.
func once(words []token) []token {
	for period := 1; period <= longestGram; period++ {
		if from := len(words) - 3*period; from >= 0 && slices.Equal(words[from:from+period], words[from+period:from+2*period]) &&
			slices.Equal(words[from:from+period], words[from+2*period:]) {
			return words[:len(words)-period]
		}
	}
	return words
}

// grams shows the tokens that stand together.
func grams(clause int, tokens []token, see sight) {
	from := seed(seenWords)
	for i := range tokens {
		id := from
		for n := i; n < min(i+longestGram, len(tokens)); n++ {
			id = chained(id, tokens[n])
			if !see(clause, seenWords, id, tokens[i:n+1]) {
				break
			}
		}
	}
}

// feature shows one feature of a few tokens.
func (r *reader) feature(clause int, kind byte, see sight, tokens ...token) {
	id := seed(kind)
	for _, k := range tokens {
		id = chained(id, k)
	}
	r.shown = append(r.shown[:0], tokens...) // Copied, so that the arguments stay off the heap.
	see(clause, kind, id, r.shown)
}

// units shows the parts that are played in a clause, and each two of them in their order.
func (r *reader) units(i int, see sight) {
	var seen uint64
	var targets, pairs [64]uint64
	c := r.clauses[i]
	for _, h := range r.hits[c.first:c.last] {
		about := h.aims
		for set := uint64(h.roles); set != 0; set &= set - 1 {
			role := bits.TrailingZeros64(set)
			if fresh := about &^ targets[role]; fresh != 0 {
				targets[role] |= fresh
				for ; fresh != 0; fresh &= fresh - 1 {
					r.feature(i, seenUnits, see, r.roles[role], r.aims[bits.TrailingZeros64(fresh)])
				}
			}
			for before := seen &^ pairs[role]; before != 0; before &= before - 1 {
				r.feature(i, seenPairs, see, r.roles[bits.TrailingZeros64(before)], r.roles[role])
			}
			pairs[role] |= seen
		}
		for fresh := uint64(h.roles) &^ seen; fresh != 0; fresh &= fresh - 1 {
			r.feature(i, seenUnits, see, r.roles[bits.TrailingZeros64(fresh)])
		}
		seen |= uint64(h.roles)
	}
}

// place shows where a clause stands.
func (r *reader) place(i int, see sight) {
	c := r.clauses[i]
	r.feature(i, seenPlace, see, r.marks.any)
	r.feature(i, seenPlace, see, r.marks.clauses[min(bits.Len(uint(len(r.clauses))), len(r.marks.clauses)-1)])
	r.feature(i, seenPlace, see, r.marks.length[min(bits.Len(uint(c.end-c.start)), len(r.marks.length)-1)])
	if i == 0 {
		r.feature(i, seenPlace, see, r.marks.first)
	}
	if i == len(r.clauses)-1 {
		r.feature(i, seenPlace, see, r.marks.last)
	}
	if c.sentence == r.clauses[len(r.clauses)-1].sentence {
		r.feature(i, seenPlace, see, r.marks.ending)
	}
	for _, mark := range r.marks.bare[:r.bare(i)] {
		r.feature(i, seenPlace, see, mark)
	}
}

// bare is 1 when nothing that the lexicon knows of turning elsewhere is in a clause, 2
// when it is not beside it either, and 3 when it is nowhere in the letter.
func (r *reader) bare(i int) int {
	turning := rolesOf(
		policyv1.RiskRole_BODY, policyv1.RiskRole_VAGUE_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_ACT, policyv1.RiskRole_ACT_DONE, policyv1.RiskRole_STEP,
		policyv1.RiskRole_STEP_DONE, policyv1.RiskRole_CONDITIONAL_STEP, policyv1.RiskRole_ANNOUNCEMENT, policyv1.RiskRole_CALL,
		policyv1.RiskRole_OPPONENT_STEP, policyv1.RiskRole_MENACE, policyv1.RiskRole_FORCE)
	if c := r.clauses[i]; r.has(c.first, c.last, turning) >= 0 {
		return 0
	}
	if r.has(r.clauses[max(0, i-1)].first, r.clauses[min(len(r.clauses)-1, i+1)].last, turning) >= 0 {
		return 1
	}
	if r.turning == nil {
		found := r.has(0, len(r.hits), turning) >= 0
		r.turning = &found
	}
	if *r.turning {
		return 2
	}
	return 3
}

// verdicts shows what the grammar found.
func (r *reader) verdicts(see sight) {
	var letter uint64
	for n, s := range r.signals {
		i := r.clauseAt(r.places[n].start)
		kind := r.kinds[s.Kind]
		r.feature(i, seenVerdicts, see, kind)
		r.feature(i, seenVerdicts, see, kind, tokenOf(s.Rule))
		r.feature(i, seenVerdicts, see, kind, r.aims[s.Target])
		letter |= 1 << s.Kind
	}
	for _, i := range r.undecided {
		r.feature(i, seenVerdicts, see, r.marks.undecided)
	}
	for set := letter; set != 0; set &= set - 1 {
		r.feature(everywhere, seenVerdicts, see, r.marks.letter, r.kinds[bits.TrailingZeros64(set)])
	}
}

// vocabulary has the tokens that every text is read with.
type vocabulary struct {
	spelling *spelling
	// fixed spell the tokens below.
	fixed map[token]string

	edges [4]token
	roles [64]token
	aims  [16]token
	kinds [16]token
	marks marks
}

// marks are the tokens that say where a clause stands.
type marks struct {
	any, first, last, ending, undecided, letter token

	clauses [8]token
	length  [12]token
	bare    [3]token
}

func newVocabulary(simple map[rune]rune, numbers map[string]bool) *vocabulary {
	v := &vocabulary{
		spelling: &spelling{simple: make([]rune, lastHan-firstHan+1), numbers: numbers}, fixed: make(map[token]string),
	}
	for r := range v.spelling.simple {
		from := rune(r) + firstHan
		v.spelling.simple[r] = from
		if to, ok := simple[from]; ok {
			v.spelling.simple[r] = to
		}
	}
	spelled := func(text string) token {
		k := tokenOf(text)
		v.fixed[k] = text
		return k
	}
	v.edges = [4]token{spelled("^"), spelled("$"), spelled("$!"), spelled("$?")}
	for i := range v.roles {
		v.roles[i] = spelled(policyv1.RiskRole(i).String())
	}
	for i := range v.aims {
		v.aims[i] = spelled(policyv1.SignalTarget(i).String())
		v.kinds[i] = spelled(policyv1.SignalKind(i).String())
	}
	v.marks = marks{
		any: spelled("any"), first: spelled("first"), last: spelled("last"), ending: spelled("ending"),
		undecided: spelled("undecided"), letter: spelled("letter"),
	}
	v.marks.bare = [3]token{spelled("bare"), spelled("barer"), spelled("barest")}
	for i := range v.marks.clauses {
		v.marks.clauses[i] = spelled("clauses" + string(rune('0'+i)))
	}
	for i := range v.marks.length {
		v.marks.length[i] = spelled("length" + string(rune('0'+i)))
	}
	return v
}
