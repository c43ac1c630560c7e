package remedy

import (
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// doubt is why nothing on record bears out what an option gives (REM-3); unspecified for none. The basis is what the proposer calls it: what is
// called an entitlement is outside all caps, so it needs more than the word.
func (r *Rules) doubt(o Option, historySeen bool, f Facts) remedyv1.Warning_Kind {
	var goodwill Amount
	assessed := f.Established != policyv1.Establishment_ESTABLISHMENT_UNSPECIFIED || f.Responsibility != policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED
	if due := r.sum(o, remedyv1.Option_ENTITLEMENT); r.muchDue != nil && !assessed && due.Positive() && due.Compare(*r.muchDue) >= 0 {
		return remedyv1.Warning_ENTITLEMENT_DOUBTED
	}
	for _, part := range o.Parts {
		worth := r.Of(part.Amount).Positive() || r.unvalued[part.Kind]
		entitled := part.Basis == remedyv1.Option_ENTITLEMENT && worth
		compensated := entitled && part.Kind == remedyv1.Option_COMPENSATION
		switch {
		case entitled && f.Established == policyv1.Establishment_NOT_ESTABLISHED, compensated && (!r.OurFault(f) || !historySeen):
			return remedyv1.Warning_ENTITLEMENT_DOUBTED
		case part.Basis == remedyv1.Option_GOODWILL:
			goodwill = goodwill.Add(r.Of(part.Amount))
		}
	}
	if !historySeen && goodwill.Positive() && goodwill.Compare(r.muchWill) >= 0 {
		return remedyv1.Warning_HISTORY_UNSEEN
	}
	return remedyv1.Warning_KIND_UNSPECIFIED
}

// doubted tells whether any option of a proposal is, where the policy has somebody decide on that.
func (r *Rules) doubted(p *Remedy, f Facts) bool {
	return r.policy.GetDoubts().GetLevel() > 0 && slices.ContainsFunc(p.Options, func(o Option) bool {
		return r.doubt(o, p.HistorySeen, f) != remedyv1.Warning_KIND_UNSPECIFIED
	})
}

// asked is who has to approve a proposal with what the complaint has already: of what is doubted at least the level of the policy.
func (r *Rules) asked(p *Remedy, f Facts, options []Option, beyond bool) Request {
	request := r.Judged(options, beyond)
	if !r.doubted(p, f) {
		return request
	}
	least := min(int(r.policy.GetDoubts().GetLevel()), r.last())
	if request.Needed > 1 && r.last() > 1 {
		least = min(least, r.last()-1) // The last level approves after it.
	}
	request.Level, request.Needed = max(request.Level, least), max(request.Needed, 1)
	return request
}

// unknown is the level that decides at least on what an option gives whose value nobody has told; 0 for none.
func (r *Rules) unknown(o Option) int {
	untold := func(p Part) bool { return r.unvalued[p.Kind] && !r.Of(p.Amount).Positive() }
	if !o.Vague && !slices.ContainsFunc(o.Parts, untold) {
		return 0
	}
	return min(int(r.policy.GetUnvalued().GetLevel()), r.last())
}

// doubts warn of what nothing on record bears out.
func (s *Service) doubts(c Complaint, stored *Remedy, language string) []*remedyv1.Warning {
	var all []*remedyv1.Warning
	for i, o := range stored.Options {
		if kind := s.rules.doubt(o, stored.HistorySeen, c.Facts); kind != remedyv1.Warning_KIND_UNSPECIFIED {
			all = append(all, warning(&remedyv1.Warning{Option: int32(o.number(i)), Part: 1}, kind, "", wordsIn(language).doubt(kind)))
		}
	}
	return all
}
