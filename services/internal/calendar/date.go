package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the civil calendar, as a number of days since 1970-01-01. Dates are compared and counted as numbers.
type Date int32

// ParseDate reads a date as people write it, "2026-02-15". It refuses one that does not exist, such as 2026-02-30.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is no date such as 2026-02-15", text)
	}
	return DateOf(t), nil
}

// DateOf is the date that the time reads in its own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// String writes it as ParseDate reads it.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Year is the year that it lies in.
func (d Date) Year() int { return d.utc().Year() }

// Weekday is its day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

func (d Date) utc() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// midnight is when it begins, as local time.
func (d Date) midnight() int64 { return int64(d) * dayMicros }

// dateAt is the date that a local time lies on, with how much of it has passed.
func dateAt(local int64) (Date, int64) {
	day, rest := divFloor(local, dayMicros)
	return Date(day), rest
}
