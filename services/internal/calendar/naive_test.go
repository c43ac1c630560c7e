package calendar_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/redress-dev/redress/services/internal/calendar"
)

// naive is the definition of the package read off the wall clock, minute by
// minute: it knows nothing of weeks, offsets and sums. All its tables change on
// whole minutes, and so do the zones that are drawn.
type naive struct {
	zone   *time.Location
	days   map[time.Weekday][]calendar.Interval
	except map[string]*time.Weekday // by date; nil for closed
}

const onDate = "2006-01-02"

// intervals are those of the date that the instant reads.
func (n naive) intervals(t time.Time) []calendar.Interval {
	local := t.In(n.zone)
	if like, found := n.except[local.Format(onDate)]; found {
		if like == nil {
			return nil
		}
		return n.days[*like]
	}
	return n.days[local.Weekday()]
}

func (n naive) open(t time.Time) bool {
	local := t.In(n.zone)
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(n.intervals(t), func(iv calendar.Interval) bool { return iv.Open <= minute && minute < iv.Close })
}

// instants are the minutes of the date that an instant reads, around it.
func (n naive) instants(t time.Time) []time.Time {
	date := t.In(n.zone).Format(onDate)
	var all []time.Time
	for at := t.Truncate(time.Minute).Add(-27 * time.Hour); at.Before(t.Add(27 * time.Hour)); at = at.Add(time.Minute) {
		if at.In(n.zone).Format(onDate) == date {
			all = append(all, at)
		}
	}
	return all
}

// minutesOpen is how many minutes of the date of t are open, and how many of them lie before t.
func (n naive) minutesOpen(t time.Time) (all, before int64) {
	for _, at := range n.instants(t) {
		if n.open(at) {
			all++
			if at.Before(t) {
				before++
			}
		}
	}
	return all, before
}

// walker measures while time goes on, minute by minute.
type walker struct {
	naive

	from, at         time.Time
	elapsed, staffed time.Duration
	// whole is how many business days have ended, as of this date; the others are of the date under way.
	whole              int64
	all, before, first int64 // open minutes of the date, those that have passed, and those that had passed at the beginning
	firstAll           int64
	closes             int64
}

func (n naive) walk(from time.Time) *walker {
	w := &walker{naive: n, from: from, at: from}
	w.all, w.before = n.minutesOpen(from)
	w.first, w.firstAll = w.before, w.all
	return w
}

// civil is the earliest local time that the wall clock shows from an instant on, as if it were UTC.
func (n naive) civil(t time.Time) time.Time {
	var earliest time.Time
	for at := t; at.Before(t.Add(4 * time.Hour)); at = at.Add(time.Minute) {
		local := at.In(n.zone)
		shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
		if earliest.IsZero() || shown.Before(earliest) {
			earliest = shown
		}
	}
	return earliest
}

// step goes on by a minute.
func (w *walker) step() {
	open := w.open(w.at)
	date := w.at.In(w.zone).Format(onDate)
	business := len(w.intervals(w.at)) > 0
	w.at = w.at.Add(time.Minute)
	w.elapsed += time.Minute
	if open {
		w.staffed += time.Minute
		w.before++
		if w.before == w.all && date != w.from.In(w.zone).Format(onDate) {
			w.closes++
		}
	}
	if w.at.In(w.zone).Format(onDate) == date {
		return
	}
	if business {
		w.whole++
		if w.all == 0 && date != w.from.In(w.zone).Format(onDate) {
			w.closes++ // The hour that the clocks skip was the only one: it ends with the date.
		}
	}
	w.all, w.before = w.minutesOpen(w.at)
}

// measured is what has passed by each kind.
func (w *walker) measured(kind calendar.Kind) time.Duration {
	switch kind {
	case calendar.Staffed:
		return w.staffed
	case calendar.CalendarDays:
		return w.civil(w.at).Sub(w.civil(w.from))
	case calendar.BusinessDays:
		return time.Duration(w.whole)*calendar.Day + passed(w.before, w.all) - passed(w.first, w.firstAll)
	case calendar.CloseOfBusinessDay:
		return time.Duration(w.closes) * calendar.Day
	default:
		return w.elapsed
	}
}

// passed is the part of a day that has passed, in whole microseconds.
func passed(before, all int64) time.Duration {
	if all == 0 {
		return 0
	}
	return time.Duration(before*calendar.Day.Microseconds()/all) * time.Microsecond
}

// drawCalendar is a table with exceptions around the instants that drawInstant prefers.
func drawCalendar(t *rapid.T, around time.Time) (*calendar.Calendar, naive) {
	w, days := drawTable(t)
	n := naive{zone: w.Zone(), days: days, except: map[string]*time.Weekday{}}
	var exceptions []calendar.Exception
	for range rapid.IntRange(0, 6).Draw(t, "exceptions") {
		date := calendar.DateOf(around) + calendar.Date(rapid.IntRange(-4, 8).Draw(t, "date"))
		if _, known := n.except[date.String()]; known {
			continue
		}
		var like *time.Weekday
		if rapid.Bool().Draw(t, "make-up") {
			day := time.Weekday(rapid.IntRange(0, 6).Draw(t, "like"))
			like = &day
		}
		n.except[date.String()] = like
		exceptions = append(exceptions, calendar.Exception{Date: date, Like: like})
	}
	c, err := w.Except(exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return c, n
}
