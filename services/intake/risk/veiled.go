package risk

import policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"

// Threats that do not say that anything will be done: all lies ready, the other side
// may think what follows, or the verb is one that the lexicon does not know.

// ready: what it takes lies ready, and only has to be sent.
func (s *scene) ready() verdict {
	if s.done || s.conditional || s.within(policyv1.RiskRole_DONE, policyv1.RiskRole_ASPECT) >= 0 {
		return verdict{}
	}
	for _, i := range s.beside() {
		c := s.clauses[i]
		for at := max(c.first, s.first-far); at < min(c.last, s.last+far); at++ {
			if h := s.hits[at]; s.takes(h, policyv1.RiskRole_READY) && !s.reader.denied(at) && s.owner(at) {
				return verdict{threat, "ready"}
			}
		}
	}
	return verdict{}
}

// owner tells whether it is not the other side that a word is about.
func (s *scene) owner(at int) bool {
	return !s.theirs(s.clauses[s.clauseAt(s.hits[at].start)], at)
}

// threatened: nothing was decided so far, but what stands beside makes it a threat.
func (s *scene) threatened() verdict {
	if s.conditional || s.done {
		return verdict{}
	}
	for _, i := range s.beside() {
		c := s.clauses[i]
		if at := s.has(max(c.first, s.first-far), min(c.last, s.last+far), rolesOf(policyv1.RiskRole_VEILED)); at >= 0 {
			return verdict{threat, "veiled"}
		}
	}
	if s.step || s.vague || s.within(policyv1.RiskRole_BODY) < 0 || !s.conditioned() {
		return verdict{}
	}
	// The verb is none of the lexicon's, but the customer will do something with whom is named, if.
	doer := s.before(policyv1.RiskRole_SELF)
	will := max(s.before(policyv1.RiskRole_INTENT), s.before(policyv1.RiskRole_CONSEQUENCE))
	if will >= 0 && doer >= 0 && doer <= will && s.person(s.first, rolesOf(policyv1.RiskRole_SELF)) < 0 {
		return verdict{threat, "conditional"}
	}
	return verdict{}
}

// beside lists the clause of a candidate and its neighbours that name nobody else to turn to.
func (s *scene) beside() []int {
	all := []int{s.clause}
	others := rolesOf(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_STEP, policyv1.RiskRole_STEP_DONE)
	for _, i := range []int{s.clause + 1, s.clause - 1} {
		if i < 0 || i >= len(s.clauses) {
			continue
		}
		if c := s.clauses[i]; s.has(max(c.first, s.first-far), min(c.last, s.last+far), others) < 0 {
			all = append(all, i)
		}
	}
	return all
}

// reviewed tells whether a review was written already.
func (s *scene) reviewed() bool {
	if !s.conditional || s.target != policyv1.SignalTarget_REVIEW || s.conditioned() || s.before(policyv1.RiskRole_NEGATION, policyv1.RiskRole_INTENT) >= 0 {
		return false
	}
	at := s.before(policyv1.RiskRole_ACT_DONE)
	return at >= 0 && s.hits[at].targets[policyv1.RiskRole_ACT_DONE] != nil && s.gap(at) <= s.bind(s.hits[at]) &&
		s.has(s.from, at, rolesOf(policyv1.RiskRole_OPPONENT)) < 0
}
