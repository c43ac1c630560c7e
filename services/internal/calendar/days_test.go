package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/calendar"
)

func TestExceptRefuses(t *testing.T) {
	t.Parallel()
	w := weekly(t, "UTC", workdays())
	_, err := w.Except([]calendar.Exception{{Date: date(t, "2026-02-15")}, {Date: date(t, "2026-02-14")}, {Date: date(t, "2026-02-15")}})
	require.ErrorContains(t, err, "2026-02-15 is named twice")
	_, err = weekly(t, "UTC", nil).Except(nil)
	require.ErrorIs(t, err, calendar.ErrNeverStaffed)
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2026-02-30", "2026-2-3", "20260203", "2026-02-03T10:00", "0000-00-00"} {
		_, err := calendar.ParseDate(text)
		require.Error(t, err, text)
	}
	for _, text := range []string{"1970-01-01", "1969-12-31", "2028-02-29", "9999-12-31", "0001-01-01"} {
		require.Equal(t, text, date(t, text).String())
	}
	require.Equal(t, 2026, date(t, "2026-12-31").Year())
	require.Equal(t, time.Saturday, date(t, "2026-02-14").Weekday())
}

func TestBusinessDays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	c := office(t)
	for text, want := range map[string]bool{
		"2026-02-13": true, "2026-02-14": true, "2026-02-15": false, "2026-02-16": false, "2026-02-23": false,
		"2026-02-24": true, "2026-02-28": true, "2026-03-01": false,
	} {
		require.Equal(t, want, c.Business(date(t, text)), text)
	}
}

// TestClockOutOfRange: an amount that no calendar reaches is refused, by every kind and at once.
func TestClockOutOfRange(t *testing.T) {
	t.Parallel()
	c := office(t)
	from := local(t, c.Zone(), "2026-02-13 15:00")
	for _, kind := range kinds() {
		clock := calendar.Clock{Kind: kind, Calendar: c}
		_, err := clock.Add(from, -calendar.Day)
		require.ErrorIs(t, err, calendar.ErrOutOfRange, kind)
		_, err = clock.Add(time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC), 30*calendar.Day)
		require.ErrorIs(t, err, calendar.ErrOutOfRange, kind)
		_, err = clock.Add(from, 1<<63-1)
		if kind == calendar.Staffed {
			require.NoError(t, err, "292 years of staffed time fit")
		}
		require.Zero(t, clock.Measure(from, from.Add(-time.Hour)), "time does not run backwards")
	}
}

// TestPart: half of the way of a clock that stands still at night is half of the working time.
func TestPart(t *testing.T) {
	t.Parallel()
	c := office(t)
	from, due := local(t, c.Zone(), "2026-02-12 15:00"), local(t, c.Zone(), "2026-02-13 15:00")
	for kind, want := range map[calendar.Kind]string{
		calendar.Elapsed: "2026-02-13 03:00", calendar.CalendarDays: "2026-02-13 03:00",
		calendar.Staffed: "2026-02-13 09:45", calendar.BusinessDays: "2026-02-13 09:45", calendar.CloseOfBusinessDay: "2026-02-13 09:45",
	} {
		got := calendar.Clock{Kind: kind, Calendar: c}.Part(from, due, 0.5)
		require.Equal(t, want, got.In(c.Zone()).Format("2006-01-02 15:04"), kind)
	}
	night := calendar.Clock{Kind: calendar.Staffed, Calendar: c}.Part(local(t, c.Zone(), "2026-02-12 20:00"), local(t, c.Zone(), "2026-02-12 22:00"), 0.5)
	require.Equal(t, "2026-02-12 21:00", night.In(c.Zone()).Format("2006-01-02 15:04"), "a limit at night leaves no working time")
}

func BenchmarkBusinessDays(b *testing.B) {
	c := office(b)
	from := local(b, c.Zone(), "2026-02-13 15:00")
	clock := calendar.Clock{Kind: calendar.BusinessDays, Calendar: c}
	for b.Loop() {
		if _, err := clock.Add(from, 10*calendar.Day); err != nil {
			b.Fatal(err)
		}
	}
}
