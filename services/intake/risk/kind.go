package risk

import policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"

// kind proposes what the text is as a further message (REC-5): the first that
// applies, from what asks most for attention to what asks for none.
func (r *reader) kind() policyv1.MessageKind {
	has := make(map[policyv1.SignalKind]bool)
	for _, s := range r.signals {
		has[s.Kind] = true
	}
	short := len(r.clauses) <= int(r.limits.GetShortClauses())
	switch {
	case has[threat]:
		return policyv1.MessageKind_THREATENS
	case r.says(policyv1.RiskRole_WITHDRAW), r.messages&(1<<policyv1.MessageKind_WITHDRAWS) != 0:
		return policyv1.MessageKind_WITHDRAWS
	case has[policyv1.SignalKind_OFFER_REJECTED]:
		return policyv1.MessageKind_REJECTS
	case has[policyv1.SignalKind_CHASE]:
		return policyv1.MessageKind_PROGRESS_CHASE
	case has[policyv1.SignalKind_REPEATED_ISSUE]:
		return policyv1.MessageKind_REPEATS_ISSUE
	case short && r.says(policyv1.RiskRole_ACCEPT), r.messages&(1<<policyv1.MessageKind_ACCEPTS) != 0:
		return policyv1.MessageKind_ACCEPTS
	case short && r.says(policyv1.RiskRole_GRATITUDE) && !r.says(policyv1.RiskRole_UNMET) && !r.says(policyv1.RiskRole_REQUEST) &&
		!r.says(policyv1.RiskRole_QUESTION) && !has[call] && !has[opponent] && !has[policyv1.SignalKind_EMOTION]:
		return policyv1.MessageKind_THANKS
	default:
		return policyv1.MessageKind_NEW_INFORMATION
	}
}

// says tells whether a word that plays a part is in the text and not denied.
func (r *reader) says(part policyv1.RiskRole) bool {
	for at, h := range r.hits {
		if h.is(rolesOf(part)) && !r.denied(at) {
			return true
		}
	}
	return false
}
