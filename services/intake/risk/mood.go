package risk

import (
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// mood notes what is no escalation of the customer's own by a candidate: words that
// are a signal as they stand, and anger in form. Mentions of what the text turns to
// anyway are dropped.
func (r *reader) mood() {
	r.exclaim()
	r.repeat()
	for i := range r.clauses {
		r.plainly(i)
	}
	r.rise()
	r.chase()
}

// plainly notes the words of a clause that are a signal as they stand.
func (r *reader) plainly(i int) {
	c := r.clauses[i]
	for at := c.first; at < c.last; at++ {
		h := r.hits[at]
		switch {
		case h.is(rolesOf(policyv1.RiskRole_OPPONENT_STEP)):
			if !r.denied(at) {
				r.signal(opponent, h.target(policyv1.RiskRole_OPPONENT_STEP), h.start, h.end, "opponent-object")
			}
		case h.is(rolesOf(policyv1.RiskRole_CALL)):
			switch own := at > c.first && r.hits[at-1].is(rolesOf(policyv1.RiskRole_INTENT, policyv1.RiskRole_CONSEQUENCE)) && r.hits[at-1].end == h.start &&
				h.target(policyv1.RiskRole_CALL) == policyv1.SignalTarget_MEDIA; {
			case r.denied(at):
			case own: // "只能求助媒体" is announced; "只能恳请政府" still asks.
				r.signal(threat, h.target(policyv1.RiskRole_CALL), h.start, h.end, "intended")
			default:
				r.signal(call, h.target(policyv1.RiskRole_CALL), h.start, h.end, "called")
			}
		case h.is(rolesOf(policyv1.RiskRole_FORCE)) && r.forced(c, at):
			r.signal(opponent, 0, h.start, h.end, "opponent-force")
		case h.is(rolesOf(policyv1.RiskRole_MENACE)) && r.menaced(c, at):
			r.signal(opponent, 0, h.start, h.end, "menace")
		case h.is(rolesOf(policyv1.RiskRole_ANGER)):
			if !r.denied(at) {
				r.signal(policyv1.SignalKind_EMOTION, 0, h.start, h.end, "insult")
			}
		case h.is(rolesOf(policyv1.RiskRole_RISE)):
			r.signal(policyv1.SignalKind_DEMAND_RISE, 0, h.start, h.end, "rise")
		case h.is(rolesOf(policyv1.RiskRole_REPEAT)):
			if r.has(max(c.first, at-far), at, rolesOf(policyv1.RiskRole_CONDITION)) >= 0 {
				continue // "If it breaks again" is yet to come.
			}
			r.signal(policyv1.SignalKind_REPEATED_ISSUE, 0, h.start, h.end, "again")
		case h.is(rolesOf(policyv1.RiskRole_REJECT)):
			if h.is(rolesOf(policyv1.RiskRole_SELF)) || !r.theirs(c, at) {
				r.signal(policyv1.SignalKind_OFFER_REJECTED, 0, h.start, h.end, "rejected")
			}
		case h.is(rolesOf(policyv1.RiskRole_DECLINE)):
			r.decline(i, at)
		}
	}
}

// denied tells whether a negation stands right before a word.
func (r *reader) denied(at int) bool {
	return at > 0 && r.hits[at-1].is(rolesOf(policyv1.RiskRole_NEGATION)) && r.hits[at].start-r.hits[at-1].end <= r.bind(r.hits[at-1])/2
}

// theirs tells whether the other side is the subject of a word, before it in its clause.
func (r *reader) theirs(c clause, at int) bool {
	subject := r.hasLast(max(c.first, at-far), at, rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_OPPONENT))
	return subject >= 0 && r.hits[subject].is(rolesOf(policyv1.RiskRole_OPPONENT)) &&
		(subject == c.first || !r.hits[subject-1].is(rolesOf(policyv1.RiskRole_AGAINST)))
}

// decline notes that an offer is declined when one is in the clause or the one before.
func (r *reader) decline(i, at int) {
	c := r.clauses[i]
	if r.theirs(c, at) {
		return
	}
	h := r.hits[at]
	offer := r.has(max(c.first, at-far), min(c.last, at+far), rolesOf(policyv1.RiskRole_OFFER))
	if offer < 0 && i > 0 && r.clauses[i-1].sentence == c.sentence && r.has(c.first, at, rolesOf(policyv1.RiskRole_OPPONENT)) < 0 {
		before := r.clauses[i-1]
		offer = r.has(max(before.first, before.last-far), before.last, rolesOf(policyv1.RiskRole_OFFER))
	}
	if offer < 0 && r.answered(i, at) {
		r.signal(policyv1.SignalKind_OFFER_REJECTED, 0, h.start, h.end, "declined")
		return
	}
	if offer >= 0 {
		from, to := min(r.hits[offer].start, h.start), max(r.hits[offer].end, h.end)
		r.signal(policyv1.SignalKind_OFFER_REJECTED, 0, from, to, "declined")
	}
}

// agreed tells whether a clause says yes to what is offered, and nothing against it.
func (r *reader) agreed(i int) bool {
	c := r.clauses[i]
	at := r.has(c.first, c.last, rolesOf(policyv1.RiskRole_ACCEPT))
	against := rolesOf(policyv1.RiskRole_DECLINE, policyv1.RiskRole_REJECT, policyv1.RiskRole_NEGATION, policyv1.RiskRole_QUESTION, policyv1.RiskRole_CONDITION)
	return at >= 0 && r.has(c.first, c.last, against) < 0
}

// exclaim notes exclamation marks: many in a row, or many in all.
func (r *reader) exclaim() {
	row, all, first, last, noted := 0, 0, -1, -1, false
	flush := func(end int) {
		if row >= int(r.limits.GetExclamationsInARow()) {
			r.signal(policyv1.SignalKind_EMOTION, 0, end-row, end, "exclamations")
			noted = true
		}
		row = 0
	}
	for i, b := range r.plain {
		if b != '!' {
			flush(i)
			continue
		}
		row, all, last = row+1, all+1, i
		if first < 0 {
			first = i
		}
	}
	flush(len(r.plain))
	if !noted && all >= int(r.limits.GetExclamations()) {
		r.signal(policyv1.SignalKind_EMOTION, 0, last, last+1, "exclamations")
	}
}

// rise notes a demand that is higher than the one of before: "first I wanted 500, now it must be 1000".
func (r *reader) rise() {
	demands := rolesOf(policyv1.RiskRole_DEMAND)
	for i := range r.clauses {
		at := r.has(r.clauses[i].first, r.clauses[i].last, rolesOf(policyv1.RiskRole_FORMERLY))
		if at < 0 || r.theirs(r.clauses[i], at) {
			continue
		}
		formerly, ok := r.amount(r.hits[at].end, r.clauses[i].end)
		little := r.has(at, r.clauses[i].last, rolesOf(policyv1.RiskRole_ONLY)) >= 0
		if !little && (!ok || r.has(at, r.clauses[i].last, demands) < 0) {
			continue
		}
		for j := i; j < min(i+3, len(r.clauses)); j++ {
			now := r.has(max(at+1, r.clauses[j].first), r.clauses[j].last, rolesOf(policyv1.RiskRole_NOWADAYS))
			if now < 0 {
				continue
			}
			asked, number := r.amount(r.hits[now].end, r.clauses[j].end)
			if number && ok && asked > formerly || little && j > i && r.has(now, r.clauses[j].last, demands) >= 0 {
				r.signal(policyv1.SignalKind_DEMAND_RISE, 0, r.hits[at].start, r.clauses[j].end, "amounts")
				return
			}
		}
	}
}

// chase notes a question for progress, in a text that is hardly more than that.
func (r *reader) chase() {
	if len(r.clauses) > int(r.limits.GetShortClauses()) {
		return
	}
	if at := r.has(0, len(r.hits), rolesOf(policyv1.RiskRole_ASK_PROGRESS)); at >= 0 {
		r.signal(policyv1.SignalKind_CHASE, 0, r.hits[at].start, r.hits[at].end, "progress")
	}
}

// forget drops mentions when the text says more about any target, and signals
// without a target where the text names one.
func (r *reader) forget() {
	said, louder := false, false
	aimed := make(map[policyv1.SignalKind]bool)
	for _, s := range r.signals {
		said = said || s.Kind < mention
		louder = louder || s.Kind == threat || s.Kind == call
		aimed[s.Kind] = aimed[s.Kind] || s.Target != policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED
	}
	kept := r.signals[:0]
	for _, s := range r.signals {
		aimless := s.Target == policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED && aimed[s.Kind]
		chased := s.Kind == policyv1.SignalKind_CHASE && louder // Then the text is not mainly a question for progress.
		if !aimless && !chased && (s.Kind != mention || !said) {
			kept = append(kept, s)
		}
	}
	r.signals = kept
}
