package risk

import (
	"bytes"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// What is done, what is to come, and under which condition?

// past: done already.
func (s *scene) past() verdict {
	if s.reviewed() {
		return verdict{escalated, "done"}
	}
	if s.conditional || s.announced {
		return verdict{}
	}
	if !s.step {
		return s.intervened()
	}
	if s.vague && s.target != policyv1.SignalTarget_REGULATOR && s.target != policyv1.SignalTarget_LAWSUIT && s.latin {
		return verdict{}
	}
	intent, done := max(s.before(policyv1.RiskRole_INTENT), s.within(policyv1.RiskRole_INTENT)), s.before(policyv1.RiskRole_DONE)
	conditioned := s.conditioned()
	if intent >= 0 && s.hits[intent].is(rolesOf(policyv1.RiskRole_CONSEQUENCE)) && !conditioned && (done >= 0 || s.dated()) {
		intent = -1 // "当天就向12315投诉": no more than "then".
	}
	switch outcome := s.after(policyv1.RiskRole_OUTCOME) >= 0 || s.next(policyv1.RiskRole_OUTCOME) >= 0; {
	case s.done && done < 0 && (conditioned || intent >= 0 && s.gap(intent) <= s.bind(s.hits[intent])):
	case s.done, done >= 0 && done > intent:
		return verdict{escalated, "done"}
	case intent >= 0 && !conditioned && s.answered():
		return verdict{escalated, "done"}
	case intent >= 0 || conditioned:
	case outcome && !s.aspect() && s.next(policyv1.RiskRole_INVITATION) >= 0 && s.target == policyv1.SignalTarget_REGULATOR && !s.latin:
		return s.mentioned("invited")
	case s.aspect() || outcome:
		return verdict{escalated, "done"}
	case s.dated():
		return verdict{escalated, "dated"}
	}
	return verdict{}
}

// answered tells whether the sentence goes on with what came of it, which says that it was done however it was resolved upon:
// "I could only call 12315, and was told to wait".
func (s *scene) answered() bool {
	if !s.sameSentence(s.clause + 1) {
		return false
	}
	next := s.clauses[s.clause+1]
	at := s.next(policyv1.RiskRole_OUTCOME)
	return at >= 0 && s.hits[at].start-next.start <= 1
}

// aspect tells whether a word in the candidate, or right after it and a short verb, says that it is past.
func (s *scene) aspect() bool {
	return s.within(policyv1.RiskRole_DONE, policyv1.RiskRole_ASPECT) >= 0 ||
		s.last < s.to && s.hits[s.last].is(rolesOf(policyv1.RiskRole_ASPECT)) && s.hits[s.last].start-s.end <= 6
}

// intervened: an authority that has been active was told, and a court was called.
func (s *scene) intervened() verdict {
	if s.target == policyv1.SignalTarget_LAWSUIT && s.mentionable() && s.before(policyv1.RiskRole_DONE) >= 0 && s.after(policyv1.RiskRole_OUTCOME) >= 0 {
		return verdict{escalated, "intervened"}
	}
	if s.target != policyv1.SignalTarget_REGULATOR || !s.mentionable() || s.before(policyv1.RiskRole_NEGATION, policyv1.RiskRole_REQUEST) >= 0 {
		return verdict{}
	}
	for i := s.last; i < s.to && s.hits[i].start-s.end <= s.reach(s.hits[i]); i++ {
		h := s.hits[i]
		switch {
		case h.is(rolesOf(policyv1.RiskRole_INTENT, policyv1.RiskRole_SAY, policyv1.RiskRole_REQUEST, policyv1.RiskRole_INVITATION, policyv1.RiskRole_SELF, policyv1.RiskRole_OPPONENT)):
			return verdict{}
		case h.is(rolesOf(policyv1.RiskRole_ASPECT)) && !s.latin, h.is(rolesOf(policyv1.RiskRole_OUTCOME)):
			return verdict{escalated, "intervened"}
		}
	}
	return verdict{}
}

// dated tells whether a date stands before the candidate in its sentence: "on the 5th of March".
func (s *scene) dated() bool {
	from := s.clauses[s.clause].start
	for i := s.clause - 1; i >= max(0, s.clause-2) && s.sameSentence(i); i-- {
		from = s.clauses[i].start
	}
	before := s.plain[from:s.start]
	for _, mark := range []string{"月", "日", "号", "號"} {
		if at := bytes.Index(before, []byte(mark)); at > 0 && numeric(before[at-1]) {
			return true
		}
	}
	return false
}

// conditioned tells whether the candidate follows from a condition.
func (s *scene) conditioned() bool {
	if s.before(policyv1.RiskRole_CONDITION) >= 0 || s.earlier(policyv1.RiskRole_CONDITION) >= 0 {
		return true
	}
	if s.conditionAfter() {
		return true
	}
	// "不…就": what is not done, and what follows from it.
	follows := s.before(policyv1.RiskRole_CONSEQUENCE)
	undone := []policyv1.RiskRole{policyv1.RiskRole_UNMET, policyv1.RiskRole_NEGATION}
	if s.conditional {
		undone = undone[:1]
	}
	return follows >= 0 && (s.hasLast(s.from, follows, rolesOf(undone...)) >= 0 || s.earlier(undone...) >= 0)
}

// conditionAfter tells whether the condition follows: "I will sue unless …".
func (s *scene) conditionAfter() bool {
	if s.latin && s.after(policyv1.RiskRole_CONDITION) >= 0 {
		return true
	}
	if !s.sameSentence(s.clause + 1) {
		return false
	}
	at := s.next(policyv1.RiskRole_CONDITION)
	return at >= 0 && !s.hits[at].is(rolesOf(policyv1.RiskRole_CONSEQUENCE)) && s.hits[at].start-s.clauses[s.clause+1].start <= 1
}

func (s *scene) sameSentence(clause int) bool {
	return clause < len(s.clauses) && s.clauses[clause].sentence == s.clauses[s.clause].sentence
}

// announcement: a threat, by a condition, an intention, or as it stands.
func (s *scene) announcement() verdict {
	if s.announced {
		return verdict{threat, "announced"}
	}
	if !s.step {
		return verdict{}
	}
	switch {
	case s.conditional && !s.follows():
		return verdict{rule: "no-condition"}
	case s.conditioned():
		return verdict{threat, "conditional"}
	case s.theirIntent():
		return s.mentioned("opponent-subject")
	case s.before(policyv1.RiskRole_INTENT) >= 0, s.within(policyv1.RiskRole_INTENT) >= 0,
		s.before(policyv1.RiskRole_CONSEQUENCE) >= 0 && (s.before(policyv1.RiskRole_SELF) >= 0 || s.within(policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE) >= 0):
		return verdict{threat, "intended"}
	case s.before(policyv1.RiskRole_UNMET) >= 0:
		return verdict{threat, "unmet"}
	case s.latin && s.last < s.to && s.hits[s.last].is(rolesOf(policyv1.RiskRole_INTENT)) && s.hits[s.last].start-s.end <= 1:
		return verdict{threat, "passive"}
	case s.object():
		return verdict{threat, "against"}
	case !s.latin && s.clauses[s.clause].mark == '!' && s.clauses[s.clause].end-s.clauses[s.clause].start <= 3*int(s.limits.GetReach()):
		return verdict{threat, "exclaimed"}
	}
	return s.unmarked()
}

// theirIntent tells whether it is the other side, or anybody, that will do it: "you will tell everyone". What will be done to
// them is the customer's: "you will be reported".
func (s *scene) theirIntent() bool {
	at := s.before(policyv1.RiskRole_INTENT)
	if !s.latin || s.done || at <= s.from || strings.HasSuffix(s.hits[at].text, " be") {
		return false
	}
	doer := s.hits[at-1]
	return doer.is(rolesOf(policyv1.RiskRole_OPPONENT)) && !doer.is(rolesOf(policyv1.RiskRole_SELF)) && s.hits[at].start-doer.end <= 1 && s.gap(at) <= 1
}

// follows tells whether a step that is one under a condition only is said to follow
// from it: by a word for that right before, or by "otherwise". Who writes "one star"
// without it mostly writes that review, and who writes "complaint" means this one.
func (s *scene) follows() bool {
	if s.after(policyv1.RiskRole_NEGATION) >= 0 && s.target == policyv1.SignalTarget_REVIEW || !s.conditioned() {
		return false
	}
	for i := s.first - 1; i >= s.from; i-- {
		h := s.hits[i]
		otherwise := h.is(rolesOf(policyv1.RiskRole_CONSEQUENCE)) && h.is(rolesOf(policyv1.RiskRole_CONDITION))
		if otherwise || h.is(rolesOf(policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_INTENT)) && s.gap(i) <= s.bind(h) {
			return true
		}
	}
	return s.within(policyv1.RiskRole_INTENT) >= 0 || s.conditionAfter()
}

// object tells whether the other side is what the step is taken against.
func (s *scene) object() bool {
	rest := s.plain[s.end:s.clauses[s.clause].end]
	return s.last < s.to && s.hits[s.last].is(rolesOf(policyv1.RiskRole_OPPONENT)) &&
		len(bytes.TrimSpace(rest[:max(0, s.hits[s.last].start-s.end)])) == 0 && s.earlier(policyv1.RiskRole_DONE) < 0
}

// unmarked: neither time nor condition is said. What others say before and after decides, then the place in the text.
func (s *scene) unmarked() verdict {
	if s.latin && !s.vague && s.start-s.clauses[s.clause].start <= 1 && bytes.HasPrefix(bytes.TrimLeft(s.plain[s.start:s.end], "abcdefghijklmnopqrstuvwxyz"), []byte(" ")) &&
		bytes.HasSuffix(bytes.SplitN(s.plain[s.start:s.end], []byte(" "), 2)[0], []byte("ing")) {
		return verdict{threat, "bare"} // "Filing with the regulator tonight."
	}
	if s.latin || s.vague {
		return verdict{}
	}
	self := max(s.before(policyv1.RiskRole_SELF), s.within(policyv1.RiskRole_SELF))
	switch {
	case s.continued():
		return verdict{threat, "continued"}
	case s.earlier(policyv1.RiskRole_DONE) >= 0:
		return verdict{escalated, "narrated"}
	case (self >= 0 || s.earlier(policyv1.RiskRole_UNMET) >= 0) && s.clauses[s.clause].sentence == s.clauses[len(s.clauses)-1].sentence:
		return verdict{threat, "last-word"}
	case self >= 0:
		return verdict{escalated, "narrated"}
	case s.start-s.clauses[s.clause].start <= 3 && s.clauses[s.clause].end-s.end <= 3*int(s.limits.GetBind()) &&
		s.target != policyv1.SignalTarget_PLATFORM && (s.within(policyv1.RiskRole_BODY) >= 0 || s.final()):
		return verdict{threat, "bare"}
	}
	return verdict{}
}

// continued tells whether the clause goes on with what the one before intends: "I can only take it as a refusal, and sue".
func (s *scene) continued() bool {
	if s.clause == 0 || !s.sameSentence(s.clause-1) || s.start-s.clauses[s.clause].start > 6 {
		return false
	}
	c := s.clauses[s.clause-1]
	from := max(c.first, c.last-far)
	at := s.hasLast(from, c.last, rolesOf(policyv1.RiskRole_INTENT))
	return at >= 0 && s.hasLast(from, at, rolesOf(policyv1.RiskRole_OPPONENT)) < 0
}

// final tells whether the letter ends with a step towards an authority and nothing else: "It broke. Report to 12315".
func (s *scene) final() bool {
	return s.target == policyv1.SignalTarget_REGULATOR && s.within(policyv1.RiskRole_STEP) >= 0 && s.clause == len(s.clauses)-1
}
