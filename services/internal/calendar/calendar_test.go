package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// workdays is 09:00-12:00 and 13:30-18:00 from Monday to Friday.
func workdays() map[time.Weekday][]calendar.Interval {
	days := map[time.Weekday][]calendar.Interval{}
	for d := time.Monday; d <= time.Friday; d++ {
		days[d] = []calendar.Interval{{Open: 13*60 + 30, Close: 18 * 60}, {Open: 9 * 60, Close: 12 * 60}}
	}
	return days
}

func weekly(t require.TestingT, zone string, days map[time.Weekday][]calendar.Interval) *calendar.Weekly {
	w, err := calendar.New(zone, days)
	require.NoError(t, err)
	return w
}

// at reads a local time of the table's zone.
func at(t require.TestingT, w *calendar.Weekly, local string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04:05", local, w.Zone())
	require.NoError(t, err)
	return when
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	day := func(ivs ...calendar.Interval) map[time.Weekday][]calendar.Interval {
		return map[time.Weekday][]calendar.Interval{time.Monday: ivs}
	}
	for name, tc := range map[string]struct {
		zone, want string
		days       map[time.Weekday][]calendar.Interval
	}{
		"unknown zone":  {"Asia/Atlantis", "Atlantis", nil},
		"empty zone":    {"", "time zone", nil},
		"machine zone":  {"Local", "time zone", nil},
		"reversed":      {"UTC", "Monday: interval from 18:00 to 09:00", day(calendar.Interval{Open: 1080, Close: 540})},
		"empty":         {"UTC", "Monday: interval from 09:00 to 09:00", day(calendar.Interval{Open: 540, Close: 540})},
		"before day":    {"UTC", "within the day", day(calendar.Interval{Open: -1, Close: 540})},
		"after day":     {"UTC", "to 24:01", day(calendar.Interval{Open: 0, Close: 1441})},
		"overlap":       {"UTC", "Monday: two intervals overlap at 09:59", day(calendar.Interval{Open: 599, Close: 700}, calendar.Interval{Open: 540, Close: 600})},
		"same twice":    {"UTC", "overlap", day(calendar.Interval{Open: 1, Close: 2}, calendar.Interval{Open: 1, Close: 2})},
		"not a weekday": {"UTC", "7 is not a weekday", map[time.Weekday][]calendar.Interval{7: {{Open: 0, Close: 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := calendar.New(tc.zone, tc.days)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := calendar.New("UTC", day(calendar.Interval{Open: 540, Close: 600}, calendar.Interval{Open: 600, Close: 1440}))
	require.NoError(t, err, "intervals that touch are fine")
}

func TestAddStaffed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	night := map[time.Weekday][]calendar.Interval{time.Sunday: {{Open: 60, Close: 180}}}
	always := map[time.Weekday][]calendar.Interval{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		always[d] = []calendar.Interval{{Open: 0, Close: 1440}}
	}
	for name, tc := range map[string]struct {
		zone string
		days map[time.Weekday][]calendar.Interval
		from string
		d    time.Duration
		want string
	}{
		"within an interval":            {"Asia/Shanghai", workdays(), "2026-03-02 09:30:00", 15 * time.Minute, "2026-03-02 09:45:00"},
		"over lunch":                    {"Asia/Shanghai", workdays(), "2026-03-02 11:50:00", 15 * time.Minute, "2026-03-02 13:35:00"},
		"over night":                    {"Asia/Shanghai", workdays(), "2026-03-02 17:59:30", time.Minute, "2026-03-03 09:00:30"},
		"over the weekend":              {"Asia/Shanghai", workdays(), "2026-03-06 18:00:00", 15 * time.Minute, "2026-03-09 09:15:00"},
		"used up at closing time":       {"Asia/Shanghai", workdays(), "2026-03-06 17:00:00", time.Hour, "2026-03-06 18:00:00"},
		"zero while open":               {"Asia/Shanghai", workdays(), "2026-03-06 17:00:00", 0, "2026-03-06 17:00:00"},
		"zero while closed":             {"Asia/Shanghai", workdays(), "2026-03-07 17:00:00", 0, "2026-03-09 09:00:00"},
		"zero at closing time":          {"Asia/Shanghai", workdays(), "2026-03-06 18:00:00", 0, "2026-03-09 09:00:00"},
		"a week of work":                {"Asia/Shanghai", workdays(), "2026-03-04 10:00:00", 37*time.Hour + 30*time.Minute, "2026-03-11 10:00:00"},
		"before 1970":                   {"UTC", workdays(), "1969-12-31 17:59:00", 2 * time.Minute, "1970-01-01 09:01:00"},
		"always open is elapsed":        {"Asia/Shanghai", always, "2026-03-06 17:00:00", 24 * time.Hour, "2026-03-07 17:00:00"},
		"hour skipped in spring":        {"Europe/Berlin", night, "2026-03-29 00:00:00", time.Hour, "2026-03-29 03:00:00"},
		"spring takes the rest later":   {"Europe/Berlin", night, "2026-03-29 00:00:00", 90 * time.Minute, "2026-04-05 01:30:00"},
		"hour shown twice in autumn":    {"Europe/Berlin", night, "2026-10-25 00:00:00", 150 * time.Minute, "2026-10-25 02:30:00"},
		"always open over spring":       {"Europe/Berlin", always, "2026-03-28 12:00:00", 24 * time.Hour, "2026-03-29 13:00:00"},
		"last day of a leap year":       {"Europe/Berlin", always, "2040-12-31 13:00:00", 24 * time.Hour, "2041-01-01 13:00:00"},
		"half-hour zone southern hemis": {"Australia/Lord_Howe", always, "2026-04-04 12:00:00", 24 * time.Hour, "2026-04-05 11:30:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := weekly(t, tc.zone, tc.days)
			got, err := w.AddStaffed(at(t, w, tc.from), tc.d)
			require.NoError(t, err)
			require.Equal(t, tc.want, got.In(w.Zone()).Format("2006-01-02 15:04:05"))
			require.Equal(t, time.UTC, got.Location())
		})
	}
}

func TestNeverStaffed(t *testing.T) {
	t.Parallel()
	w := weekly(t, "UTC", nil)
	from := at(t, w, "2026-03-06 17:00:00")
	_, err := w.AddStaffed(from, 0)
	require.ErrorIs(t, err, calendar.ErrNeverStaffed)
	require.True(t, w.NextOpening(from).IsZero())
	require.Zero(t, w.Staffed(from, from.AddDate(1, 0, 0)))
}

func TestOutOfRange(t *testing.T) {
	t.Parallel()
	w := weekly(t, "Europe/Berlin", map[time.Weekday][]calendar.Interval{time.Monday: {{Open: 0, Close: 1}}})
	from := at(t, w, "2026-03-06 17:00:00")
	_, err := w.AddStaffed(from, -1)
	require.ErrorIs(t, err, calendar.ErrOutOfRange)
	_, err = w.AddStaffed(from, 1<<63-1)
	require.ErrorIs(t, err, calendar.ErrOutOfRange)
	_, err = weekly(t, "UTC", map[time.Weekday][]calendar.Interval{time.Monday: {{Open: 0, Close: 1}}}).AddStaffed(from, 1<<63-1)
	require.ErrorIs(t, err, calendar.ErrOutOfRange, "a zone without changes has one endless stretch")
	require.Zero(t, w.Staffed(from, from.Add(-time.Hour)), "time does not run backwards")
}

// TestLongDurationIsFast: a century of staffed time must not be walked by the
// minute, or even by the day.
func TestLongDurationIsFast(t *testing.T) {
	t.Parallel()
	w := weekly(t, "Europe/Berlin", workdays())
	from := at(t, w, "2026-03-06 17:00:00")
	begin := time.Now()
	for range 100 {
		until, err := w.AddStaffed(from, 100_000*time.Hour)
		require.NoError(t, err)
		require.Equal(t, 100_000*time.Hour, w.Staffed(from, until))
	}
	require.Less(t, time.Since(begin), time.Second)
}

// drawTable draws up to three intervals for each weekday, in a zone with a
// habit worth testing.
func drawTable(t *rapid.T) (*calendar.Weekly, map[time.Weekday][]calendar.Interval) {
	zone := rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}).Draw(t, "zone")
	days := map[time.Weekday][]calendar.Interval{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		last := 0
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			if last >= 1440 {
				break
			}
			open := rapid.IntRange(last, 1439).Draw(t, "open")
			last = rapid.IntRange(open+1, 1440).Draw(t, "close")
			days[d] = append(days[d], calendar.Interval{Open: open, Close: last})
		}
	}
	if len(days) == 0 {
		days[time.Tuesday] = []calendar.Interval{{Open: 0, Close: 1}}
	}
	return weekly(t, zone, days), days
}

// drawInstant prefers the neighbourhood of clock changes.
func drawInstant(t *rapid.T) time.Time {
	near := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC),
		time.Date(2040, 12, 31, 12, 0, 0, 0, time.UTC),
		time.Date(1969, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	}).Draw(t, "near")
	return near.Add(time.Duration(rapid.Int64Range(-4*24*3600*1e6, 4*24*3600*1e6).Draw(t, "micros")) * time.Microsecond)
}

// staffed is the definition of the package, read off the wall clock.
func staffed(w *calendar.Weekly, days map[time.Weekday][]calendar.Interval, t time.Time) bool {
	local := t.In(w.Zone())
	minute := local.Hour()*60 + local.Minute()
	for _, iv := range days[local.Weekday()] {
		if iv.Open <= minute && minute < iv.Close {
			return true
		}
	}
	return false
}

func TestAgainstMinuteWalk(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	rapid.Check(t, func(t *rapid.T) {
		w, days := drawTable(t)
		from := drawInstant(t).Truncate(time.Minute)
		minutes := rapid.IntRange(1, 3*1440).Draw(t, "minutes")
		until := from
		var sum time.Duration
		opening := time.Time{}
		for range minutes {
			if staffed(w, days, until) {
				if opening.IsZero() {
					opening = until
				}
				sum += time.Minute
			}
			until = until.Add(time.Minute)
			if sum > 0 {
				due, err := w.AddStaffed(from, sum)
				require.NoError(t, err)
				require.False(t, due.After(until), "walked to %s, got %s", until, due)
			}
		}
		require.Equal(t, sum, w.Staffed(from, until))
		if !opening.IsZero() {
			require.True(t, opening.Equal(w.NextOpening(from)))
		} else {
			require.False(t, w.NextOpening(from).Before(until))
		}
	})
}

func TestAddStaffedProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, days := drawTable(t)
		from := drawInstant(t)
		d := time.Duration(rapid.Int64Range(0, 400*3600*1e6).Draw(t, "d")) * time.Microsecond
		more := d + time.Duration(rapid.Int64Range(0, 100*3600*1e6).Draw(t, "more"))*time.Microsecond
		later := from.Add(time.Duration(rapid.Int64Range(0, 100*3600*1e6).Draw(t, "later")) * time.Microsecond)

		due, err := w.AddStaffed(from, d)
		require.NoError(t, err)
		require.Equal(t, d, w.Staffed(from, due), "what was added is what lies between")
		require.False(t, due.Before(w.NextOpening(from)), "never before the next opening")
		require.True(t, staffed(w, days, due) || staffed(w, days, due.Add(-time.Microsecond)), "within or at the end of an interval")

		dueMore, err := w.AddStaffed(from, more)
		require.NoError(t, err)
		require.False(t, dueMore.Before(due), "monotone in the duration")
		dueLater, err := w.AddStaffed(later, d)
		require.NoError(t, err)
		require.False(t, dueLater.Before(due), "monotone in the start")
		require.Equal(t, w.Staffed(from, later)+w.Staffed(later, dueLater), w.Staffed(from, dueLater), "additive")
	})
}

func BenchmarkAddStaffed(b *testing.B) {
	w := weekly(b, "Europe/Berlin", workdays())
	from := at(b, w, "2026-03-06 17:00:00")
	for b.Loop() {
		if _, err := w.AddStaffed(from, 72*time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
