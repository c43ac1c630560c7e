package followup

import (
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// statutory is true for what is owed by law, or to an authority.
func statutory(kind policyv1.DutyKind) bool {
	return kind == policyv1.DutyKind_AUTHORITY_REPLY || kind == policyv1.DutyKind_FINAL_RESPONSE
}

// oweByLaw opens the final response, where the law sets a time for it (CLK-3). One that is still owed is not begun anew when the complaint is
// reopened (CLK-4); after one that was given, or was owed no more, there is to be another.
func (s *Service) oweByLaw(l ledger, cycle int32, o *openingFacts) {
	profile := s.deps.Policy.Statutory(o.authority != nil, o.about)
	for _, d := range l.Duties {
		if d.Kind != policyv1.DutyKind_FINAL_RESPONSE {
			continue
		}
		if d.State == followupv1.Duty_OPEN {
			return
		}
		profile = s.deps.Policy.StatutoryProfile()
	}
	if profile == nil {
		return
	}
	from := micros(o.from)
	due, warnings, err := s.deps.Policy.StatutoryDue(profile, 0, from)
	if err != nil {
		s.deps.Logger.Error("the time of the law lies beyond the calendar", "complaint", l.Complaint.ID, "error", err)
		return
	}
	if !due.After(l.now) { // Nobody is warned of what an imported complaint has broken long ago.
		warnings = nil
	}
	measure, calendar := s.deps.Policy.StatutoryClock(profile)
	l.open(&Duty{
		Kind: policyv1.DutyKind_FINAL_RESPONSE, Cycle: cycle, OpenTime: from, DueTime: due, WarnTimes: warnings, Measure: measure, Calendar: calendar,
	})
}

// step is the next extension that the law has for a duty, counted from 1; 0 when it has none.
func step(profile *policyv1.StatutoryProfile, d *Duty) int {
	if next := int(d.Extended()) + 1; next < len(profile.GetDays()) {
		return next
	}
	return 0
}

// extend has the duty owed by a later time, with the warnings that lie ahead of now.
func (d *Duty) extend(due time.Time, warnings []time.Time, now time.Time) {
	d.WarnTimes = d.warnings(warnings, now, now)
	d.DueTime = due
	d.Moves++
}

// lacking are the contents that a final response has to have and has not.
func lacking(profile *policyv1.StatutoryProfile, has []policyv1.FinalContent) []policyv1.FinalContent {
	return slices.DeleteFunc(slices.Clone(profile.GetContents()), func(c policyv1.FinalContent) bool { return slices.Contains(has, c) })
}
