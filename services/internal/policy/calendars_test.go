package policy_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// office is a calendar with the Spring Festival of 2026; days are more of its lines.
func office(days ...string) string {
	return `calendars:
  default: office
  calendars:
    - id: office
      time_zone: Asia/Shanghai
      openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "17:00"}]
      years:
        - year: 2026
          holidays: [{date: "2026-02-15", until: "2026-02-23", name: 春节}]
          make_up_days: [{date: "2026-02-14", name: 春节}, {date: 2026-02-28, name: 春节, as: FRIDAY}]
` + strings.Join(days, "\n")
}

// counted are clocks of all severities that differ in the callback and the resolution.
func counted(callback, resolution string) string {
	var out strings.Builder
	out.WriteString("clocks:\n")
	for _, severity := range []string{"LOW", "NORMAL", "HIGH", "URGENT"} {
		fmt.Fprintf(&out, `  - severity: %s
    acknowledge: {within: 60s, measure: ELAPSED}
    contact: {within: 15m, measure: STAFFED}
    first_response: {within: 30m, measure: STAFFED, limit: 48h}
    callback: %s
    resolution: %s
`, severity, callback, resolution)
	}
	return out.String()
}

const (
	callback   = "{within: 24h, measure: ELAPSED}"
	resolution = "{within: 72h, measure: ELAPSED}"
)

func parsed(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(text), "p.yaml")
	require.NoError(t, err)
	return p
}

// TestTargetsByCalendar: what clocks of each kind promise to a complaint on the last Saturday of work before the Spring Festival.
func TestTargetsByCalendar(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, tc := range map[string]struct {
		clock, received, due string
		warnings             []string
		calendar             string
	}{
		"elapsed":             {"{within: 24h, measure: ELAPSED, warn_at: [0.5]}", "2026-02-14 11:00", "2026-02-15 11:00", []string{"2026-02-14 23:00"}, ""},
		"business hours":      {"{within: 8h, measure: STAFFED, warn_at: [0.5, 0.75]}", "2026-02-14 13:00", "2026-02-24 13:00", []string{"2026-02-14 17:00", "2026-02-24 11:00"}, "office"},
		"business days":       {"{days: 2, measure: BUSINESS_DAYS, warnings: [24h], warn_at: [0.75]}", "2026-02-13 11:00", "2026-02-24 11:00", []string{"2026-02-14 15:00", "2026-02-23 11:00"}, "office"},
		"business days, cut":  {"{days: 2, measure: BUSINESS_DAYS, limit: 48h}", "2026-02-13 11:00", "2026-02-15 11:00", nil, "office"},
		"calendar days":       {"{days: 15, measure: CALENDAR_DAYS}", "2026-02-14 11:00", "2026-03-01 11:00", nil, "office"},
		"close of the second": {"{days: 2, measure: CLOSE_OF_BUSINESS_DAY}", "2026-02-13 11:00", "2026-02-24 17:00", nil, "office"},
		"close of the day":    {"{days: 0, measure: CLOSE_OF_BUSINESS_DAY}", "2026-02-14 11:00", "2026-02-14 17:00", nil, "office"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parsed(t, office()+counted(tc.clock, resolution))
			from := shanghai(t, tc.received+":00")
			targets, err := p.Targets(policyv1.Severity_NORMAL, from)
			require.NoError(t, err)
			require.Equal(t, shanghai(t, tc.due+":00"), targets.Callback)
			var warnings []time.Time
			for _, at := range tc.warnings {
				warnings = append(warnings, shanghai(t, at+":00"))
			}
			require.Equal(t, warnings, p.Warnings(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK, from, targets.Callback))
			_, calendar := p.Counted(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK)
			require.Equal(t, tc.calendar, calendar)
		})
	}
}

// TestStaffedHoursAreACalendar: clocks that name none, in a policy without a default one, go by the staffed hours.
func TestStaffedHoursAreACalendar(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	measure, calendar := standard(t).Counted(policyv1.Severity_NORMAL, policyv1.DutyKind_CONTACT)
	require.Equal(t, policyv1.Clock_STAFFED, measure)
	require.Equal(t, "staffed_hours", calendar)
	measure, calendar = standard(t).Counted(policyv1.Severity_NORMAL, policyv1.DutyKind_AUTHORITY_REPLY)
	require.Equal(t, policyv1.Clock_MEASURE_UNSPECIFIED, measure)
	require.Empty(t, calendar)

	named := parsed(t, strings.Replace(office(), "default: office", `default: ""`, 1)+
		counted("{days: 1, measure: BUSINESS_DAYS, calendar: office}", resolution))
	_, calendar = named.Counted(policyv1.Severity_NORMAL, policyv1.DutyKind_CALLBACK)
	require.Equal(t, "office", calendar)
	_, calendar = named.Counted(policyv1.Severity_NORMAL, policyv1.DutyKind_CONTACT)
	require.Equal(t, "staffed_hours", calendar)
}

// TestCalendarsRefused: each mistake with its line and field.
func TestCalendarsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, tc := range map[string]struct{ from, to, want string }{
		"overlapping intervals":  {`from: "09:00", to: "17:00"}]`, `from: "09:00", to: "17:00"}, {days: [MONDAY], from: "16:00", to: "18:00"}]`, "p.yaml:6:102 calendars.calendars[0].openings[1]: …Monday: two intervals overlap at 16:00"},
		"unknown zone":           {"Asia/Shanghai", "Asia/Atlantis", "p.yaml:5:18 calendars.calendars[0].time_zone: …Atlantis"},
		"empty week":             {`openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "17:00"}]`, "openings: []", "p.yaml:6:17 calendars.calendars[0].openings: …at least 1"},
		"no zone":                {"Asia/Shanghai", `""`, "p.yaml:5:18 calendars.calendars[0].time_zone: …"},
		"list of the wrong year": {"year: 2026", "year: 2027", "p.yaml:8:17 calendars.calendars[0].years[0].year: …none of these days is in 2027; they begin with 2026-02-15"},
		"a day of another year":  {`"2026-02-14"`, `"2025-02-14"`, "p.yaml:10:33 calendars.calendars[0].years[0].make_up_days[0].date: …2025-02-14 is not in 2026"},
		"beyond the year":        {`until: "2026-02-23"`, `until: "2027-02-23"`, "calendars.calendars[0].years[0].holidays[0].until: …2027-02-23 is not in 2026"},
		"backwards":              {`until: "2026-02-23"`, `until: "2026-02-13"`, "calendars.calendars[0].years[0].holidays[0].until: …before the first day"},
		"no such day":            {`"2026-02-14"`, `"2026-02-30"`, "p.yaml:10:33 calendars.calendars[0].years[0].make_up_days[0].date: …no such day"},
		"no date":                {`"2026-02-14"`, `"14.2.2026"`, `p.yaml:10:33 calendars.calendars[0].years[0].make_up_days[0].date: …must be a date such as "2026-02-15"`},
		"holiday and make-up":    {`"2026-02-14"`, `"2026-02-16"`, "p.yaml:10:33 calendars.calendars[0].years[0].make_up_days[0].date: …2026-02-16 is a holiday already"},
		"made up twice":          {`"2026-02-14"`, `"2026-02-28"`, "calendars.calendars[0].years[0].make_up_days[1].date: …2026-02-28 is a make-up workday already"},
		"hours of a closed day":  {"as: FRIDAY", "as: SUNDAY", "calendars.calendars[0].years[0].make_up_days[1].as: …SUNDAY is closed"},
		"year twice":             {"        - year: 2026\n", "        - {year: 2026}\n        - year: 2026\n", "p.yaml:9:17 calendars.calendars[0].years[1].year: …2026 is listed twice"},
		"no default":             {"default: office", "default: bureau", "p.yaml:2:12 calendars.default: …no calendar \"bureau\""},
		"id twice":               {"    - id: office\n", "    - {id: office, time_zone: UTC, openings: [{days: [MONDAY], from: \"09:00\", to: \"10:00\"}]}\n    - id: office\n", "p.yaml:5:11 calendars.calendars[1].id: …\"office\" already"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := office()
			require.Contains(t, text, tc.from)
			refused(t, strings.Replace(text, tc.from, tc.to, 1), tc.want)
		})
	}
	parsed(t, office())
}

// refused wants a text to be refused for one mistake; "…" stands for some of its words.
func refused(t *testing.T, text, want string) {
	t.Helper()
	_, err := policy.Parse([]byte(text), "p.yaml")
	var mistakes *policy.Error
	require.ErrorAs(t, err, &mistakes)
	require.Len(t, mistakes.Problems, 1, mistakes.Problems)
	place, words, _ := strings.Cut(want, "…")
	require.Contains(t, mistakes.Problems[0], place)
	require.Contains(t, mistakes.Problems[0], words)
}

func TestClocksRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	for name, tc := range map[string]struct{ clock, want string }{
		"time for days":         {"{within: 24h, days: 1, measure: BUSINESS_DAYS}", "callback.within: …BUSINESS_DAYS counts days"},
		"no days":               {"{measure: CALENDAR_DAYS}", "callback.days: …is missing"},
		"days for time":         {"{within: 24h, days: 1, measure: STAFFED}", "callback.days: …STAFFED counts time"},
		"no time":               {"{measure: STAFFED}", "callback.within: …is missing"},
		"too many days":         {"{days: 3661, measure: CALENDAR_DAYS}", "callback.days: …"},
		"no such calendar":      {"{days: 1, measure: BUSINESS_DAYS, calendar: bureau}", "callback.calendar: …no calendar \"bureau\""},
		"no use of a calendar":  {"{within: 24h, measure: ELAPSED, calendar: office}", "callback.calendar: …wall clock"},
		"part of nothing":       {"{within: 24h, measure: ELAPSED, warn_at: [0]}", "callback.warn_at[0]: …"},
		"more than the whole":   {"{within: 24h, measure: ELAPSED, warn_at: [1]}", "callback.warn_at[0]: …"},
		"twice":                 {"{within: 24h, measure: ELAPSED, warn_at: [0.5, 0.5]}", "callback.warn_at: …"},
		"limit before the days": {"{days: 2, measure: CALENDAR_DAYS, limit: 47h}", "callback.limit: …shorter than days"},
		"warning before":        {"{days: 2, measure: CALENDAR_DAYS, warnings: [48h]}", "callback.warnings[0]: …before the clock of 48h0m0s begins"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := office() + strings.Replace(counted(callback, resolution), callback, tc.clock, 1)
			refused(t, text, tc.want)
		})
	}
}

// TestCalendarsPrinted: what is printed reads back as the same policy, and the difference names calendar, year and day.
func TestCalendarsPrinted(t *testing.T) {
	t.Parallel()
	before := parsed(t, "version: a\n"+office()+counted("{days: 2, measure: BUSINESS_DAYS, warn_at: [0.5]}", resolution))
	text, err := before.YAML()
	require.NoError(t, err)
	require.Contains(t, string(text), "callback: {measure: BUSINESS_DAYS, days: 2, warn_at: [0.5]}")
	require.True(t, proto.Equal(before.Proto(), parsed(t, string(text)).Proto()))

	after := parsed(t, "version: a\n"+strings.Replace(office(), `until: "2026-02-23"`, `until: "2026-02-22"`, 1)+
		counted("{days: 3, measure: BUSINESS_DAYS, warn_at: [0.5]}", resolution))
	var lines []string
	for _, difference := range policy.Diff(before, after) {
		lines = append(lines, difference.String())
	}
	require.Contains(t, lines, "~ clocks[NORMAL].callback.days: 2 -> 3")
	require.Contains(t, lines, "~ calendars.calendars[office].years[2026].holidays[2026-02-15].until: \"2026-02-23\" -> \"2026-02-22\"")
	require.Len(t, lines, 5, lines)
}

// TestAdviceOnCalendars: what is legal and hardly meant, each with its place.
func TestAdviceOnCalendars(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-2")
	// "version" and the examples of the default are what each of these lacks, too.
	advice := func(text, now string) []string {
		all, err := policy.Advice([]byte(text), "p.yaml", shanghai(t, now+" 10:00:00"))
		require.NoError(t, err)
		return slices.DeleteFunc(all, func(line string) bool { return strings.Contains(line, "is not stated") })
	}
	require.Empty(t, advice(office(), "2026-12-30"), "the default's clocks reach no further by this calendar")
	later := advice(office(), "2027-03-01")
	require.Len(t, later, 1)
	require.Contains(t, later[0], "p.yaml:8:9 calendars.calendars[0].years: has no days of 2027, so that its holidays are counted")
	reaching := office() + counted("{days: 1, measure: CALENDAR_DAYS, limit: 24h}", "{days: 3, measure: BUSINESS_DAYS, limit: 72h}")
	crossing := advice(reaching, "2026-12-30")
	require.Len(t, crossing, 1, crossing)
	require.Contains(t, crossing[0], "no days of 2027")

	open := advice(strings.Replace(office(), "2026-02-28, name: 春节, as: FRIDAY", "2026-03-06, name: 春节", 1), "2026-03-01")
	require.Len(t, open, 1)
	require.Contains(t, open[0], "p.yaml:10:65 calendars.calendars[0].years[0].make_up_days[1].date: 2026-03-06 is a FRIDAY, which is open anyway")

	resting := advice(office()+counted("{days: 1, measure: BUSINESS_DAYS}", resolution), "2026-03-01")
	require.Len(t, resting, 4+1, "each severity's callback, and that the limit of the urgent first response is looser")
	require.Contains(t, resting[0], "callback.measure: stands still while nobody is at work")

	daily := advice(counted("{days: 1, measure: BUSINESS_DAYS, limit: 24h}", resolution), "2026-03-01")
	require.Contains(t, strings.Join(daily, "\n"), "callback.measure: each day of the week is a business day of staffed_hours")
}

// TestDocumentedCalendar: the example of docs/clocks.md is a policy, with the clock of its other example; so are those of pauses and of the law's
// clocks.
func TestDocumentedCalendar(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/clocks.md")
	require.NoError(t, err)
	blocks := strings.Split(string(text), "```yaml\n")
	require.Len(t, blocks, 5)
	for _, block := range blocks[3:] {
		keeping, _, _ := strings.Cut(block, "```")
		parsed(t, keeping)
	}
	example, _, _ := strings.Cut(blocks[2], "```")
	clock := regexp.MustCompile(`resolution: (\{.*})`).FindStringSubmatch(blocks[1])
	require.Len(t, clock, 2)
	p := parsed(t, example+counted(callback, clock[1]))
	targets, err := p.Targets(policyv1.Severity_NORMAL, shanghai(t, "2026-02-13 11:00:00"))
	require.NoError(t, err)
	require.Equal(t, shanghai(t, "2026-02-27 11:00:00"), targets.Resolution, "14th, 24th to 27th February")
}
