package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"
)

// Exception is a day that is not as its weekday is: a holiday, or a make-up workday (调休).
type Exception struct {
	Date Date
	// Like is the weekday whose hours hold; nil for a day that is closed.
	Like *time.Weekday
}

// exception is one with the sums of what all of them up to it change.
type exception struct {
	date  Date
	spans []span // of the day itself, from its midnight
	// staffed and business are what this exception and those before it add to the weeks, in microseconds and in days.
	staffed, business int64
}

// Calendar is a table of staffed hours with holidays and make-up workdays. A
// business day is a date on which it is open at all. It never changes after
// Except and is safe for concurrent use.
type Calendar struct {
	weekly *Weekly
	// week is how many business days of the week lie before each weekday; week[7] is all of them.
	week   [8]int64
	except []exception
}

// Except is a calendar: the weeks of a table, but for some days. It refuses a
// date that is named twice, and a table that has no interval (ErrNeverStaffed).
func (w *Weekly) Except(days []Exception) (*Calendar, error) {
	if w.total == 0 {
		return nil, ErrNeverStaffed
	}
	c := &Calendar{weekly: w}
	for day := time.Sunday; day <= time.Saturday; day++ {
		c.week[day+1] = c.week[day]
		if len(w.of(day)) > 0 {
			c.week[day+1]++
		}
	}
	days = slices.Clone(days)
	slices.SortFunc(days, func(a, b Exception) int { return cmp.Compare(a.Date, b.Date) })
	var staffed, business int64
	for i, day := range days {
		if i > 0 && days[i-1].Date == day.Date {
			return nil, fmt.Errorf("calendar: %s is named twice", day.Date)
		}
		e := exception{date: day.Date}
		if day.Like != nil {
			e.spans = w.of(*day.Like)
		}
		usual := w.of(day.Date.Weekday())
		staffed += length(e.spans) - length(usual)
		business += sign(len(e.spans)) - sign(len(usual))
		e.staffed, e.business = staffed, business
		c.except = append(c.except, e)
	}
	return c, nil
}

// of are the intervals of a weekday, from its midnight.
func (w *Weekly) of(day time.Weekday) []span {
	var spans []span
	midnight := int64(day) * dayMicros
	for _, s := range w.spans {
		if s.open >= midnight && s.open < midnight+dayMicros {
			spans = append(spans, span{open: s.open - midnight, close: s.close - midnight})
		}
	}
	return spans
}

// length is how much of a day is staffed.
func length(spans []span) int64 {
	var sum int64
	for _, s := range spans {
		sum += s.close - s.open
	}
	return sum
}

// sign is 1 for a positive number, otherwise 0.
func sign(n int) int64 { return int64(min(n, 1)) }

// Zone is the time zone of the calendar.
func (c *Calendar) Zone() *time.Location { return c.weekly.zone }

// AddStaffed is Weekly's, with the calendar's exceptions.
func (c *Calendar) AddStaffed(from time.Time, d time.Duration) (time.Time, error) {
	rest := d.Microseconds()
	switch {
	case d < 0 || rest/c.weekly.total > lastYear*53:
		return time.Time{}, ErrOutOfRange
	case rest == 0:
		return c.NextOpening(from), nil
	default:
		return addStaffed(c.weekly.zone, c, from, rest)
	}
}

// Staffed is Weekly's, with the calendar's exceptions.
func (c *Calendar) Staffed(a, b time.Time) time.Duration { return staffed(c.weekly.zone, c, a, b) }

// NextOpening is Weekly's, with the calendar's exceptions.
func (c *Calendar) NextOpening(t time.Time) time.Time { return nextOpening(c.weekly.zone, c, t) }

// Business tells whether a date is a business day.
func (c *Calendar) Business(date Date) bool { return len(c.intervals(date)) > 0 }

// Weekday tells whether a weekday is open, unless a date says otherwise.
func (c *Calendar) Weekday(day time.Weekday) bool { return len(c.weekly.of(day)) > 0 }

// intervals are those of a date.
func (c *Calendar) intervals(date Date) []span {
	if i, found := c.at(date); found {
		return c.except[i].spans
	}
	return c.weekly.of(date.Weekday())
}

// at finds the exception of a date, or else where it would stand.
func (c *Calendar) at(date Date) (int, bool) {
	return slices.BinarySearchFunc(c.except, date, func(e exception, date Date) int { return cmp.Compare(e.date, date) })
}

// before are the sums of the exceptions before the one at i.
func (c *Calendar) before(i int) (staffed, business int64) {
	if i == 0 {
		return 0, 0
	}
	return c.except[i-1].staffed, c.except[i-1].business
}

// staffedUntil implements table.
func (c *Calendar) staffedUntil(local int64) int64 {
	date, rest := dateAt(local)
	i, found := c.at(date)
	staffed, _ := c.before(i)
	if !found {
		return c.weekly.staffedUntil(local) + staffed
	}
	sum := c.weekly.staffedUntil(date.midnight()) + staffed
	for _, s := range c.except[i].spans {
		sum += max(min(rest, s.close)-s.open, 0)
	}
	return sum
}

// earliest implements table. What the exceptions change is bounded, so the
// answer lies near to that of the weeks alone.
func (c *Calendar) earliest(sum int64) int64 {
	if len(c.except) == 0 {
		return c.weekly.earliest(sum)
	}
	most := int64(len(c.except)+1) * dayMicros
	low := c.weekly.earliest(sum-most) - weekMicros
	high := c.weekly.earliest(sum+most) + weekMicros
	return low + int64(sort.Search(int(high-low), func(i int) bool { return c.staffedUntil(low+int64(i)) >= sum }))
}

// openingFrom implements table.
func (c *Calendar) openingFrom(local int64) int64 {
	return c.earliest(c.staffedUntil(local)+1) - 1
}

// businessUntil counts the business days before a date; differences of it are what matters.
func (c *Calendar) businessUntil(date Date) int64 {
	i, _ := c.at(date)
	_, business := c.before(i)
	week, rest := divFloor(date.midnight()-firstSunday, weekMicros)
	return week*c.week[7] + c.week[rest/dayMicros] + business
}

// businessDay is the date before which that many business days lie, and which is one.
func (c *Calendar) businessDay(number int64) Date {
	most := int64(len(c.except) + 1)
	low, _ := divFloor(number-most, c.week[7])
	high, _ := divFloor(number+most, c.week[7])
	first := low*7 - 7
	return Date(first + int64(sort.Search(int(high*7+14-first), func(i int) bool {
		return c.businessUntil(Date(first+int64(i))+1) > number
	})))
}
