package risk

import (
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// verdict is what a candidate turned out to be; the zero verdict is no decision.
type verdict struct {
	kind policyv1.SignalKind
	rule string
}

const (
	threat       = policyv1.SignalKind_THREAT
	escalated    = policyv1.SignalKind_ALREADY_ESCALATED
	call         = policyv1.SignalKind_CALL_TO_EXPOSE
	opponent     = policyv1.SignalKind_OPPONENT_THREAT
	hypothetical = policyv1.SignalKind_PAST_OR_HYPOTHETICAL
	mention      = policyv1.SignalKind_MENTION
)

// scene is a candidate in its surroundings: its clause from first to last word, and
// the clauses around.
type scene struct {
	*reader
	candidate

	from, to int
}

// far bounds how many words around a candidate are looked at.
const far = 40

// judge decides about a candidate by the first rule that applies, and notes the signal.
func (r *reader) judge(c candidate) {
	s := &scene{r, c, max(r.clauses[c.clause].first, c.first-far), min(r.clauses[c.clause].last, c.last+far)}
	for _, rule := range []func() verdict{
		s.quoted, s.dropped, s.invited, s.hereby, s.negated, s.imagined, s.requested, s.inside, s.asked, s.opposed, s.reported, s.ready, s.past, s.announcement, s.threatened,
	} {
		if v := rule(); v.rule != "" {
			if v.kind != policyv1.SignalKind_SIGNAL_KIND_UNSPECIFIED {
				r.signal(v.kind, c.target, c.start, c.end, v.rule)
			}
			return
		}
	}
	if s.mentionable() {
		r.signal(mention, c.target, c.start, c.end, "named")
	}
}

// before finds the nearest word before the candidate, in its clause, that plays one of the parts; or -1.
func (s *scene) before(parts ...policyv1.RiskRole) int {
	return s.hasLast(s.from, s.first, rolesOf(parts...))
}

// within finds a word inside the candidate; or -1.
func (s *scene) within(parts ...policyv1.RiskRole) int {
	return s.has(s.first, s.last, rolesOf(parts...))
}

// after finds the nearest word after the candidate, in its clause; or -1.
func (s *scene) after(parts ...policyv1.RiskRole) int {
	return s.has(s.last, s.to, rolesOf(parts...))
}

// earlier finds the nearest word in up to three clauses before, of the same sentence; or -1.
func (s *scene) earlier(parts ...policyv1.RiskRole) int {
	for i := s.clause - 1; i >= max(0, s.clause-3) && s.clauses[i].sentence == s.clauses[s.clause].sentence; i-- {
		c := s.clauses[i]
		if at := s.hasLast(max(c.first, c.last-far), c.last, rolesOf(parts...)); at >= 0 {
			return at
		}
	}
	return -1
}

// next finds a word at the beginning of the clause that follows, also in the next sentence; or -1.
func (s *scene) next(parts ...policyv1.RiskRole) int {
	if s.clause+1 >= len(s.clauses) {
		return -1
	}
	c := s.clauses[s.clause+1]
	return s.has(c.first, min(c.last, c.first+far), rolesOf(parts...))
}

// gap is how many bytes lie between a word before the candidate and the candidate.
func (s *scene) gap(at int) int { return s.start - s.hits[at].end }

// mentionable tells whether naming the target alone is worth noting.
func (s *scene) mentionable() bool {
	regulated := s.target == policyv1.SignalTarget_REGULATOR || s.target == policyv1.SignalTarget_LAWSUIT
	return regulated && s.within(policyv1.RiskRole_BODY) >= 0
}

// mentioned is a mention where one is worth noting, else nothing.
func (s *scene) mentioned(rule string) verdict {
	if s.mentionable() || s.step && s.within(policyv1.RiskRole_OFFICE) >= 0 {
		return verdict{mention, rule}
	}
	return verdict{rule: rule}
}

// negated: what is denied right before it.
func (s *scene) negated() verdict {
	anchor := s.start
	helpers := rolesOf(policyv1.RiskRole_INTENT, policyv1.RiskRole_TOWARD, policyv1.RiskRole_ACT, policyv1.RiskRole_ACT_DONE, policyv1.RiskRole_DEMAND, policyv1.RiskRole_DONE,
		policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_VAGUE_BODY, policyv1.RiskRole_REQUEST, policyv1.RiskRole_STEP)
	for i := s.first - 1; i >= s.from; i-- {
		h := s.hits[i]
		if anchor-h.end > s.bind(h) {
			break
		}
		if h.is(rolesOf(policyv1.RiskRole_NEGATION)) {
			if h.text == "no" && anchor-h.end <= 1 && s.target != policyv1.SignalTarget_REGULATOR && s.several() {
				return verdict{hypothetical, "negated"} // "No lawyers, no Twitter."
			}
			if s.conditional && strings.ContainsRune(h.text, '去') && s.target == policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED {
				return verdict{hypothetical, "negated"} // "没去投诉": to go and complain is to complain elsewhere.
			}
			return s.denied()
		}
		if !h.is(helpers) || h.is(rolesOf(policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_CONDITION)) {
			break
		}
		anchor = h.start
	}
	if s.within(policyv1.RiskRole_NEGATION) >= 0 {
		return s.denied()
	}
	return verdict{}
}

// several tells whether more than one is named to turn to: a lounge that has "no newspapers" has nothing to do with the press.
func (s *scene) several() bool {
	bodies := []policyv1.RiskRole{policyv1.RiskRole_BODY, policyv1.RiskRole_VAGUE_BODY, policyv1.RiskRole_STEP}
	return s.target != policyv1.SignalTarget_MEDIA || s.earlier(bodies...) >= 0 || s.next(bodies...) >= 0
}

// dropped: what is let go of right after it was named: "the review, I won't write it".
func (s *scene) dropped() verdict {
	if s.done || s.announced || s.conditioned() || s.within(policyv1.RiskRole_DONE, policyv1.RiskRole_ASPECT) >= 0 || !s.step && !s.mentionable() && s.target != policyv1.SignalTarget_LAWSUIT && s.target != policyv1.SignalTarget_MEDIA {
		return verdict{}
	}
	at := s.after(policyv1.RiskRole_DROPPED)
	if at < 0 || s.hits[at].start-s.end > s.reach(s.hits[at]) {
		at = s.next(policyv1.RiskRole_DROPPED)
	}
	if at < 0 {
		return verdict{}
	}
	lead, most := s.hits[at].start-s.clauses[s.clauseAt(s.hits[at].start)].start, s.reach(s.hits[at])
	if s.conditional && at >= s.to {
		most = s.bind(s.hits[at]) / 2 // "One star, haven't been to collect it" lets go of nothing.
	}
	if lead > most {
		return verdict{}
	}
	if s.has(s.last, min(at, s.to), rolesOf(policyv1.RiskRole_OUTCOME)) >= 0 {
		return verdict{escalated, "done"} // What lies there can only be taken back: "the ticket at 12315 I have withdrawn".
	}
	return verdict{hypothetical, "dropped"}
}

// denied is the verdict of what is negated: a step is a past or hypothetical one.
func (s *scene) denied() verdict {
	if s.done && s.target == policyv1.SignalTarget_REVIEW {
		return verdict{rule: "negated"} // "I have never given a bad review" is about other purchases.
	}
	if !s.step || s.conditional || s.vague && s.target != policyv1.SignalTarget_LAWSUIT {
		return s.mentioned("negated")
	}
	return verdict{hypothetical, "negated"}
}

// imagined: thought of, nearly done, or done if something had not been.
func (s *scene) imagined() verdict {
	at := s.before(policyv1.RiskRole_HYPOTHETICAL)
	if at < 0 && s.before(policyv1.RiskRole_COUNTERFACTUAL) < 0 && s.earlier(policyv1.RiskRole_COUNTERFACTUAL) < 0 {
		return verdict{}
	}
	if at >= 0 && s.has(at+1, s.first, rolesOf(policyv1.RiskRole_CONDITION)) >= 0 {
		return verdict{}
	}
	if s.target == policyv1.SignalTarget_REVIEW && at < 0 {
		return verdict{rule: "review"}
	}
	if !s.step || s.vague && s.conditional {
		return s.mentioned("imagined")
	}
	return verdict{hypothetical, "imagined"}
}

// inside: turning to the firm's own headquarters is no escalation to others.
func (s *scene) inside() verdict {
	if s.conditional && (s.within(policyv1.RiskRole_INTERNAL) >= 0 || s.after(policyv1.RiskRole_INTERNAL) >= 0 ||
		s.before(policyv1.RiskRole_INTERNAL) >= 0 && s.gap(s.before(policyv1.RiskRole_INTERNAL)) <= 9) {
		return verdict{rule: "internal"}
	}
	return verdict{}
}

// asked: how or whether one can.
func (s *scene) asked() verdict {
	asks := s.before(policyv1.RiskRole_QUESTION) >= 0 || s.after(policyv1.RiskRole_QUESTION) >= 0 ||
		s.latin && s.clauses[s.clause].mark == '?' && s.earlier(policyv1.RiskRole_QUESTION) >= 0
	if asks && s.clauses[s.clause].mark != '!' && (!s.conditioned() || s.latin && s.clauses[s.clause].mark == '?') {
		return s.mentioned("asked")
	}
	return verdict{}
}
