// Package calendar does the arithmetic of clocks (CLK-2): when is the desk
// open, how much time lies between two instants as a clock counts it, and when
// has a given amount of it passed.
//
// An instant is staffed when the wall clock of the table's time zone reads a
// time within one of that weekday's intervals. Everything else follows from
// that one sentence, also on the days the clocks change: an hour that is
// skipped is never staffed, and an hour that the wall clock shows twice is
// staffed twice.
//
// Weekly repeats each week; a Calendar adds holidays and make-up workdays to it.
// A Clock counts by the wall clock, by staffed time or by days of a Calendar.
//
// Results are exact to the microsecond, the precision of all times of record.
package calendar

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	_ "time/tzdata" // Deadlines must not depend on what the machine has installed.
)

const (
	minuteMicros = int64(time.Minute / time.Microsecond)
	dayMicros    = 24 * 60 * minuteMicros
	weekMicros   = 7 * dayMicros
	dayMinutes   = 24 * 60

	// firstSunday is the number of microseconds from 1970-01-01 to the first
	// Sunday, where the local week is taken to begin.
	firstSunday = 3 * dayMicros

	// lastYear is where the search for an instant gives up.
	lastYear = 9999
)

// ErrNeverStaffed is returned when the table has no interval at all, so that
// no amount of waiting would bring staffed time.
var ErrNeverStaffed = errors.New("calendar: the table has no staffed interval")

// ErrOutOfRange is returned for a negative duration, and for one so long that
// the result would lie after the year 9999.
var ErrOutOfRange = errors.New("calendar: duration is negative or too long")

// Interval is one staffed stretch of a day in minutes from local midnight;
// Open is included, Close is not. Close may be 1440, which is 24:00. A shift
// across midnight is written as two intervals.
type Interval struct {
	Open, Close int
}

// span is a staffed stretch of the local week, in microseconds from its Sunday
// midnight, with the staffed time of the week that lies before it.
type span struct {
	open, close, before int64
}

// spanOf is an interval of the day that begins at midnight.
func spanOf(midnight int64, iv Interval) span {
	return span{open: midnight + int64(iv.Open)*minuteMicros, close: midnight + int64(iv.Close)*minuteMicros}
}

// Weekly is a table of staffed hours that repeats each week in one time zone.
// It never changes after New and is safe for concurrent use.
type Weekly struct {
	zone  *time.Location
	spans []span
	total int64
}

// New builds the table. The zone is an IANA name such as "Asia/Shanghai"; a
// weekday that is absent from days is closed. It refuses an unknown zone, the
// names "" and "Local" (they would mean something else on each machine), and
// intervals that are reversed, empty, outside the day or overlapping; intervals
// that touch are fine.
func New(zone string, days map[time.Weekday][]Interval) (*Weekly, error) {
	if zone == "" || zone == "Local" {
		return nil, fmt.Errorf("calendar: %q is not the name of a time zone", zone)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	w := &Weekly{zone: loc}
	for day, intervals := range days {
		if day < time.Sunday || day > time.Saturday {
			return nil, fmt.Errorf("calendar: %d is not a weekday", int(day))
		}
		for _, iv := range intervals {
			if iv.Open < 0 || iv.Close > dayMinutes || iv.Open >= iv.Close {
				return nil, fmt.Errorf("calendar: %s: interval from %s to %s must lie within the day and end after it begins",
					day, clock(iv.Open), clock(iv.Close))
			}
			w.spans = append(w.spans, spanOf(int64(day)*dayMicros, iv))
		}
	}
	sort.Slice(w.spans, func(i, j int) bool { return w.spans[i].open < w.spans[j].open })
	for i := range w.spans {
		s := &w.spans[i]
		if i > 0 && w.spans[i-1].close > s.open {
			return nil, fmt.Errorf("calendar: %s: two intervals overlap at %s",
				time.Weekday(s.open/dayMicros), clock(int(s.open%dayMicros/minuteMicros)))
		}
		s.before = w.total
		w.total += s.close - s.open
	}
	return w, nil
}

// Zone is the time zone of the table.
func (w *Weekly) Zone() *time.Location { return w.zone }

// table answers for the local time of a zone, in microseconds: what is staffed of it, however the days came about.
type table interface {
	// staffedUntil counts staffed time up to the local time; differences of it are what matters.
	staffedUntil(local int64) int64
	// earliest is the inverse: the first local time at which it reaches sum.
	earliest(sum int64) int64
	// openingFrom is the first staffed local time that is not before local.
	openingFrom(local int64) int64
}

// AddStaffed returns the first instant at which d of staffed time has passed
// since from, in UTC. It is never before the next opening: with d zero it is
// that opening (or from itself when the desk is open), and a duration used up
// exactly at closing time ends at closing time, not at the next opening. It
// fails with ErrNeverStaffed or ErrOutOfRange.
func (w *Weekly) AddStaffed(from time.Time, d time.Duration) (time.Time, error) {
	if w.total == 0 {
		return time.Time{}, ErrNeverStaffed
	}
	rest := d.Microseconds()
	if d < 0 || rest/w.total > lastYear*53 {
		return time.Time{}, ErrOutOfRange
	}
	if rest == 0 {
		return w.NextOpening(from), nil
	}
	return addStaffed(w.zone, w, from, rest)
}

// addStaffed walks from one change of the zone's offset to the next.
func addStaffed(zone *time.Location, t table, from time.Time, rest int64) (time.Time, error) {
	for at := from.UnixMicro(); ; {
		stretch := stretchAt(zone, at)
		begin := t.staffedUntil(at + stretch.offset)
		have := t.staffedUntil(stretch.end+stretch.offset) - begin
		if have >= rest {
			return utc(t.earliest(begin+rest) - stretch.offset)
		}
		rest -= have
		if at = stretch.end; time.UnixMicro(at).UTC().Year() > lastYear {
			return time.Time{}, ErrOutOfRange
		}
	}
}

// Staffed returns the staffed time between a and b; zero when b is not after
// a. What exceeds the range of a Duration (292 years) is cut off.
func (w *Weekly) Staffed(a, b time.Time) time.Duration {
	if w.total == 0 {
		return 0
	}
	return staffed(w.zone, w, a, b)
}

func staffed(zone *time.Location, t table, a, b time.Time) time.Duration {
	var sum int64
	for at, until := a.UnixMicro(), b.UnixMicro(); at < until; {
		stretch := stretchAt(zone, at)
		end := min(stretch.end, until)
		sum += t.staffedUntil(end+stretch.offset) - t.staffedUntil(at+stretch.offset)
		at = end
	}
	return time.Duration(min(sum, math.MaxInt64/1000)) * time.Microsecond
}

// NextOpening returns t when the desk is open at t, otherwise the instant when
// it opens next, in UTC. It is the zero time when the table is empty.
func (w *Weekly) NextOpening(t time.Time) time.Time {
	if w.total == 0 {
		return time.Time{}
	}
	return nextOpening(w.zone, w, t)
}

func nextOpening(zone *time.Location, t table, from time.Time) time.Time {
	for at := from.UnixMicro(); ; {
		stretch := stretchAt(zone, at)
		open := t.openingFrom(at+stretch.offset) - stretch.offset
		if open < stretch.end {
			return time.UnixMicro(open).UTC()
		}
		at = stretch.end
	}
}

// stretch is a period over which the zone keeps one offset to UTC, so that
// within it local time is UTC plus that offset and plain arithmetic holds.
type stretch struct {
	end, offset int64
}

// stretchAt returns the stretch that the instant lies in.
func stretchAt(zone *time.Location, at int64) stretch {
	t := time.UnixMicro(at).In(zone)
	_, offset := t.Zone()
	_, end := t.ZoneBounds()
	s := stretch{end: math.MaxInt64 / 2, offset: int64(offset) * int64(time.Second/time.Microsecond)}
	if !end.IsZero() {
		s.end = end.UnixMicro()
	}
	if s.end <= at {
		// On the last day of a leap year ZoneBounds of Go 1.26 may name the end of
		// a year of 365 days. No zone changes on its way to the UTC midnight.
		_, sinceMidnight := divFloor(at, dayMicros)
		s.end = at - sinceMidnight + dayMicros
	}
	return s
}

// staffedUntil counts staffed time from the local week of 1970-01-04 up to the
// local time; differences of it are what matters.
func (w *Weekly) staffedUntil(local int64) int64 {
	week, rest := divFloor(local-firstSunday, weekMicros)
	sum := week * w.total
	// The last span that begins before rest; all earlier ones are complete.
	if i := sort.Search(len(w.spans), func(i int) bool { return w.spans[i].open >= rest }) - 1; i >= 0 {
		s := w.spans[i]
		sum += s.before + min(rest, s.close) - s.open
	}
	return sum
}

// earliest is the inverse of staffedUntil: the first local time at which it
// reaches sum.
func (w *Weekly) earliest(sum int64) int64 {
	week, rest := divFloor(sum-1, w.total)
	rest++ // Between 1 and total, so that a sum used up at closing time stays there.
	i := sort.Search(len(w.spans), func(i int) bool { return w.spans[i].before >= rest }) - 1
	return firstSunday + week*weekMicros + w.spans[i].open + rest - w.spans[i].before
}

// openingFrom returns the first staffed local time that is not before local.
func (w *Weekly) openingFrom(local int64) int64 {
	week, rest := divFloor(local-firstSunday, weekMicros)
	start := local - rest
	i := sort.Search(len(w.spans), func(i int) bool { return w.spans[i].close > rest })
	if i == len(w.spans) {
		start, rest, i = firstSunday+(week+1)*weekMicros, 0, 0
	}
	return start + max(rest, w.spans[i].open)
}

// utc refuses instants after the year that the search stops at.
func utc(at int64) (time.Time, error) {
	t := time.UnixMicro(at).UTC()
	if t.Year() > lastYear {
		return time.Time{}, ErrOutOfRange
	}
	return t, nil
}

// divFloor divides rounding down, also for times before 1970.
func divFloor(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		return quotient - 1, rest + b
	}
	return quotient, rest
}

// clock writes minutes from midnight as a person would.
func clock(minutes int) string {
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}
