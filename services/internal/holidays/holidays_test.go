package holidays_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/holidays"
	"github.com/redress-dev/redress/services/internal/policy"
)

// ics is an iCalendar file of events, each written as lines.
func ics(events ...string) string {
	var out strings.Builder
	out.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n")
	for _, event := range events {
		out.WriteString("BEGIN:VEVENT\r\n" + strings.ReplaceAll(event, "\n", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	return out.String() + "END:VCALENDAR\r\n"
}

func read(t *testing.T, text string, years ...int) (string, []string) {
	t.Helper()
	list, err := holidays.Read([]byte(text), "days", years...)
	require.NoError(t, err)
	out, err := policy.FormatYears(list.Years)
	require.NoError(t, err)
	return string(out), list.Skipped
}

// spring is the Spring Festival of 2026 as a policy has it.
const spring = `      years:
        - year: 2026
          holidays:
            - {date: "2026-01-01", name: 元旦}
            - {date: "2026-02-15", until: "2026-02-17", name: 春节}
          make_up_days:
            - {date: "2026-02-14", name: 春节}
`

// TestRead: the same days in all the ways in which they are published.
func TestRead(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, text := range map[string]string{
		"marked events": ics(
			"DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260102\nSUMMARY:元旦（休）\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
			"DTSTART;VALUE=DATE:20260214\nSUMMARY:情人节",
			"DTSTART;VALUE=DATE:20260214\nSUMMARY:春节（班）\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
			"DTSTART;VALUE=DATE:20260215\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:春节（休）\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
		),
		"an event for each day": ics(
			"DTSTART;VALUE=DATE:20260216\nDTEND;VALUE=DATE:20260217\nSUMMARY:春节 假期 第2天/共3天", "DTSTART;VALUE=DATE:20260215\nSUMMARY:春节 假期 第1天/共3天",
			"DTSTART;VALUE=DATE:20260217\nSUMMARY:春节 假期 第3天/共3天", "DTSTART;VALUE=DATE:20260214\nSUMMARY:春节 补班 第1天/共1天",
			"DTSTART;VALUE=DATE:20260101\nSUMMARY:元旦 假期",
		),
		"by category": ics(
			"DTSTART;VALUE=DATE:20260214\nDTEND;VALUE=DATE:20260215\nSUMMARY:春节调休\nCATEGORIES:上班",
			"DTSTART;VALUE=DATE:20260215\nDTEND;VALUE=DATE:20260218\nSUMMARY:春节假期\nCATEGORIES:假期", "DTSTART;VALUE=DATE:20260101\nDURATION:P1D\nSUMMARY:元旦",
		),
		"in a time zone": ics(
			"DTSTART;TZID=Asia/Shanghai:20260101T000000\nDTEND;TZID=Asia/Shanghai:20260102T000000\nSUMMARY:元旦", "DTSTART;VALUE=DATE:20260214\nSUMMARY:春节补班",
			"DTSTART;VALUE=DATE:20260215\nDTEND;VALUE=DATE:20260218\nSUMMARY:春节",
		),
		"a table":                 "date,until,kind,name\n2026-02-15,2026-02-17,holiday,春节\n2026-01-01,,holiday,元旦\n2026-02-14,,make-up,春节\n",
		"a spreadsheet's":         "\ufeffDate;Kind;Name\r\n2026/2/14;班;春节\r\n2026/1/1;休;元旦\r\n2026/2/15;休;春节\r\n2026/2/16;休;春节\r\n2026/2/17;休;春节\r\n",
		"tabs, and quoted values": "kind\tdate\tname\nholiday\t\"2026-01-01\"\t元旦\n放假\t20260215\t春节\n放假\t20260216\t春节\n放假\t2026年2月17日\t春节\n补班\t2026-2-14\t春节\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := read(t, text)
			require.Equal(t, spring, got)
		})
	}
}

// TestYears: of a list of several years those are taken that are asked for, and what crosses the new year is parted.
func TestYears(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	table := "date,until,kind,name,as\n2025-12-31,2026-01-02,holiday,New Year,\n2026-05-09,,make-up,Labour Day,FRIDAY\n2027-05-01,,holiday,Labour Day,\n"
	got, _ := read(t, table, 2026)
	require.Equal(t, `      years:
        - year: 2026
          holidays:
            - {date: "2026-01-01", until: "2026-01-02", name: New Year}
          make_up_days:
            - {date: "2026-05-09", name: Labour Day, as: FRIDAY}
`, got)
	for _, year := range []string{"- year: 2025", "- year: 2026", "- year: 2027"} {
		all, _ := read(t, table)
		require.Contains(t, all, year)
	}
	forever := ics("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270501\nSUMMARY:Labour Day",
		"DTSTART;VALUE=DATE:20271231\nSUMMARY:Bank Holiday")
	got, _ = read(t, forever, 2026, 2027)
	require.Equal(t, 1, strings.Count(got, "Labour Day"), got)
	require.Contains(t, got, `"2026-05-01"`)
}

func TestSkipped(t *testing.T) {
	t.Parallel()
	_, skipped := read(t, ics("DTSTART;VALUE=DATE:20260101\nSUMMARY:New Year\nDESCRIPTION:Public holiday",
		"DTSTART;VALUE=DATE:20260214\nSUMMARY:Valentine's Day\nDESCRIPTION:Observance", "DTSTART;VALUE=DATE:20260501\nSUMMARY:Labour Day\nSTATUS:CANCELLED"))
	require.Equal(t, []string{
		"days:9 Valentine's Day: it is an observance, on which people work", "days:14 Labour Day: it is cancelled",
	}, skipped)
}

// TestRefused: each mistake with its line and field.
func TestRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, tc := range map[string]struct {
		text, want string
		years      []int
	}{
		"empty":                  {"", "days: is empty", nil},
		"nothing in it":          {"date,kind\n", "days: has no day off and no make-up workday", nil},
		"no calendar":            {"BEGIN:VCALENDAR\nnonsense\n", "days: is no iCalendar file", nil},
		"cut off":                {strings.TrimSuffix(ics("DTSTART;VALUE=DATE:20260101\nSUMMARY:x"), "END:VCALENDAR\r\n"), "days: is no iCalendar file", nil},
		"unknown column":         {"date,kind,colour\n", "days:1 colour: no such column", nil},
		"missing column":         {"date,name\n", "days:1 kind: the table has no such column", nil},
		"too many values":        {"date,kind\n2026-01-01,holiday,x\n", "days:2 wrong number of fields", nil},
		"no date":                {"date,kind\n2026-02-30,holiday\n", `days:2 date: "2026-02-30" is no date`, nil},
		"backwards":              {"date,until,kind\n2026-02-15,2026-02-14,holiday\n", "days:2 until: 2026-02-14 is not within a year after", nil},
		"no kind":                {"date,kind\n2026-02-15,maybe\n", `days:2 kind: "maybe" is neither`, nil},
		"no weekday":             {"date,kind,as\n2026-02-15,班,Mo\n", `days:2 as: "Mo" is no weekday`, nil},
		"hours of a holiday":     {"date,kind,as\n2026-02-15,休,MONDAY\n", "days:2 as: a holiday has no hours", nil},
		"holiday and make-up":    {"date,until,kind\n2026-02-15,2026-02-17,休\n2026-02-16,,班\n", "days:3 date: 2026-02-16 is both a holiday and a make-up workday, see line 2", nil},
		"wrong year":             {"date,kind\n2025-02-15,休\n2024-02-15,休\n", "days: has no day in 2026; its days are in 2024, 2025", []int{2026}},
		"wrong year of events":   {ics("DTSTART;VALUE=DATE:20250101\nSUMMARY:元旦"), "days: has no day in 2026; its days are in 2025", []int{2026}},
		"a meeting":              {ics("DTSTART:20260101T100000Z\nDTEND:20260101T110000Z\nSUMMARY:Meeting"), `days:4 DTSTART: "Meeting" is no event of whole days`, nil},
		"no beginning":           {ics("SUMMARY:x"), "days:4 DTSTART: the event has no day", nil},
		"ends before it begins":  {ics("DTSTART;VALUE=DATE:20260102\nDTEND;VALUE=DATE:20260101\nSUMMARY:x"), "days:4 DTSTART:", nil},
		"longer than a year":     {ics("DTSTART;VALUE=DATE:20260102\nDTEND;VALUE=DATE:20290101\nSUMMARY:x"), "days:4 DTEND: the event is longer", nil},
		"forever":                {ics("DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY\nSUMMARY:x"), "days:4 RRULE: it repeats for ever", nil},
		"by the second":          {ics("DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=SECONDLY;COUNT=3\nSUMMARY:x"), "days:4 RRULE: whole days", nil},
		"no rule":                {ics("DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=SOMETIMES\nSUMMARY:x"), "days:4 RRULE:", nil},
		"read in both ways":      {ics("DTSTART;VALUE=DATE:20260102\nSUMMARY:春节调休"), `days:4 SUMMARY: "春节调休" may be`, nil},
		"work and rest at once":  {ics("DTSTART;VALUE=DATE:20260102\nSUMMARY:春节补班休"), "days:4 SUMMARY:", nil},
		"events that contradict": {ics("DTSTART;VALUE=DATE:20260102\nSUMMARY:元旦", "DTSTART;VALUE=DATE:20260102\nSUMMARY:元旦补班"), "days:8 date: 2026-01-02 is both a holiday and a make-up workday, see line 4", nil},
		"far too large":          {strings.Repeat("x", 5<<20), "days: larger than", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := holidays.Read([]byte(tc.text), "days", tc.years...)
			var refused *holidays.MistakesError
			require.ErrorAs(t, err, &refused)
			require.Len(t, refused.Lines, 1, refused.Lines)
			require.Contains(t, refused.Lines[0], tc.want)
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(ics("DTSTART;VALUE=DATE:20260215\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260216\nSUMMARY:春节（休）"), 2026)
	f.Add("date,until,kind,name,as\n2026-05-09,,make-up,Labour Day,FRIDAY\n", 0)
	f.Fuzz(func(t *testing.T, text string, year int) {
		var years []int
		if year != 0 {
			years = []int{year}
		}
		list, err := holidays.Read([]byte(text), "days", years...)
		if err != nil {
			return
		}
		for _, year := range list.Years {
			for _, holiday := range year.GetHolidays() {
				require.LessOrEqual(t, holiday.GetDate(), max(holiday.GetUntil(), holiday.GetDate()))
			}
		}
	})
}
