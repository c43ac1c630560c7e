// Package period divides time into the days, weeks and months that are reviewed (REV-1), as the calendar of a time zone has them. A day on
// which the clocks change is longer or shorter, and no instant lies in two periods of a kind or in none.
package period

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Periods must not depend on what the machine has installed.

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// ErrInvalid is returned for what is no period.
var ErrInvalid = errors.New("period: there is no such period")

// The years of periods: what lies outside is a mistake, and its times might not fit the databases.
const (
	firstYear = 1970
	lastYear  = 9998
)

// Period is a day, a week from Monday, or a month. The end belongs to the next one.
type Period struct {
	// Kind is how long it is.
	Kind reviewv1.Review_Kind
	// Date is its first date.
	Date Date
	// Start and End are its times, in UTC.
	Start, End time.Time
	zone       *time.Location
}

// Of is the period of a kind in which t lies. Of an unset kind it is the zero value.
func Of(kind reviewv1.Review_Kind, t time.Time, zone *time.Location) Period {
	p := On(kind, dateOf(t.In(zone)), zone)
	for p.Kind != 0 && t.Before(p.Start) { // The clocks went back over midnight, so that the date is shown twice.
		p = p.Before(1)
	}
	for p.Kind != 0 && !t.Before(p.End) {
		p = p.Before(-1)
	}
	return p
}

// On is the period of a kind in which a date lies. Of an unset kind it is the zero value.
func On(kind reviewv1.Review_Kind, d Date, zone *time.Location) Period {
	first := d
	var next Date
	switch kind {
	case reviewv1.Review_DAILY:
		next = d.plus(0, 0, 1)
	case reviewv1.Review_WEEKLY:
		first = d.plus(0, 0, -d.sinceMonday())
		next = first.plus(0, 0, 7)
	case reviewv1.Review_MONTHLY:
		first = Date{d.Year, d.Month, 1}
		next = first.plus(0, 1, 0)
	default:
		return Period{}
	}
	return Period{Kind: kind, Date: first, Start: first.in(zone), End: next.in(zone), zone: zone}
}

// Parse reads the id of a period, such as "weekly-2026-11-16". ErrInvalid for any text but the id of a period.
func Parse(id string, zone *time.Location) (Period, error) {
	name, date, _ := strings.Cut(id, "-")
	kind, ok := reviewv1.Review_Kind_value[strings.ToUpper(name)]
	d, err := ParseDate(date)
	if !ok || kind == 0 || err != nil {
		return Period{}, ErrInvalid
	}
	p := On(reviewv1.Review_Kind(kind), d, zone)
	if p.ID() != id {
		return Period{}, ErrInvalid // Not the first date of its period.
	}
	return p, nil
}

// ID names the period: its kind and its first date.
func (p Period) ID() string { return strings.ToLower(p.Kind.String()) + "-" + p.Date.String() }

// Before is the period that lies n periods before this one, or after it when n is negative.
func (p Period) Before(n int) Period {
	switch p.Kind {
	case reviewv1.Review_MONTHLY:
		return On(p.Kind, p.Date.plus(0, -n, 0), p.zone)
	case reviewv1.Review_WEEKLY:
		return On(p.Kind, p.Date.plus(0, 0, -7*n), p.zone)
	default:
		return On(p.Kind, p.Date.plus(0, 0, -n), p.zone)
	}
}

// Weeks are the n weeks of which the last has the end of the period in it, the earliest first.
func (p Period) Weeks(n int) []Period {
	weeks := make([]Period, n)
	last := Of(reviewv1.Review_WEEKLY, p.End.Add(-time.Microsecond), p.zone)
	for i := range weeks {
		weeks[i] = last.Before(n - 1 - i)
	}
	return weeks
}

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "2026-11-16". ErrInvalid for all else, and for what is beyond all reason.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return Date{}, ErrInvalid
	}
	return dateOf(t), nil
}

// String is the date as "2026-11-16".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

func dateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

func (d Date) plus(years, months, days int) Date {
	return dateOf(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).AddDate(years, months, days))
}

func (d Date) sinceMonday() int {
	weekday := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
	return (int(weekday) + 6) % 7
}

// in is the instant at which the date begins in a zone. Where the clocks skip midnight that is when they jump.
func (d Date) in(zone *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
	if dateOf(t) != d || t.Hour() != 0 || t.Minute() != 0 {
		t = d.afterSkip(zone)
	}
	return t.UTC()
}

// afterSkip is the first instant of a date that has no midnight: that at which the clocks jump over it.
func (d Date) afterSkip(zone *time.Location) time.Time {
	noon := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone)
	start, _ := noon.ZoneBounds()
	return start
}
