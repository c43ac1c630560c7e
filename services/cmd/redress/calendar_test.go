package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// TestCalendarImport: what is printed stands in a policy as it is.
func TestCalendarImport(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	table := write(t, "days.csv", "date,until,kind,name\n2025-01-01,,holiday,元旦\n2026-02-15,2026-02-23,holiday,春节\n2026-02-14,,make-up,春节\n")
	got := call(t, []string{"calendar", "import", table, "--year", "2026"})
	require.Zero(t, got.code, got.errors)
	own := write(t, "own.yaml", `version: ours
calendars:
  default: office
  calendars:
    - id: office
      time_zone: Asia/Shanghai
      openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "18:00"}]
`+got.out)
	require.Equal(t, 0, call(t, []string{"policy", "check", own}).code)
	printed := call(t, []string{"policy", "print", own}).out
	require.Contains(t, printed, `{date: "2026-02-15", until: "2026-02-23", name: 春节}`)
	require.NotContains(t, printed, "2025-01-01")

	events := write(t, "days.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nSUMMARY:New Year\nEND:VEVENT\n"+
		"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260214\nSUMMARY:Valentine's Day\nDESCRIPTION:Observance\nEND:VEVENT\nEND:VCALENDAR\n")
	got = call(t, []string{"calendar", "import", events})
	require.Zero(t, got.code, got.errors)
	require.Contains(t, got.out, `- {date: "2026-01-01", name: New Year}`)
	require.Contains(t, got.errors, "skipped: "+events+":6 Valentine's Day: it is an observance")

	got = call(t, []string{"calendar", "import", table, "--year", "2027"})
	require.Equal(t, 1, got.code)
	require.Empty(t, got.out)
	require.True(t, strings.HasPrefix(got.errors, table+": has no day in 2027; its days are in 2025, 2026\n"), got.errors)
	require.Contains(t, got.errors, "is refused: 1 mistake")
	require.Equal(t, 2, call(t, []string{"calendar", "import", "none.ics"}).code)
}
