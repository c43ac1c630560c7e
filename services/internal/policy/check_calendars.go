package policy

import (
	"time"

	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// calendars wants each id once, weeks that make sense, and each day of a year to be one thing.
func (c *checker) calendars(calendars *policyv1.Calendars) {
	at := path{}.field("calendars")
	known := make(map[string]bool)
	for i, each := range calendars.GetCalendars() {
		here := at.item("calendars", i)
		if known[each.GetId()] {
			c.add(here.field("id"), "unique", "there is a calendar %q already", each.GetId())
		}
		known[each.GetId()] = true
		c.hours(here, each.GetTimeZone(), each.GetOpenings())
		c.years(here, each)
	}
	c.reference(at.field("default"), calendars.GetDefault(), calendars)
}

// reference wants a calendar that is named to be there.
func (c *checker) reference(at path, id string, calendars *policyv1.Calendars) {
	if id == "" {
		return
	}
	for _, each := range calendars.GetCalendars() {
		if each.GetId() == id {
			return
		}
	}
	c.add(at, "reference", "there is no calendar %q", id)
}

// years wants each year once, and each of its days to lie in it and to be one thing.
func (c *checker) years(at path, of *policyv1.Calendar) {
	known := make(map[int32]bool)
	taken := make(map[calendar.Date]string)
	for i, year := range of.GetYears() {
		here := at.item("years", i)
		if known[year.GetYear()] {
			c.add(here.field("year"), "unique", "%d is listed twice", year.GetYear())
		}
		known[year.GetYear()] = true
		if c.within(here.field("year")) || c.wrongYear(here.field("year"), year) {
			continue
		}
		for j, holiday := range year.GetHolidays() {
			c.holiday(here.item("holidays", j), year.GetYear(), holiday, taken)
		}
		for j, day := range year.GetMakeUpDays() {
			c.makeUpDay(here.item("make_up_days", j), year.GetYear(), day, taken)
			if as := day.GetAs(); as != policyv1.Opening_DAY_UNSPECIFIED && len(of.GetOpenings()) > 0 && !opens(of, as) {
				c.add(here.item("make_up_days", j).field("as"), "closed", "%s is closed, so that the day would be no workday", as)
			}
		}
	}
}

// wrongYear tells of a list of which no day lies in its year once, not with each of its days.
func (c *checker) wrongYear(at path, year *policyv1.CalendarYear) bool {
	var first string
	for _, text := range datesOf(year) {
		date, err := calendar.ParseDate(text)
		if err != nil || date.Year() == int(year.GetYear()) {
			return false
		}
		if first == "" {
			first = text
		}
	}
	if first != "" {
		c.add(at, "year", "none of these days is in %d; they begin with %s", year.GetYear(), first)
	}
	return first != ""
}

// datesOf are the days that a list names.
func datesOf(year *policyv1.CalendarYear) []string {
	var all []string
	for _, holiday := range year.GetHolidays() {
		all = append(all, holiday.GetDate())
	}
	for _, day := range year.GetMakeUpDays() {
		all = append(all, day.GetDate())
	}
	return all
}

func (c *checker) holiday(at path, year int32, holiday *policyv1.Holiday, taken map[calendar.Date]string) {
	first, ok := c.dayOf(at.field("date"), year, holiday.GetDate())
	last := first
	if holiday.GetUntil() != "" {
		until, told := c.dayOf(at.field("until"), year, holiday.GetUntil())
		if ok && told && until < first {
			c.add(at.field("until"), "order", "is before the first day, %s", first)
		}
		ok, last = ok && told, until
	}
	for date := first; ok && date <= last; date++ {
		c.take(at.field("date"), date, "a holiday", taken)
	}
}

func (c *checker) makeUpDay(at path, year int32, day *policyv1.MakeUpDay, taken map[calendar.Date]string) {
	if date, ok := c.dayOf(at.field("date"), year, day.GetDate()); ok {
		c.take(at.field("date"), date, "a make-up workday", taken)
	}
}

// dayOf reads a date that has to lie in a year; false when that is not so, or when the contract has complained of it.
func (c *checker) dayOf(at path, year int32, text string) (calendar.Date, bool) {
	date, err := calendar.ParseDate(text)
	switch {
	case err != nil:
		c.add(at, "date", "there is no such day as %s", text)
	case date.Year() != int(year):
		c.add(at, "year", "%s is not in %d, whose days these are", text, year)
	default:
		return date, true
	}
	return 0, false
}

// take wants a day to be one thing.
func (c *checker) take(at path, date calendar.Date, what string, taken map[calendar.Date]string) {
	if before := taken[date]; before != "" {
		c.add(at, "unique", "%s is %s already", date, before)
		return
	}
	taken[date] = what
}

// clock wants the amount to be one that the measure counts, and the rest to fit it.
func (c *checker) clock(at path, clock *policyv1.Clock, calendars *policyv1.Calendars) {
	measure := clock.GetMeasure()
	switch {
	case countsDays(measure) && clock.GetWithin() != nil:
		c.add(at.field("within"), "within", "%s counts days: state days instead", measure)
	case countsDays(measure) && clock.GetDays() == 0 && measure != policyv1.Clock_CLOSE_OF_BUSINESS_DAY:
		c.add(at.field("days"), "required", "is missing")
	case !countsDays(measure) && clock.GetDays() != 0:
		c.add(at.field("days"), "days", "%s counts time: state within instead", measure)
	case !countsDays(measure):
		c.given(at.field("within"), clock.GetWithin())
	}
	if measure == policyv1.Clock_ELAPSED && clock.GetCalendar() != "" {
		c.add(at.field("calendar"), "calendar", "ELAPSED goes by the wall clock alone")
	}
	c.reference(at.field("calendar"), clock.GetCalendar(), calendars)
	c.duration(at.field("limit"), clock.GetLimit())
	if shortest := shortest(clock); clock.GetLimit() != nil && clock.GetLimit().AsDuration() < shortest {
		c.add(at.field("limit"), "limit", "is shorter than %s, so %s would never hold", amountOf(clock), amountOf(clock))
	}
	c.warnings(at, clock)
}

// warnings wants each once, and none before the clock begins.
func (c *checker) warnings(at path, clock *policyv1.Clock) {
	known := countsTime(clock)
	for i, warning := range clock.GetWarnings() {
		here := at.item("warnings", i)
		c.duration(here, warning)
		if known && warning.AsDuration() >= shortest(clock) {
			c.add(here, "warning", "%s before the due time is before the clock of %s begins", warning.AsDuration(), shortest(clock))
		}
		for _, earlier := range clock.GetWarnings()[:i] {
			if proto.Equal(earlier, warning) {
				c.add(here, "unique", "%s is listed twice", warning.AsDuration())
			}
		}
	}
}

// countsTime tells whether it is known how short the time may be that a clock allows: business days have no such bound worth naming.
func countsTime(clock *policyv1.Clock) bool {
	return clock.GetMeasure() != policyv1.Clock_BUSINESS_DAYS && clock.GetMeasure() != policyv1.Clock_CLOSE_OF_BUSINESS_DAY
}

// shortest is the shortest time that a clock allows; 0 where that is not known.
func shortest(clock *policyv1.Clock) time.Duration {
	if countsTime(clock) {
		return budget(clock)
	}
	return 0
}

// amountOf is the field that states what a clock allows.
func amountOf(clock *policyv1.Clock) string {
	if countsDays(clock.GetMeasure()) {
		return "days"
	}
	return "within"
}
