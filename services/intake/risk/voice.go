package risk

import (
	"bytes"
	"sort"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Whose words are they, and whom are they for?

// quoted: words in quotation marks are somebody else's, unless the customer quotes themselves or only the name.
func (s *scene) quoted() verdict {
	// They are in the order of their ends; one that is in another comes first.
	first := sort.Search(len(s.quotes), func(i int) bool { return s.quotes[i].end > s.start })
	for _, q := range s.quotes[first:min(first+4, len(s.quotes))] {
		if q.start > s.start || q.end < s.end || (q.end-q.start)-(s.end-s.start) < 9 {
			continue
		}
		speaker := s.speaker(q.start)
		switch {
		case speaker.is(rolesOf(policyv1.RiskRole_SELF)):
			return verdict{}
		case s.target == policyv1.SignalTarget_LAWSUIT && s.step && (speaker.is(rolesOf(policyv1.RiskRole_OPPONENT)) || s.addressed(q)):
			return verdict{opponent, "quoted-opponent"}
		}
		return s.mentioned("quoted")
	}
	return verdict{}
}

// addressed tells whether a quotation speaks to somebody: "your case goes to court".
func (s *scene) addressed(q span) bool {
	for i := max(0, s.first-far); i < min(len(s.hits), s.last+far); i++ {
		if h := s.hits[i]; h.start >= q.start && h.end <= q.end && h.is(rolesOf(policyv1.RiskRole_OPPONENT)) {
			return true
		}
	}
	return false
}

// speaker finds who says what begins at a place: the nearest person in the clause that leads to it.
func (s *scene) speaker(place int) hit {
	lead := s.clauseAt(place - 1)
	for lead > 0 && place-s.clauses[lead].start <= 3 {
		lead--
	}
	for i := s.clauses[lead].last - 1; i >= s.clauses[lead].first; i-- {
		if h := s.hits[i]; h.end <= place && h.is(rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_OPPONENT)) {
			return h
		}
	}
	return hit{word: &word{}}
}

// invited: it is the other side that sends the customer there.
func (s *scene) invited() verdict {
	at := s.before(policyv1.RiskRole_INVITATION)
	if at < 0 || s.hasLast(at+1, s.first, rolesOf(policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_CONDITION)) >= 0 {
		return verdict{}
	}
	return s.mentioned("invited")
}

// hereby: the letter itself is what turns to the authority.
func (s *scene) hereby() verdict {
	if at := s.before(policyv1.RiskRole_HEREBY); at >= 0 && s.step && !s.conditional && !s.conditioned() && s.gap(at) <= 2*s.reach(s.hits[at]) {
		return verdict{call, "hereby"}
	}
	return verdict{}
}

// requested: authorities, media or readers are asked to do something.
func (s *scene) requested() verdict {
	if s.target == policyv1.SignalTarget_REVIEW {
		return verdict{}
	}
	own := rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_CONDITION, policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_INTENT)
	intervene := s.within(policyv1.RiskRole_INTERVENE) >= 0 || s.after(policyv1.RiskRole_INTERVENE) >= 0
	at := s.before(policyv1.RiskRole_REQUEST)
	if at > s.from && s.hits[at-1].is(rolesOf(policyv1.RiskRole_INTENT, policyv1.RiskRole_CONSEQUENCE)) && s.hits[at-1].end == s.hits[at].start {
		at = -1 // "我会请记者来": what is asked for is what is announced.
	}
	lawsuit := s.target == policyv1.SignalTarget_LAWSUIT
	addressed := at >= 0 && !s.step && !lawsuit && s.gap(at) <= s.bind(s.hits[at])
	switch {
	case s.conditional:
	case at >= 0 && s.has(at+1, s.first, own) >= 0:
	case at >= 0 && lawsuit && !intervene:
	case at >= 0 && (s.step || intervene), addressed, s.vocative():
		return verdict{call, "requested"}
	case intervene && s.before(policyv1.RiskRole_SELF, policyv1.RiskRole_INTENT, policyv1.RiskRole_DONE) < 0 &&
		(s.earlier(policyv1.RiskRole_REQUEST) >= 0 || s.after(policyv1.RiskRole_REQUEST) >= 0):
		return verdict{call, "requested"}
	}
	if s.vague && !s.step && !s.announced {
		if v := s.ready(); v.rule != "" {
			return v
		}
		return verdict{rule: "vague"}
	}
	return verdict{}
}

// vocative tells whether somebody is called by name and then asked: "Trading Standards, please".
func (s *scene) vocative() bool {
	c := s.clauses[s.clause]
	if s.step || s.target == policyv1.SignalTarget_LAWSUIT || c.last-c.first != 1 || len(bytes.TrimSpace(s.plain[c.start:c.end])) > s.end-s.start+6 {
		return false
	}
	at := s.next(policyv1.RiskRole_REQUEST)
	return at >= 0 && s.sameSentence(s.clause+1) && s.hits[at].start-s.clauses[s.clause+1].start <= 3
}

// opposed: the other side is who acts, or whose words they are.
func (s *scene) opposed() verdict {
	if said, speech := s.speech(); said {
		own := s.before(policyv1.RiskRole_SELF)
		switch {
		case own > speech && s.gap(own) <= s.bind(s.hits[own]) && !s.hits[speech].is(rolesOf(policyv1.RiskRole_MENACE)):
			return s.mentioned("opponent-says")
		case s.hits[speech].is(rolesOf(policyv1.RiskRole_MENACE)), s.target == policyv1.SignalTarget_LAWSUIT && s.step:
			return verdict{opponent, "opponent-says"}
		}
		return s.mentioned("opponent-says")
	}
	if s.announced {
		return verdict{}
	}
	if s.suffered() {
		return verdict{opponent, "opponent-object"}
	}
	stop := rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_CONDITION, policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_UNMET, policyv1.RiskRole_REQUEST)
	subject := s.person(s.first, stop)
	if subject >= 0 && s.target == policyv1.SignalTarget_LAWSUIT && s.step && s.has(subject, s.first, rolesOf(policyv1.RiskRole_INTENT)) >= 0 {
		return verdict{opponent, "opponent-subject"}
	}
	return verdict{}
}

// suffered tells whether the customer is whom a lawsuit is brought against: "起诉我", "把我们起诉".
func (s *scene) suffered() bool {
	if s.target != policyv1.SignalTarget_LAWSUIT || !s.step {
		return false
	}
	if s.latin {
		return s.after(policyv1.RiskRole_SUFFERED) >= 0
	}
	if s.last < s.to && s.hits[s.last].is(rolesOf(policyv1.RiskRole_SELF)) && s.hits[s.last].start == s.end {
		after := s.hits[s.last].end
		acts := s.last+1 < s.to && s.hits[s.last+1].start == after && s.hits[s.last+1].is(rolesOf(
			policyv1.RiskRole_DONE, policyv1.RiskRole_INTENT, policyv1.RiskRole_NEGATION, policyv1.RiskRole_CONSEQUENCE))
		return !acts && !bytes.HasPrefix(s.plain[after:], []byte("的"))
	}
	self := s.before(policyv1.RiskRole_SELF)
	return self >= 0 && s.against(self) && s.hits[self-1].text != "跟" && s.hits[self-1].text != "和"
}

// speech tells whether the candidate is in what the other side says, and where that is said.
func (s *scene) speech() (bool, int) {
	says := []policyv1.RiskRole{policyv1.RiskRole_SAY, policyv1.RiskRole_MENACE}
	if at := s.before(says...); at >= 0 {
		if s.person(at, rolesOf(policyv1.RiskRole_SELF)) >= 0 {
			return true, at
		}
		if s.hits[at].is(rolesOf(policyv1.RiskRole_MENACE)) {
			return s.hasLast(s.from, at, rolesOf(policyv1.RiskRole_SELF)) < 0, at
		}
		named := s.hasLast(s.from, at, rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_OPPONENT, policyv1.RiskRole_BODY))
		before := s.earlier(policyv1.RiskRole_OPPONENT, policyv1.RiskRole_SELF)
		return named < 0 && before >= 0 && s.hits[before].is(rolesOf(policyv1.RiskRole_OPPONENT)), at
	}
	// It may go on over clauses, as long as the customer does not take the word.
	if s.announced || s.before(policyv1.RiskRole_SELF, policyv1.RiskRole_CONSEQUENCE) >= 0 ||
		s.target != policyv1.SignalTarget_LAWSUIT && s.before(policyv1.RiskRole_INTENT) >= 0 {
		return false, -1
	}
	at := s.earlier(says...)
	if at < 0 {
		return false, -1
	}
	first := s.clauses[s.clauseAt(s.hits[at].start)].first
	for i := at - 1; i >= first; i-- {
		if s.hits[i].is(rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_OPPONENT)) {
			return s.hits[i].is(rolesOf(policyv1.RiskRole_OPPONENT)) && !s.against(i), at
		}
	}
	return false, -1
}

// person finds the other side as the subject of a word in the clause: nearest before
// it, and nothing of the parts to stop at between. It is -1 for none.
func (s *scene) person(at int, stop roles) int {
	for i := at - 1; i >= s.from; i-- {
		switch h := s.hits[i]; {
		case h.is(stop):
			return -1
		case h.is(rolesOf(policyv1.RiskRole_OPPONENT)) && !s.against(i):
			return i
		}
	}
	return -1
}

// against tells whether a person is whom it is done to.
func (s *scene) against(at int) bool {
	return at > 0 && s.hits[at-1].is(rolesOf(policyv1.RiskRole_AGAINST)) && s.hits[at].start-s.hits[at-1].end <= 1
}

// reported: what the customer said at another time.
func (s *scene) reported() verdict {
	at := s.before(policyv1.RiskRole_SAY)
	if at < 0 || !s.step || s.conditioned() || s.has(at+1, s.first, rolesOf(policyv1.RiskRole_OPPONENT)) >= 0 {
		return verdict{}
	}
	for i := at - 1; i >= s.from; i-- {
		if s.hits[i].is(rolesOf(policyv1.RiskRole_SELF)) {
			return verdict{hypothetical, "reported"}
		}
	}
	return verdict{}
}
