package risk

import policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"

// repeat notes a fault that has come again: "it leaks again", "repaired three times".
func (r *reader) repeat() {
	again := rolesOf(policyv1.RiskRole_AGAIN)
	for _, c := range r.clauses {
		for at := c.first; at < c.last; at++ {
			h := r.hits[at]
			if !h.is(rolesOf(policyv1.RiskRole_FAULT)) {
				continue
			}
			near := r.bind(h)
			before, after := at > c.first && r.hits[at-1].is(again), at+1 < c.last && r.hits[at+1].is(again) && h.latin
			times := at+1 < c.last && r.hits[at+1].is(rolesOf(policyv1.RiskRole_TIMES))
			switch {
			case r.has(c.first, at, rolesOf(policyv1.RiskRole_CONDITION)) >= 0: // "If it breaks again" is yet to come.
			case before && h.start-r.hits[at-1].end <= near:
				r.signal(policyv1.SignalKind_REPEATED_ISSUE, 0, r.hits[at-1].start, h.end, "again")
			case (after || times) && r.hits[at+1].start-h.end <= near/2:
				r.signal(policyv1.SignalKind_REPEATED_ISSUE, 0, h.start, r.hits[at+1].end, "again")
			}
		}
	}
}

// answered tells whether a clause is no more than the answer to a question of one's own: "A voucher? No."
func (r *reader) answered(i, at int) bool {
	c, h := r.clauses[i], r.hits[at]
	return i > 0 && r.clauses[i-1].mark == '?' && h.start-c.start <= 1 && c.end-h.end <= r.bind(h)/2 &&
		r.has(r.clauses[i-1].first, r.clauses[i-1].last, rolesOf(policyv1.RiskRole_QUESTION)) < 0
}

// forced tells whether the other side says or will do what only it does to a customer.
func (r *reader) forced(c clause, at int) bool {
	from := max(c.first, at-far)
	if r.denied(at) || r.has(from, at, rolesOf(policyv1.RiskRole_SELF)) == at-1 && at > from {
		return false
	}
	doer := r.theirs(c, at)
	return doer && r.has(from, at, rolesOf(policyv1.RiskRole_INTENT, policyv1.RiskRole_CONSEQUENCE, policyv1.RiskRole_SAY, policyv1.RiskRole_MENACE, policyv1.RiskRole_CONDITION)) >= 0
}

// menaced tells whether it is the other side that threatens.
func (r *reader) menaced(c clause, at int) bool {
	if r.denied(at) || r.has(max(c.first, at-far), at, rolesOf(policyv1.RiskRole_NEGATION)) >= 0 {
		return false
	}
	next := at+1 < c.last && r.hits[at+1].is(rolesOf(policyv1.RiskRole_SELF, policyv1.RiskRole_FORCE)) && r.hits[at+1].start-r.hits[at].end <= r.bind(r.hits[at])
	return next || r.theirs(c, at)
}
