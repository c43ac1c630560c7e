package policy

import (
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// Weekly builds the calendar of a table of openings (CLK-2). It fails for
// an unknown time zone and for openings that are reversed or overlap.
func Weekly(hours *policyv1.StaffedHours) (*calendar.Weekly, error) {
	days := make(map[time.Weekday][]calendar.Interval)
	for _, opening := range hours.GetOpenings() {
		for _, day := range opening.GetDays() {
			weekday := weekdayOf(day)
			days[weekday] = append(days[weekday], calendar.Interval{
				Open:  minuteOf(opening.GetFrom()),
				Close: minuteOf(opening.GetTo()),
			})
		}
	}
	return calendar.New(hours.GetTimeZone(), days)
}

// weekdayOf is a day as Go counts it: Sunday 0 … Saturday 6. The table counts MONDAY 1 … SUNDAY 7.
func weekdayOf(day policyv1.Opening_Day) time.Weekday { return time.Weekday(int(day) % 7) }

// minuteOf reads "HH:MM", whose form the contract has already checked, as
// minutes from midnight.
func minuteOf(clock string) int {
	digit := func(i int) int { return int(clock[i] - '0') }
	return (digit(0)*10+digit(1))*60 + digit(3)*10 + digit(4)
}
