package calendar

import (
	"math"
	"math/bits"
	"time"
)

// Kind is how a clock counts.
type Kind int

// Each kind is told by what it measures between two instants. What it adds
// follows: Add is the first instant at which so much is measured. Days are
// counted as 24 h each, so that amounts of all kinds are durations.
const (
	// Elapsed is the time that passes.
	Elapsed Kind = iota + 1
	// Staffed is the time in which the calendar is open.
	Staffed
	// BusinessDays are the days on which the calendar is open. Of such a day has
	// passed what has passed of its staffed time: from the middle of one to the
	// middle of the next is one day, and a day off has none.
	BusinessDays
	// CalendarDays are dates and times as the wall clock shows them: from noon to
	// the next day's noon is one day, also when the clocks change in between. An
	// hour that is shown twice counts once, the second time.
	CalendarDays
	// CloseOfBusinessDay counts the business days after the date on which it
	// begins, each as it closes.
	CloseOfBusinessDay
)

// Day is what one day counts as.
const Day = 24 * time.Hour

// Clock is a way of counting time (CLK-2). The calendar is needed by all kinds
// but Elapsed.
type Clock struct {
	Kind     Kind
	Calendar *Calendar
}

// Add returns the first instant from which on Measure gives at least d, in UTC;
// from itself when d is zero. Of CloseOfBusinessDay whole days count; zero of
// them end with the first business day that closes after from. It fails with
// ErrOutOfRange.
func (c Clock) Add(from time.Time, d time.Duration) (time.Time, error) {
	if d < 0 || from.UTC().Year() > lastYear {
		return time.Time{}, ErrOutOfRange
	}
	from = from.UTC().Truncate(time.Microsecond)
	switch {
	case c.Kind == CloseOfBusinessDay:
		return c.Calendar.addCloses(from, int64(d/Day))
	case d == 0:
		return from, nil
	case c.Kind == Staffed:
		return c.Calendar.AddStaffed(from, d)
	case c.Kind == BusinessDays:
		return c.Calendar.addBusiness(from, d.Microseconds())
	case c.Kind == CalendarDays:
		return c.Calendar.addCivil(from, d.Microseconds())
	default:
		return utc(from.UnixMicro() + d.Microseconds())
	}
}

// Measure is how much time of its kind lies between a and b; zero when b is not after a.
func (c Clock) Measure(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	switch c.Kind {
	case Staffed:
		return c.Calendar.Staffed(a, b)
	case BusinessDays:
		return time.Duration(c.Calendar.position(b)-c.Calendar.position(a)) * time.Microsecond
	case CalendarDays:
		return time.Duration(c.Calendar.civil(b)-c.Calendar.civil(a)) * time.Microsecond
	case CloseOfBusinessDay:
		return time.Duration(c.Calendar.closes(a, b)) * Day
	default:
		return b.Sub(a).Truncate(time.Microsecond)
	}
}

// Part is when a part of the way from one instant to another has passed, for a
// clock of this kind: of the staffed time for kinds that stand still while
// nobody is at work, and otherwise of all time. A way without staffed time is
// taken as elapsed. The fraction lies between 0 and 1.
func (c Clock) Part(from, due time.Time, fraction float64) time.Time {
	part := func(of time.Duration) time.Duration {
		return time.Duration(float64(of.Microseconds())*fraction) * time.Microsecond
	}
	if c.Kind == Staffed || c.Kind == BusinessDays || c.Kind == CloseOfBusinessDay {
		if whole := c.Calendar.Staffed(from, due); whole > 0 {
			if at, err := c.Calendar.AddStaffed(from, part(whole)); err == nil {
				return at
			}
		}
	}
	return from.Add(part(due.Sub(from))).UTC()
}

// date is the date of an instant, by civil time.
func (c *Calendar) date(t time.Time) Date {
	date, _ := dateAt(c.civil(t))
	return date
}

// start is when a date begins.
func (c *Calendar) start(date Date) time.Time {
	return time.UnixMicro(c.shows(date.midnight()-2*dayMicros, date.midnight())).UTC()
}

// civil is the local time of an instant as one that never goes back: the earliest that the wall clock shows from then on.
func (c *Calendar) civil(t time.Time) int64 {
	at := t.UnixMicro()
	stretch := stretchAt(c.weekly.zone, at)
	return min(at+stretch.offset, c.then(stretch))
}

// then is the local time that the wall clock shows when the offset changes at the end of a stretch.
func (c *Calendar) then(s stretch) int64 {
	if s.end == math.MaxInt64/2 {
		return s.end
	}
	return s.end + stretchAt(c.weekly.zone, s.end).offset
}

// shows is the first instant not before from at which it is a civil time or later.
func (c *Calendar) shows(from, local int64) int64 {
	for at := from; ; {
		stretch := stretchAt(c.weekly.zone, at)
		if shown := max(at, local-stretch.offset); shown < stretch.end && c.then(stretch) >= local {
			return shown
		}
		at = stretch.end
	}
}

func (c *Calendar) addCivil(from time.Time, d int64) (time.Time, error) {
	local := c.civil(from) + d
	if local > (Date(0).midnight() + (lastYear-1970)*366*dayMicros) {
		return time.Time{}, ErrOutOfRange
	}
	return utc(c.shows(from.UnixMicro(), local))
}

// position counts business days up to an instant, each as 24 h: those that have passed, and what has passed of the staffed time of
// the one that is under way.
func (c *Calendar) position(t time.Time) int64 {
	date := c.date(t)
	whole := c.businessUntil(date) * dayMicros
	if !c.Business(date) {
		return whole
	}
	begin, total := c.day(date)
	if total == 0 { // The hour that the clocks skip was the only one.
		return whole
	}
	return whole + scale(c.Staffed(begin, t).Microseconds(), dayMicros, total, false)
}

// day is when a date begins, and how much of it is staffed.
func (c *Calendar) day(date Date) (begin time.Time, total int64) {
	begin = c.start(date)
	return begin, c.Staffed(begin, c.start(date+1)).Microseconds()
}

// close is when the last staffed time of a business day ends.
func (c *Calendar) close(date Date) (time.Time, error) {
	begin, total := c.day(date)
	if total == 0 {
		return utc(c.start(date + 1).UnixMicro())
	}
	return c.AddStaffed(begin, time.Duration(total)*time.Microsecond)
}

func (c *Calendar) addBusiness(from time.Time, d int64) (time.Time, error) {
	if d/dayMicros > lastYear*366 {
		return time.Time{}, ErrOutOfRange
	}
	number, rest := divFloor(c.position(from)+d, dayMicros)
	if rest == 0 {
		return c.within(number-1, c.close)
	}
	return c.within(number, func(date Date) (time.Time, error) {
		begin, total := c.day(date)
		if total == 0 {
			return utc(c.start(date + 1).UnixMicro())
		}
		return c.AddStaffed(begin, time.Duration(scale(rest, total, dayMicros, true))*time.Microsecond)
	})
}

// within finds an instant of the business day with a number, unless it lies too far ahead.
func (c *Calendar) within(number int64, find func(Date) (time.Time, error)) (time.Time, error) {
	if number > lastYear*366 {
		return time.Time{}, ErrOutOfRange
	}
	date := c.businessDay(number)
	if date.Year() >= lastYear {
		return time.Time{}, ErrOutOfRange
	}
	return find(date)
}

func (c *Calendar) addCloses(from time.Time, days int64) (time.Time, error) {
	date := c.date(from)
	if days > 0 {
		return c.within(c.businessUntil(date+1)+days-1, c.close)
	}
	number := c.businessUntil(date)
	closes, err := c.within(number, c.close)
	if err == nil && !closes.After(from) {
		return c.within(number+1, c.close)
	}
	return closes, err
}

// closes counts the business days after the date of a that have closed by b.
func (c *Calendar) closes(a, b time.Time) int64 {
	first, last := c.date(a)+1, c.date(b)
	if last < first {
		return 0
	}
	sum := c.businessUntil(last) - c.businessUntil(first)
	if !c.Business(last) {
		return sum
	}
	if end, err := c.close(last); err == nil && !end.After(b) {
		sum++
	}
	return sum
}

// scale is a·by/of, exact, rounded down or up. The result must fit.
func scale(a, by, of int64, up bool) int64 {
	high, low := bits.Mul64(uint64(a), uint64(by))
	quotient, rest := bits.Div64(high, low, uint64(of))
	if up && rest > 0 {
		quotient++
	}
	return int64(quotient)
}
