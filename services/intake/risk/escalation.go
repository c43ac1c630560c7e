package risk

import (
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// candidate is a place where somebody may turn elsewhere: whom to and the turning,
// or a word that says both.
type candidate struct {
	span

	clause int
	// first and last bound its words in reader.hits.
	first, last int
	target      policyv1.SignalTarget
	// step is true for words that are an escalation by themselves, and for whom one
	// turns to together with the turning; false for one that is only named.
	step bool
	// done is true when the form of the verb says that it is past.
	done bool
	// conditional is true for what is an escalation under a condition only.
	conditional bool
	// announced is true for what is a threat as it stands.
	announced bool
	// vague is true for bodies whose words mean other things as well.
	vague bool
	// latin is true for English.
	latin bool
}

// candidates collects the places of all clauses, in order.
func (r *reader) candidates() []candidate {
	bodies := rolesOf(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_VAGUE_BODY)
	steps := rolesOf(policyv1.RiskRole_STEP, policyv1.RiskRole_STEP_DONE, policyv1.RiskRole_CONDITIONAL_STEP, policyv1.RiskRole_ANNOUNCEMENT)
	for i, c := range r.clauses {
		for at := c.first; at < c.last; at++ {
			switch h := r.hits[at]; {
			case h.is(steps):
				r.open = append(r.open, r.flourished(r.stepAt(i, at)))
			case h.is(bodies):
				if found, ok := r.bodyAt(i, at); ok {
					r.open = append(r.open, r.flourished(found))
				}
			}
		}
	}
	return r.open
}

// flourished adds what makes a candidate a threat as it stands: "12315, here we come".
func (r *reader) flourished(c candidate) candidate {
	if c.conditional || c.announced {
		return c
	}
	for next := c.last; next < min(c.last+2, r.clauses[c.clause].last); next++ {
		if h := r.hits[next]; h.is(rolesOf(policyv1.RiskRole_FLOURISH)) && (h.start-c.end <= 3 || r.closes(c, next)) {
			c.end, c.last, c.announced = h.end, next+1, true
			break
		} else if h.is(rolesOf(policyv1.RiskRole_INVITATION, policyv1.RiskRole_SAY, policyv1.RiskRole_SELF)) {
			break
		}
	}
	return c
}

// closes tells whether a word ends the clause of a candidate, not far from it.
func (r *reader) closes(c candidate, at int) bool {
	return r.hits[at].start-c.end <= r.bind(r.hits[at]) && r.clauses[c.clause].end-r.hits[at].end <= 3
}

// stepAt is the candidate of a word that is an escalation by itself.
func (r *reader) stepAt(clause, at int) candidate {
	h := r.hits[at]
	c := candidate{
		span: span{h.start, h.end}, clause: clause, first: at, last: at + 1, step: true, latin: h.latin && !r.chinese(clause),
		target: h.target(policyv1.RiskRole_ANNOUNCEMENT, policyv1.RiskRole_STEP, policyv1.RiskRole_STEP_DONE, policyv1.RiskRole_CONDITIONAL_STEP),
		done:   h.is(rolesOf(policyv1.RiskRole_STEP_DONE)), announced: h.is(rolesOf(policyv1.RiskRole_ANNOUNCEMENT)),
	}
	c.conditional = h.is(rolesOf(policyv1.RiskRole_CONDITIONAL_STEP))
	return c
}

// bodyAt is the candidate of a body: with the nearest word that turns to it, else
// as one that is only named. It is false for a vague one that nothing turns to.
func (r *reader) bodyAt(clause, at int) (candidate, bool) {
	h := r.hits[at]
	c := candidate{
		span: span{h.start, h.end}, clause: clause, first: at, last: at + 1, latin: h.latin && !r.chinese(clause),
		target: h.target(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_VAGUE_BODY),
		vague:  !h.is(rolesOf(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE)),
	}
	before, after := r.actBefore(clause, at, c), r.actAfter(clause, at, c)
	if place := at+1 < r.clauses[clause].last && r.hits[at+1].is(rolesOf(policyv1.RiskRole_LOCALE)) && r.hits[at+1].start-h.end <= 1; place {
		return c, false
	}
	act := before
	if before < 0 || after >= 0 && r.hits[after].start-h.end < h.start-r.hits[before].end {
		act = after
	}
	switch {
	case act < 0 && !c.latin && r.listed(clause, at, c):
		c.step, c.announced = true, true
		return c, true
	case act < 0 && !c.vague && !c.latin && at > r.clauses[clause].first && r.hits[at-1].end == h.start && r.clauses[clause].end-h.end <= 3 &&
		r.hits[at-1].is(rolesOf(policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_INTENT)):
		c.step = true // "不退款直接12315": the number alone is the turning.
		return c, true
	case act < 0:
		// Of a vague body something may be asked, but it is not worth a mention.
		return c, !c.vague || r.has(at+1, r.clauses[clause].last, rolesOf(policyv1.RiskRole_INTERVENE, policyv1.RiskRole_FLOURISH, policyv1.RiskRole_DROPPED, policyv1.RiskRole_READY)) >= 0
	case act < at:
		c.first, c.start = act, r.hits[act].start
	default:
		c.last, c.end = act+1, r.hits[act].end
	}
	c.step = true
	c.done = r.hits[act].is(rolesOf(policyv1.RiskRole_ACT_DONE))
	// "向12315投诉过": what stands right before leads to it, but the verb says when.
	if act == before && after >= 0 && !c.latin {
		c.last, c.end = after+1, r.hits[after].end
		c.done = c.done || r.hits[after].is(rolesOf(policyv1.RiskRole_ACT_DONE))
	}
	return c, true
}

// listed tells whether bodies are counted up first, and what the customer does with
// all of them stands in the clause after: "12315、消协，我一个一个找过去".
func (r *reader) listed(clause, at int, c candidate) bool {
	if clause+1 >= len(r.clauses) || r.clauses[clause+1].sentence != r.clauses[clause].sentence || r.clauses[clause].end-r.hits[r.clauses[clause].last-1].end > 3 ||
		!r.hits[r.clauses[clause].last-1].is(rolesOf(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE)) {
		return false
	}
	next := r.clauses[clause+1]
	self := r.has(next.first, min(next.last, next.first+2), rolesOf(policyv1.RiskRole_SELF))
	if self < 0 || r.hits[self].start-next.start > 3 {
		return false
	}
	for i := self + 1; i < min(next.last, self+4); i++ {
		if r.hits[i].is(rolesOf(policyv1.RiskRole_DONE, policyv1.RiskRole_NEGATION, policyv1.RiskRole_ACT_DONE)) {
			return false
		}
		if c.takes(r.hits[i], policyv1.RiskRole_ACT) {
			return true
		}
	}
	return false
}

// actBefore finds the word before a body that turns to it, or -1.
func (r *reader) actBefore(clause, at int, c candidate) int {
	h := r.hits[at]
	for i := at - 1; i >= r.clauses[clause].first; i-- {
		word := r.hits[i]
		gap := h.start - word.end
		switch {
		case gap > r.reach(word):
			return -1
		case c.takes(word, policyv1.RiskRole_ACT, policyv1.RiskRole_ACT_DONE):
			return i
		case !c.vague && c.target != policyv1.SignalTarget_PLATFORM && c.takes(word, policyv1.RiskRole_TOWARD) && gap <= r.bind(word):
			return i
		case word.is(rolesOf(policyv1.RiskRole_SAY, policyv1.RiskRole_REQUEST)):
			return -1
		}
	}
	return -1
}

// actAfter finds the word after a body that turns to it, or -1. English says it before.
func (r *reader) actAfter(clause, at int, c candidate) int {
	h := r.hits[at]
	if c.latin {
		return -1
	}
	for i := at + 1; i < r.clauses[clause].last; i++ {
		word := r.hits[i]
		switch {
		case word.start-h.end > r.reach(h):
			return -1
		case c.takes(word, policyv1.RiskRole_ACT, policyv1.RiskRole_ACT_DONE):
			return i
		case word.is(rolesOf(policyv1.RiskRole_SAY, policyv1.RiskRole_INVITATION, policyv1.RiskRole_INTERVENE, policyv1.RiskRole_OUTCOME)):
			return -1
		}
	}
	return -1
}

// takes tells whether a word may turn to the body of a candidate, in one of the
// parts. To a vague body turns only what always means to turn to somebody.
func (c candidate) takes(word hit, parts ...policyv1.RiskRole) bool {
	for _, role := range parts {
		of := word.targets[role]
		if slices.Contains(of, policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED) || slices.Contains(of, c.target) && (!c.vague || c.target != policyv1.SignalTarget_REGULATOR) {
			return true
		}
	}
	return false
}

// reach is how far a word looks, in bytes.
func (r *reader) reach(word hit) int {
	if word.latin {
		return int(r.limits.GetReachEn())
	}
	return 3 * int(r.limits.GetReach())
}

// bind is how near a word must stand that belongs to the next, in bytes.
func (r *reader) bind(word hit) int {
	if word.latin {
		return int(r.limits.GetBindEn())
	}
	return 3 * int(r.limits.GetBind())
}

// has finds the first of the words from one place up to another that plays one of the parts, or -1.
func (r *reader) has(from, to int, parts roles) int {
	for i := from; i < to; i++ {
		if r.hits[i].is(parts) {
			return i
		}
	}
	return -1
}

// hasLast is has from the end.
func (r *reader) hasLast(from, to int, parts roles) int {
	for i := to - 1; i >= from; i-- {
		if r.hits[i].is(parts) {
			return i
		}
	}
	return -1
}
