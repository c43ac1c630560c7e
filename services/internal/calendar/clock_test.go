package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/calendar"
)

func kinds() []calendar.Kind {
	return []calendar.Kind{
		calendar.Elapsed, calendar.Staffed, calendar.BusinessDays, calendar.CalendarDays, calendar.CloseOfBusinessDay,
	}
}

// office is nine to twelve and one to six from Monday to Friday, with the Spring Festival of 2026 and its make-up days.
func office(t require.TestingT) *calendar.Calendar {
	w := weekly(t, "Asia/Shanghai", workdays())
	monday := time.Monday
	var days []calendar.Exception
	for _, off := range []string{"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23"} {
		days = append(days, calendar.Exception{Date: date(t, off)})
	}
	for _, made := range []string{"2026-02-14", "2026-02-28"} {
		days = append(days, calendar.Exception{Date: date(t, made), Like: &monday})
	}
	c, err := w.Except(days)
	require.NoError(t, err)
	return c
}

func date(t require.TestingT, text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

func local(t require.TestingT, zone *time.Location, text string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	require.NoError(t, err)
	return when
}

func TestClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	c := office(t)
	for name, tc := range map[string]struct {
		kind       calendar.Kind
		d          time.Duration
		from, want string
	}{
		"elapsed":                        {calendar.Elapsed, 24 * time.Hour, "2026-02-13 17:00", "2026-02-14 17:00"},
		"staffed onto the make-up day":   {calendar.Staffed, 2 * time.Hour, "2026-02-13 17:00", "2026-02-14 10:00"},
		"staffed over the holidays":      {calendar.Staffed, 2 * time.Hour, "2026-02-14 17:00", "2026-02-24 10:00"},
		"a business day, same time":      {calendar.BusinessDays, calendar.Day, "2026-02-12 15:00", "2026-02-13 15:00"},
		"from Friday, made up on Sat":    {calendar.BusinessDays, calendar.Day, "2026-02-13 15:00", "2026-02-14 15:00"},
		"over the holidays":              {calendar.BusinessDays, 2 * calendar.Day, "2026-02-13 15:00", "2026-02-24 15:00"},
		"received on a holiday":          {calendar.BusinessDays, calendar.Day, "2026-02-18 11:00", "2026-02-24 18:00"},
		"received after closing":         {calendar.BusinessDays, calendar.Day, "2026-02-12 21:00", "2026-02-13 18:00"},
		"half a day":                     {calendar.BusinessDays, calendar.Day / 2, "2026-02-12 09:00", "2026-02-12 14:15"},
		"calendar days":                  {calendar.CalendarDays, 15 * calendar.Day, "2026-02-13 15:00", "2026-02-28 15:00"},
		"leap day":                       {calendar.CalendarDays, calendar.Day, "2028-02-28 15:00", "2028-02-29 15:00"},
		"close of the next business day": {calendar.CloseOfBusinessDay, calendar.Day, "2026-02-12 10:00", "2026-02-13 18:00"},
		"close of the third":             {calendar.CloseOfBusinessDay, 3 * calendar.Day, "2026-02-12 10:00", "2026-02-24 18:00"},
		"close of the same day":          {calendar.CloseOfBusinessDay, 0, "2026-02-12 10:00", "2026-02-12 18:00"},
		"same day, after closing":        {calendar.CloseOfBusinessDay, 0, "2026-02-12 18:00", "2026-02-13 18:00"},
		"next day, on a holiday":         {calendar.CloseOfBusinessDay, calendar.Day, "2026-02-17 10:00", "2026-02-24 18:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := calendar.Clock{Kind: tc.kind, Calendar: c}
			from := local(t, c.Zone(), tc.from)
			got, err := clock.Add(from, tc.d)
			require.NoError(t, err)
			require.Equal(t, tc.want, got.In(c.Zone()).Format("2006-01-02 15:04"))
			require.Equal(t, time.UTC, got.Location())
			if tc.d > 0 {
				require.Equal(t, tc.d, clock.Measure(from, got))
			}
		})
	}
}

func TestCalendarDaysWhereTheClocksChange(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, tc := range map[string]struct{ zone, from, want string }{
		"an hour shorter":      {"Europe/Berlin", "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00"},
		"a time that is not":   {"Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		"an hour longer":       {"America/New_York", "2026-10-31T12:00:00-04:00", "2026-11-01T12:00:00-05:00"},
		"a time shown twice":   {"America/New_York", "2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-05:00"},
		"in the first hour":    {"America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-02T01:00:00-05:00"},
		"in the second hour":   {"America/New_York", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"},
		"just behind it":       {"America/New_York", "2026-10-31T02:00:00-04:00", "2026-11-01T02:00:00-05:00"},
		"half an hour":         {"Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", "2026-04-05T12:00:00+10:30"},
		"a date that is not":   {"Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		"a leap year's end":    {"Europe/Berlin", "2040-12-31T13:00:00+01:00", "2041-01-01T13:00:00+01:00"},
		"midnight that is not": {"Asia/Beirut", "2026-03-28T00:00:00+02:00", "2026-03-29T01:00:00+03:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := weekly(t, tc.zone, workdays()).Except(nil)
			require.NoError(t, err)
			from, err := time.Parse(time.RFC3339, tc.from)
			require.NoError(t, err)
			got, err := calendar.Clock{Kind: calendar.CalendarDays, Calendar: c}.Add(from, calendar.Day)
			require.NoError(t, err)
			require.Equal(t, tc.want, got.In(c.Zone()).Format(time.RFC3339))
		})
	}
}

// TestClockAgainstMinuteWalk walks through some days, measures naively, and
// holds Measure and Add against it at each minute.
func TestClockAgainstMinuteWalk(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	rapid.Check(t, func(t *rapid.T) {
		from := drawInstant(t).Truncate(time.Minute)
		c, n := drawCalendar(t, from)
		w := n.walk(from)
		kind := rapid.SampledFrom(kinds()).Draw(t, "kind")
		clock := calendar.Clock{Kind: kind, Calendar: c}
		target := rapid.IntRange(1, 5*1440).Draw(t, "minutes")
		for range target {
			next := w.elapsed + time.Minute
			if next%(17*time.Minute) != 0 && next != time.Duration(target)*time.Minute {
				w.step()
				continue
			}
			before := w.measured(kind)
			w.step()
			sum := w.measured(kind)
			require.Equal(t, sum, clock.Measure(from, w.at), "measured from %s to %s", from, w.at)
			if sum > before {
				due, err := clock.Add(from, sum)
				require.NoError(t, err)
				require.False(t, due.After(w.at), "walked to %s, got %s", w.at, due)
				require.True(t, due.After(w.at.Add(-time.Minute)), "walked to %s, got %s", w.at, due)
			}
		}
	})
}

// TestClocksAgree is the contract: what is added is what is measured, and nothing less would do.
func TestClocksAgree(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	rapid.Check(t, func(t *rapid.T) {
		from := drawInstant(t)
		c, _ := drawCalendar(t, from)
		clock := calendar.Clock{Kind: rapid.SampledFrom(kinds()).Draw(t, "kind"), Calendar: c}
		d := time.Duration(rapid.Int64Range(1, 40*24*3600*1e6).Draw(t, "d")) * time.Microsecond
		more := d + time.Duration(rapid.Int64Range(0, 9*24*3600*1e6).Draw(t, "more"))*time.Microsecond
		if clock.Kind == calendar.CloseOfBusinessDay {
			d, more = d.Truncate(calendar.Day)+calendar.Day, more.Truncate(calendar.Day)+calendar.Day
		}
		later := from.Add(time.Duration(rapid.Int64Range(0, 9*24*3600*1e6).Draw(t, "later")) * time.Microsecond)

		due, err := clock.Add(from, d)
		require.NoError(t, err)
		require.GreaterOrEqual(t, clock.Measure(from, due), d, "so much has passed when it is due")
		require.Less(t, clock.Measure(from, due.Add(-time.Microsecond)), d, "and a moment before it has not")
		require.True(t, due.After(from))

		dueMore, err := clock.Add(from, more)
		require.NoError(t, err)
		require.False(t, dueMore.Before(due), "monotone in the amount")
		dueLater, err := clock.Add(later, d)
		require.NoError(t, err)
		require.False(t, dueLater.Before(due), "monotone in the beginning")
		if clock.Kind != calendar.CloseOfBusinessDay {
			require.Equal(t, clock.Measure(from, later)+clock.Measure(later, dueLater), clock.Measure(from, dueLater), "additive")
		}

		part := clock.Part(from, due, 0.5)
		require.False(t, part.Before(from) || part.After(due), "a part of the way lies on it")
	})
}
