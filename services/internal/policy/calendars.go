package policy

import (
	"fmt"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// staffedHours is what the calendar of staffed hours is called beside those that have an id.
const staffedHours = "staffed_hours"

// Counted is how the clock of a duty counts, with the name of the calendar that it goes by: an id, or "staffed_hours". The calendar is
// empty for a clock that needs none, and both are for a duty that has no clock.
func (p *Policy) Counted(severity policyv1.Severity, kind policyv1.DutyKind) (policyv1.Clock_Measure, string) {
	clock := p.Clock(severity, kind)
	if clock == nil || clock.GetMeasure() == policyv1.Clock_ELAPSED {
		return clock.GetMeasure(), ""
	}
	return clock.GetMeasure(), calendarOf(p.message, clock)
}

// calendarOf is the name of the calendar that a clock goes by.
func calendarOf(message *policyv1.Policy, clock *policyv1.Clock) string {
	for _, id := range []string{clock.GetCalendar(), message.GetCalendars().GetDefault()} {
		if id != "" {
			return id
		}
	}
	return staffedHours
}

// Reviewed tells whether a date gets a daily review of its own accord: each one, or those on which the calendar of reviews is open (REV-1).
func (p *Policy) Reviewed(date calendar.Date) bool {
	by := p.calendars[p.message.GetReviews().GetCalendar()]
	return by == nil || by.Business(date)
}

// counting is the arithmetic of a clock.
func (p *Policy) counting(clock *policyv1.Clock) calendar.Clock {
	return calendar.Clock{Kind: kindOf(clock.GetMeasure()), Calendar: p.calendars[calendarOf(p.message, clock)]}
}

// kindOf is how the library calls a measure.
func kindOf(measure policyv1.Clock_Measure) calendar.Kind {
	switch measure {
	case policyv1.Clock_STAFFED:
		return calendar.Staffed
	case policyv1.Clock_BUSINESS_DAYS:
		return calendar.BusinessDays
	case policyv1.Clock_CALENDAR_DAYS:
		return calendar.CalendarDays
	case policyv1.Clock_CLOSE_OF_BUSINESS_DAY:
		return calendar.CloseOfBusinessDay
	default:
		return calendar.Elapsed
	}
}

// countsDays tells whether a measure counts days.
func countsDays(measure policyv1.Clock_Measure) bool {
	return measure == policyv1.Clock_BUSINESS_DAYS || measure == policyv1.Clock_CALENDAR_DAYS || measure == policyv1.Clock_CLOSE_OF_BUSINESS_DAY
}

// budget is the time that a clock allows.
func budget(clock *policyv1.Clock) time.Duration {
	if countsDays(clock.GetMeasure()) {
		return time.Duration(clock.GetDays()) * calendar.Day
	}
	return clock.GetWithin().AsDuration()
}

// calendars builds all that clocks may go by.
func calendars(message *policyv1.Policy, weekly *calendar.Weekly) (map[string]*calendar.Calendar, error) {
	staffed, err := weekly.Except(nil)
	if err != nil {
		return nil, err
	}
	all := map[string]*calendar.Calendar{staffedHours: staffed}
	for _, each := range message.GetCalendars().GetCalendars() {
		hours, err := Weekly(&policyv1.StaffedHours{TimeZone: each.GetTimeZone(), Openings: each.GetOpenings()})
		if err != nil {
			return nil, err
		}
		except, err := exceptions(each)
		if err != nil {
			return nil, err
		}
		if all[each.GetId()], err = hours.Except(except); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// exceptions are the days of a calendar that are not as their weekday is.
func exceptions(of *policyv1.Calendar) ([]calendar.Exception, error) {
	var all []calendar.Exception
	for _, year := range of.GetYears() {
		for _, holiday := range year.GetHolidays() {
			first, last, err := daysOff(holiday)
			if err != nil {
				return nil, err
			}
			for date := first; date <= last; date++ {
				all = append(all, calendar.Exception{Date: date})
			}
		}
		for _, day := range year.GetMakeUpDays() {
			date, err := calendar.ParseDate(day.GetDate())
			if err != nil {
				return nil, err
			}
			like := hoursOf(of, day)
			all = append(all, calendar.Exception{Date: date, Like: &like})
		}
	}
	return all, nil
}

// daysOff are the first and the last day of a holiday.
func daysOff(holiday *policyv1.Holiday) (first, last calendar.Date, err error) {
	if first, err = calendar.ParseDate(holiday.GetDate()); err != nil || holiday.GetUntil() == "" {
		return first, first, err
	}
	if last, err = calendar.ParseDate(holiday.GetUntil()); err == nil && last < first {
		err = fmt.Errorf("%s is before %s", last, first)
	}
	return first, last, err
}

// hoursOf is the weekday whose hours a make-up day has: the one that it names, or else the first that is open, from Monday on.
func hoursOf(of *policyv1.Calendar, day *policyv1.MakeUpDay) time.Weekday {
	as := day.GetAs()
	if as == policyv1.Opening_DAY_UNSPECIFIED {
		for as = policyv1.Opening_MONDAY; as < policyv1.Opening_SUNDAY && !opens(of, as); as++ {
			continue
		}
	}
	return weekdayOf(as)
}

// opens tells whether a calendar is open on a weekday.
func opens(of *policyv1.Calendar, day policyv1.Opening_Day) bool {
	for _, opening := range of.GetOpenings() {
		for _, open := range opening.GetDays() {
			if open == day {
				return true
			}
		}
	}
	return false
}
