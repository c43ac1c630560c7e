package followup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// byOffice is a policy of which the callbacks count business days, one for each severity, and of an urgent one the close of the day.
// Tuesday, 6 January 2026, is a holiday in it, and the Saturday after it makes up for it.
func byOffice() string {
	var text strings.Builder
	text.WriteString(`calendars:
  default: office
  calendars:
    - id: office
      time_zone: Asia/Shanghai
      openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "17:00"}]
      years: [{year: 2026, holidays: [{date: "2026-01-06"}], make_up_days: [{date: "2026-01-10"}]}]
clocks:
`)
	for _, each := range []struct{ severity, callback string }{
		{"LOW", "{days: 4, measure: BUSINESS_DAYS}"}, {"NORMAL", "{days: 4, measure: BUSINESS_DAYS, warn_at: [0.5]}"},
		{"HIGH", "{days: 1, measure: BUSINESS_DAYS}"}, {"URGENT", "{days: 0, measure: CLOSE_OF_BUSINESS_DAY, warn_at: [0.5]}"},
	} {
		fmt.Fprintf(&text, `  - severity: %s
    acknowledge: {within: 60s, measure: ELAPSED}
    contact: {within: 15m, measure: STAFFED}
    first_response: {within: 30m, measure: STAFFED}
    callback: %s
    resolution: {days: 15, measure: CALENDAR_DAYS}
`, each.severity, each.callback)
	}
	return text.String()
}

// TestADutyIsDueByItsClock: a duty is due, warned of and broken by the calendar of its clock, and says so.
func TestADutyIsDueByItsClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	d := newDeskBy(t, byOffice())
	complaint := d.receive(t) // On Monday at ten; the office opened at nine.
	duties := d.duties(t, complaint)
	for id, want := range map[string]struct {
		measure  policyv1.Clock_Measure
		calendar string
		due      time.Duration
	}{
		"1-acknowledge": {policyv1.Clock_ELAPSED, "", time.Minute},
		"1-contact":     {policyv1.Clock_STAFFED, "office", 15 * time.Minute},
		// Wednesday, Thursday, Friday, and the Saturday that makes up for Tuesday.
		"1-callback":   {policyv1.Clock_BUSINESS_DAYS, "office", 5 * 24 * time.Hour},
		"1-resolution": {policyv1.Clock_CALENDAR_DAYS, "office", 15 * 24 * time.Hour},
	} {
		require.Equal(t, want.measure, duties[id].GetMeasure(), id)
		require.Equal(t, want.calendar, duties[id].GetCalendar(), id)
		require.Equal(t, start().Add(want.due), duties[id].GetDueTime().AsTime(), id)
	}
	require.Len(t, duties["1-callback"].GetWarnTimes(), 1)
	require.Equal(t, start().Add(3*24*time.Hour), duties["1-callback"].GetWarnTimes()[0].AsTime(), "after two of the four days, Thursday at ten")

	d.clock.Set(start().Add(5*24*time.Hour - time.Microsecond))
	require.Equal(t, followupv1.Settlement_NOT_DUE, d.settle(t, complaint, "1-callback").GetAnswer())
	require.False(t, d.duties(t, complaint)["1-callback"].GetOverdue())
	d.clock.Set(start().Add(5*24*time.Hour + time.Microsecond))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
}

// TestATightenedDutyGoesByTheClockOfTheNewSeverity, where that one is due earlier; else it goes by its own.
func TestATightenedDutyGoesByTheClockOfTheNewSeverity(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2", "RISK-5")
	d := newDeskBy(t, byOffice())
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Hour))
	d.happens(t, complaint, 1, d.attended(t, policyv1.Severity_NORMAL, policyv1.Severity_URGENT))
	callback := d.duties(t, complaint)["1-callback"]
	require.Equal(t, policyv1.Clock_CLOSE_OF_BUSINESS_DAY, callback.GetMeasure())
	require.Equal(t, start().Add(7*time.Hour), callback.GetDueTime().AsTime(), "today at five")
	require.Len(t, callback.GetWarnTimes(), 1)
	require.Equal(t, start().Add(3*time.Hour+30*time.Minute), callback.GetWarnTimes()[0].AsTime(), "half of the way from its opening")
	require.Equal(t, policyv1.Clock_CALENDAR_DAYS, d.duties(t, complaint)["1-resolution"].GetMeasure(), "which is not due any earlier")
}

// TestAnAuthoritysTimeHasNoClock: it named the time itself.
func TestAnAuthoritysTimeHasNoClock(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2", "REC-1")
	d := newDeskBy(t, byOffice())
	complaint := d.forwarded(t)
	reply := d.duties(t, complaint)["1-authority-reply"]
	require.Equal(t, policyv1.Clock_MEASURE_UNSPECIFIED, reply.GetMeasure())
	require.Empty(t, reply.GetCalendar())
}
