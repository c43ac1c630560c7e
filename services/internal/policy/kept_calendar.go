package policy

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Knows tells whether there is a calendar of a name.
func (p *Policy) Knows(name string) bool { return p.calendars[name] != nil }

// Keep is a calendar as it stands, with the days from the year before since on, for whoever has to count by it also when the policy has
// another list, or none of the name, by then. It is empty for a name that there is no calendar of.
func (p *Policy) Keep(name string, since time.Time) []byte {
	if !p.Knows(name) {
		return nil
	}
	staffed := p.message.GetStaffedHours()
	kept := &policyv1.Calendar{Id: name, TimeZone: staffed.GetTimeZone(), Openings: staffed.GetOpenings()}
	for _, each := range p.message.GetCalendars().GetCalendars() {
		if each.GetId() != name {
			continue
		}
		kept.TimeZone, kept.Openings = each.GetTimeZone(), each.GetOpenings()
		for _, year := range each.GetYears() {
			if int(year.GetYear()) >= since.Year()-1 {
				kept.Years = append(kept.Years, nameless(year))
			}
		}
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(kept)
	if err != nil {
		return nil // A policy that was read can be written.
	}
	return text
}

// nameless is a year without what its days are called, which nothing counts by.
func nameless(year *policyv1.CalendarYear) *policyv1.CalendarYear {
	kept := &policyv1.CalendarYear{Year: year.GetYear()}
	for _, day := range year.GetHolidays() {
		kept.Holidays = append(kept.Holidays, &policyv1.Holiday{Date: day.GetDate(), Until: day.GetUntil()})
	}
	for _, day := range year.GetMakeUpDays() {
		kept.MakeUpDays = append(kept.MakeUpDays, &policyv1.MakeUpDay{Date: day.GetDate(), As: day.GetAs()})
	}
	return kept
}

// CountingBy is the arithmetic of a clock by a calendar that Keep kept.
func CountingBy(measure policyv1.Clock_Measure, kept []byte) (calendar.Clock, error) {
	of := &policyv1.Calendar{}
	if err := proto.Unmarshal(kept, of); err != nil {
		return calendar.Clock{}, fmt.Errorf("policy: a calendar that was kept: %w", err)
	}
	weekly, err := Weekly(&policyv1.StaffedHours{TimeZone: of.GetTimeZone(), Openings: of.GetOpenings()})
	if err != nil {
		return calendar.Clock{}, err
	}
	except, err := exceptions(of)
	if err != nil {
		return calendar.Clock{}, err
	}
	built, err := weekly.Except(except)
	return calendar.Clock{Kind: kindOf(measure), Calendar: built}, err
}
