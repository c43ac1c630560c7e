package followup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// someClock is a clock of any kind, by a week of random openings with random days off and make-up days, in zones that change their clocks.
func someClock(t *rapid.T) calendar.Clock {
	days := map[time.Weekday][]calendar.Interval{}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if day != time.Monday && rapid.IntRange(0, 2).Draw(t, "closed") == 0 {
			continue
		}
		opens := rapid.IntRange(0, 12*60).Draw(t, "open")
		days[day] = []calendar.Interval{{Open: opens, Close: rapid.IntRange(opens+1, 24*60).Draw(t, "close")}}
	}
	zone := rapid.SampledFrom([]string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone")
	weekly, err := calendar.New(zone, days)
	require.NoError(t, err)
	var except []calendar.Exception
	monday, seen := time.Monday, map[calendar.Date]bool{}
	for range rapid.IntRange(0, 6).Draw(t, "exceptions") {
		date, err := calendar.ParseDate(start().AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "date")).Format(time.DateOnly))
		require.NoError(t, err)
		if seen[date] {
			continue
		}
		seen[date] = true
		e := calendar.Exception{Date: date}
		if rapid.Bool().Draw(t, "make-up") {
			e.Like = &monday
		}
		except = append(except, e)
	}
	all, err := weekly.Except(except)
	require.NoError(t, err)
	return calendar.Clock{Kind: rapid.SampledFrom([]calendar.Kind{
		calendar.Elapsed, calendar.Staffed, calendar.BusinessDays, calendar.CalendarDays, calendar.CloseOfBusinessDay,
	}).Draw(t, "kind"), Calendar: all}
}

// pausedDuty is a resolution with warnings, and the pause of it, all at random.
func pausedDuty(t *rapid.T) (d *followup.Duty, p followup.Pause) {
	minutes := func(name string, from, to int) time.Time {
		return start().Add(time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute)
	}
	duty := callbackDuty()
	d = &duty
	d.Kind, d.OpenTime, d.DueTime = policyv1.DutyKind_RESOLUTION, start(), minutes("due", 2, 200*24*60)
	due := int(d.DueTime.Sub(start()) / time.Minute)
	d.WarnTimes = nil
	for range rapid.IntRange(0, 4).Draw(t, "warnings") {
		d.WarnTimes = append(d.WarnTimes, minutes("warning", 1, due-1))
	}
	slices.SortFunc(d.WarnTimes, time.Time.Compare)
	d.WarnTimes = slices.CompactFunc(d.WarnTimes, time.Time.Equal)
	p.BeginTime = minutes("begins", 0, due-1)
	p.LimitTime = p.BeginTime.Add(time.Duration(rapid.IntRange(1, 30*24*60).Draw(t, "limit")) * time.Minute)
	return d, p
}

// TestAPauseMovesTheDueTimeByWhatItMeasures: over random calendars the due time moves by exactly what the clock stood still, as it counts, and
// never before the moment at which it goes on; no warning that was to come is lost, and none that was there moves.
func TestAPauseMovesTheDueTimeByWhatItMeasures(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-2")
	rapid.Check(t, func(t *rapid.T) {
		clock := someClock(t)
		d, p := pausedDuty(t)
		due, warnings := d.DueTime, slices.Clone(d.WarnTimes)
		d.Pause(p, clock)
		moved(t, clock, d, p.BeginTime, p.LimitTime, due, warnings)
		require.False(t, d.DueTime.Before(p.LimitTime), "nothing is due while its clock stands still")

		end := p.BeginTime.Add(time.Duration(rapid.Int64Range(0, int64(p.LimitTime.Sub(p.BeginTime))-1).Draw(t, "ends"))).Truncate(time.Microsecond)
		outcome, resumed := d.Resume(end, followupv1.Pause_RESUMED, "", clock, end)
		require.True(t, resumed)
		require.Equal(t, followup.Unchanged, outcome)
		moved(t, clock, d, p.BeginTime, end, due, warnings)
		require.EqualValues(t, 2, d.Moves)
	})
}

// moved checks the times of a duty after a pause.
func moved(t *rapid.T, clock calendar.Clock, d *followup.Duty, begin, end, due time.Time, warnings []time.Time) {
	paused := clock.Measure(begin, end)
	switch {
	case d.DueTime.Equal(end) && clock.Measure(due, end) >= paused: // Nothing was left, and nobody is at work.
	case paused == 0:
		require.Equal(t, due, d.DueTime)
	default:
		require.GreaterOrEqual(t, clock.Measure(due, d.DueTime), paused)
		require.Less(t, clock.Measure(due, d.DueTime.Add(-time.Microsecond)), paused, "it is the first instant")
	}
	require.Len(t, d.WarnTimes, len(warnings))
	last := time.Time{}
	for i, at := range d.WarnTimes {
		require.True(t, at.After(last) && at.Before(d.DueTime), "warnings stay apart, and before the due time")
		last = at
		if !warnings[i].After(begin) {
			require.Equal(t, warnings[i], at, "what was there stays")
			continue
		}
		require.False(t, at.Before(warnings[i]))
		require.False(t, at.Before(end.Add(-10*time.Microsecond)), "none is to come while the clock stands still")
	}
}

// TestVerdictDependsOnTimesAloneWhenPaused: a fact, what ends the pause and questions come in any order; the verdict is what their times say.
func TestVerdictDependsOnTimesAloneWhenPaused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-1", "CLK-3")
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string, from, to int) time.Time {
			return start().Add(time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute)
		}
		clock := calendar.Clock{Kind: calendar.Elapsed}
		d, now := callbackDuty(), start().Add(1000*time.Minute)
		d.DueTime = at("due", 20, 60)
		begin, limit := start().Add(10*time.Minute), at("limit", 11, 80)
		wrote, fact, due := at("wrote", 11, 200), at("fact", 0, 200), d.DueTime
		d.Pause(followup.Pause{BeginTime: begin, LimitTime: limit}, clock)
		met2 := func() {
			d.Meet(reached(fact), now)
			if d.State == followupv1.Duty_KEPT { // As the ledger does.
				later := fact
				if later.Before(begin) {
					later = begin
				}
				d.Resume(later, followupv1.Pause_SETTLED, "", clock, now)
			}
		}
		steps := []func(){met2, func() { d.Resume(wrote, followupv1.Pause_CUSTOMER_WROTE, "m", clock, now) }, func() { d.Settle(now) }}
		for _, i := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "order") {
			steps[i]()
		}
		ends := limit
		if wrote.Before(ends) {
			ends = wrote
		}
		wanted, last := met, due.Add(ends.Sub(begin))
		if fact.After(last) {
			wanted = late
		}
		require.Equal(t, wanted, d.Verdict)
		require.Equal(t, followupv1.Duty_KEPT, d.State)
	})
}

// TestBudgetLeavesPausesOut: what a clock allows stays what it was, and what has passed stands still with it.
func TestBudgetLeavesPausesOut(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3")
	clock, minute := calendar.Clock{Kind: calendar.Elapsed}, func(m int) time.Time { return start().Add(time.Duration(m) * time.Minute) }
	d := callbackDuty()
	d.DueTime = minute(100)
	d.Pause(followup.Pause{BeginTime: minute(40), LimitTime: minute(90)}, clock)
	for at, wanted := range map[int]int{10: 10, 40: 40, 60: 40, 90: 40, 95: 45} {
		total, used := d.Budget(clock, minute(at))
		require.Equal(t, 100*time.Minute, total)
		require.Equal(t, time.Duration(wanted)*time.Minute, used, at)
	}
	d.Resume(minute(60), followupv1.Pause_RESUMED, "", clock, minute(60))
	total, used := d.Budget(clock, minute(130))
	require.Equal(t, 100*time.Minute, total)
	require.Equal(t, 110*time.Minute, used, "overdue by ten")
}
