package policy

import (
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// calendars finds calendars that lack the days of a year that is needed, make-up workdays that make up for nothing, and clocks that count
// business days where each day is one.
func (a *adviser) calendars(p *Policy, now time.Time) {
	if a.file.states("calendars") {
		for i, each := range p.message.GetCalendars().GetCalendars() {
			here := path{}.field("calendars").item("calendars", i)
			a.needed(here, p, each, now)
			a.madeUp(here, each)
		}
	}
	if a.file.states("clocks") {
		for i, clocks := range p.message.GetClocks() {
			for _, each := range named(clocks) {
				a.daily(path{}.item("clocks", i).field(each.name), p, each.clock)
			}
		}
	}
}

// namedClock is a clock with the field that it stands in.
type namedClock struct {
	name  string
	clock *policyv1.Clock
}

// named are the clocks of a severity.
func named(clocks *policyv1.SeverityClocks) []namedClock {
	return []namedClock{
		{"acknowledge", clocks.GetAcknowledge()}, {"contact", clocks.GetContact()}, {"first_response", clocks.GetFirstResponse()},
		{"callback", clocks.GetCallback()}, {"resolution", clocks.GetResolution()},
	}
}

// needed finds the years that clocks reach which begin now, and of which a calendar has no days although it has those of others.
func (a *adviser) needed(at path, p *Policy, of *policyv1.Calendar, now time.Time) {
	if len(of.GetYears()) == 0 {
		return
	}
	last := now
	for _, clocks := range p.message.GetClocks() {
		for _, each := range named(clocks) {
			if each.clock.GetMeasure() == policyv1.Clock_ELAPSED || calendarOf(p.message, each.clock) != of.GetId() {
				continue
			}
			if due, err := p.due(each.clock, now); err == nil && due.After(last) {
				last = due
			}
		}
	}
	zone := p.calendars[of.GetId()].Zone()
	for year := now.In(zone).Year(); year <= last.In(zone).Year(); year++ {
		if !slices.ContainsFunc(of.GetYears(), func(y *policyv1.CalendarYear) bool { return int(y.GetYear()) == year }) {
			a.add(at.field("years"), "year", "has no days of %d, so that its holidays are counted as working days", year)
		}
	}
}

// madeUp finds make-up workdays on weekdays that are open anyway.
func (a *adviser) madeUp(at path, of *policyv1.Calendar) {
	for i, year := range of.GetYears() {
		for j, day := range year.GetMakeUpDays() {
			date, err := calendar.ParseDate(day.GetDate())
			if err != nil {
				continue
			}
			if weekday := policyv1.Opening_Day((int(date.Weekday())+6)%7 + 1); opens(of, weekday) {
				a.add(at.item("years", i).item("make_up_days", j).field("date"), "open", "%s is a %s, which is open anyway", date, weekday)
			}
		}
	}
}

// daily finds clocks for which every day is a business day.
func (a *adviser) daily(at path, p *Policy, clock *policyv1.Clock) {
	if countsTime(clock) {
		return
	}
	name := calendarOf(p.message, clock)
	for date := calendar.Date(0); date < 7; date++ {
		if !p.calendars[name].Weekday(date.Weekday()) {
			return
		}
	}
	a.add(at.field("measure"), "daily", "each day of the week is a business day of %s", name)
}
