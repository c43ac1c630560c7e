package review_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// yearOfReviews has weekends and holidays off, and makes up for two weeks of days.
const yearOfReviews = `
reviews: {calendar: office, time_zone: %[1]s, catch_up: 14}
calendars:
  calendars:
    - id: office
      time_zone: %[1]s
      openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "18:00"}]
      years:
        - {year: 2026, holidays: [{date: "2026-01-01"}, {date: "2026-03-09"}, {date: "2026-10-01"}], make_up_days: [{date: "2026-03-08"}, {date: "2026-11-01"}]}
`

// livedYear is a year of a firm: when its schedule runs, when the service is away, and what was made.
type livedYear struct {
	*looking

	zone *time.Location
	made map[reviewv1.Review_Kind][]string
}

// TestAYearOfReviews by the service's own periods: each open day, each week and each month has one review, in order, however long the day is and
// though half past midnight may be missing or come twice. Ten days on which the service is away are made up for, of twenty the last fourteen.
func TestAYearOfReviews(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "CLK-2")
	for _, name := range []string{"America/Havana", "Europe/Berlin", "Australia/Lord_Howe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			require.NoError(t, err)
			y := &livedYear{looking: newLooking(t, fmt.Sprintf(yearOfReviews, name)), zone: zone, made: map[reviewv1.Review_Kind][]string{}}
			date := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, zone) }
			for n := range 365 {
				day := date(time.January, 1+n)
				y.ended(1, day, policyv1.Scenario_PRICE, nil)
				away := between(day, date(time.March, 4), date(time.March, 14)) || between(day, date(time.October, 20), date(time.November, 9))
				for _, run := range runs(day.AddDate(0, 0, 1), zone) {
					if !away {
						y.runs(t, run, n%5 == 0)
					}
				}
			}
			y.requireEach(t, date)
		})
	}
}

func between(day, from, until time.Time) bool { return !day.Before(from) && day.Before(until) }

// runs are the times of a day at which its clock shows half past midnight: none or two where the clocks change then.
func runs(day time.Time, zone *time.Location) (list []time.Time) {
	year, month, date := day.Date()
	midnight := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	for at := midnight.Add(-15 * time.Hour); at.Before(midnight.Add(15 * time.Hour)); at = at.Add(15 * time.Minute) {
		if there := at.In(zone); there.Day() == date && there.Hour() == 0 && there.Minute() == 30 {
			list = append(list, at)
		}
	}
	return list
}

// runs does what the schedules' workflow does; twice, as an activity may be.
func (y *livedYear) runs(t *testing.T, at time.Time, twice bool) {
	t.Helper()
	y.now = at.UTC()
	for _, kind := range []reviewv1.Review_Kind{reviewv1.Review_DAILY, reviewv1.Review_WEEKLY, reviewv1.Review_MONTHLY} {
		due, err := y.worker.ListDueReviews(t.Context(), &reviewv1.ListDueReviewsRequest{Kind: kind, AsOf: timestamppb.New(y.now)})
		require.NoError(t, err)
		for _, name := range due.GetNames() {
			for range map[bool]int{false: 1, true: 2}[twice] {
				made, err := y.worker.MakeReview(t.Context(), &reviewv1.MakeReviewRequest{Name: name})
				require.NoError(t, err)
				require.Equal(t, int32(1), made.GetVersion(), "%s is made once", name)
			}
			y.made[kind] = append(y.made[kind], name)
		}
	}
}

// requireEach fails the test unless each period that has to have a review has one, in order, by a calendar that is reckoned here anew.
func (y *livedYear) requireEach(t *testing.T, date func(time.Month, int) time.Time) {
	t.Helper()
	want := map[reviewv1.Review_Kind][]string{}
	for n := range 365 {
		day := date(time.January, 1+n)
		text := day.Format(time.DateOnly)
		open := day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !slices.Contains([]string{"2026-01-01", "2026-03-09", "2026-10-01"}, text)
		open = open || text == "2026-03-08" || text == "2026-11-01"
		// The service comes back on the tenth of November, and makes up for the fourteen days before.
		if open && !between(day, date(time.October, 20), date(time.October, 27)) {
			want[reviewv1.Review_DAILY] = append(want[reviewv1.Review_DAILY], "reviews/daily-"+text)
		}
	}
	for monday := time.Date(2025, time.December, 29, 12, 0, 0, 0, time.UTC); monday.Before(time.Date(2026, time.December, 28, 0, 0, 0, 0, time.UTC)); monday = monday.AddDate(0, 0, 7) {
		want[reviewv1.Review_WEEKLY] = append(want[reviewv1.Review_WEEKLY], "reviews/weekly-"+monday.Format(time.DateOnly))
	}
	for month := time.January; month <= time.December; month++ {
		want[reviewv1.Review_MONTHLY] = append(want[reviewv1.Review_MONTHLY], fmt.Sprintf("reviews/monthly-2026-%02d-01", month))
	}
	require.Equal(t, want, y.made)
}
