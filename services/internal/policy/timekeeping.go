package policy

import (
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Pausable tells whether clocks of a kind of duty may stand still while the customer is waited for (CLK-3).
func (p *Policy) Pausable(kind policyv1.DutyKind) bool {
	return slices.Contains(p.message.GetTimekeeping().GetPauses().GetKinds(), kind)
}

// Counting is the arithmetic of a duty's clock, by how it counts and the name of its calendar, as Counted tells them. A duty without a
// clock, or with a calendar that this policy has no more, goes by the wall clock.
func (p *Policy) Counting(measure policyv1.Clock_Measure, name string) calendar.Clock {
	known := p.calendars[name]
	if known == nil {
		return calendar.Clock{Kind: calendar.Elapsed}
	}
	return calendar.Clock{Kind: kindOf(measure), Calendar: known}
}

// Statutory is the profile by which the law sets a time for the final response to a complaint (CLK-3), given whether a regulator or platform
// forwarded it and what it is about; nil when it sets none.
func (p *Policy) Statutory(forwarded bool, about policyv1.TargetKind) *policyv1.StatutoryProfile {
	profile := p.StatutoryProfile()
	if profile == nil || forwarded || profile.GetEveryComplaint() || slices.Contains(profile.GetTargetKinds(), about) {
		return profile
	}
	return nil
}

// StatutoryProfile is the profile that holds; nil for none.
func (p *Policy) StatutoryProfile() *policyv1.StatutoryProfile {
	statutory := p.message.GetTimekeeping().GetStatutory()
	for _, profile := range statutory.GetProfiles() {
		if profile.GetId() == statutory.GetProfile() {
			return profile
		}
	}
	return nil
}

// StatutoryClock is how a profile counts, with the name of its calendar.
func (p *Policy) StatutoryClock(profile *policyv1.StatutoryProfile) (policyv1.Clock_Measure, string) {
	measure := policyv1.Clock_CALENDAR_DAYS
	if profile.GetBusinessDays() {
		measure = policyv1.Clock_BUSINESS_DAYS
	}
	return measure, calendarOf(p.message, &policyv1.Clock{Calendar: profile.GetCalendar()})
}

// StatutoryDue is when a step of a profile is due, counted from 0, with when its owner is warned. It fails for times that lie too far ahead.
func (p *Policy) StatutoryDue(profile *policyv1.StatutoryProfile, step int, from time.Time) (due time.Time, warnings []time.Time, err error) {
	measure, name := p.StatutoryClock(profile)
	due, err = p.Counting(measure, name).Add(from, time.Duration(profile.GetDays()[step])*calendar.Day)
	if err != nil {
		return time.Time{}, nil, err
	}
	for _, before := range profile.GetWarnings() {
		if at := due.Add(-before.AsDuration()); at.After(from) {
			warnings = append(warnings, at)
		}
	}
	slices.SortFunc(warnings, time.Time.Compare)
	return due, slices.CompactFunc(warnings, time.Time.Equal), nil
}
