package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

func TestFieldsAreLaidOver(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte(`
version: ours
ladder: {levels: [{role: COMPANY_EXECUTIVE, climb: 1h}]}
guide: {above: {zh-Hans: 经理}, channels: []}
defaultSeverity: HIGH
`), "ours.yaml")
	require.NoError(t, err)
	require.Equal(t, "ours", p.Version())
	require.Equal(t, policyv1.Severity_HIGH, p.Proto().GetDefaultSeverity())
	require.Len(t, p.Proto().GetLadder().GetLevels(), 1, "a stated list takes the place of the default's")
	require.Len(t, p.Proto().GetGuide().GetAbove(), 1, "and so does a map")
	require.Empty(t, p.Proto().GetGuide().GetChannels(), "an empty list empties it")
	require.Len(t, p.Proto().GetGuide().GetSteps(), 3, "what is left out keeps the default's")
	require.Equal(t, 5*time.Minute, p.BackDating())

	for _, nothing := range []string{"", "\n", "# nothing\n", "---\n", "null\n"} {
		p, err = policy.Parse([]byte(nothing), "empty.yaml")
		require.NoError(t, err, nothing)
		require.True(t, proto.Equal(standard(t).Proto(), p.Proto()), nothing)
	}
}

func TestVersionsDiffer(t *testing.T) {
	t.Parallel()
	one, err := policy.Parse([]byte("attempts: {back_dating: 1m}\n"), "x.yaml")
	require.NoError(t, err)
	two, err := policy.Parse([]byte("attempts: {back_dating: 2m}\n"), "x.yaml")
	require.NoError(t, err)
	require.Regexp(t, `^default-1\+[0-9a-f]{8}$`, one.Version())
	require.NotEqual(t, one.Version(), two.Version(), "no two policies share a name")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		text string
		want []string // The beginning of each problem, and some of its words after "…".
	}{
		"broken YAML":        {"ladder: {levels\n", []string{"p.yaml:1: …"}},
		"tab":                {"ladder:\n\tlevels: 3\n", []string{"p.yaml:2: …"}},
		"not UTF-8":          {"version: \xff\n", []string{"p.yaml: …UTF-8"}},
		"odd line break":     {"version: a\u2028b\n", []string{"p.yaml: …line break"}},
		"two documents":      {"version: a\n---\nversion: b\n", []string{"p.yaml:2:1 …second document"}},
		"a list":             {"- version\n", []string{"p.yaml:1:1 …sections"}},
		"a word":             {"hello\n", []string{"p.yaml:1:1 …sections"}},
		"unknown section":    {"version: a\nladders: {}\n", []string{"p.yaml:2:1 ladders: …no such section"}},
		"unknown field":      {"ladder:\n  levls: []\n", []string{"p.yaml:2:3 ladder: …unknown field \"levls\""}},
		"unknown deeper":     {"ladder:\n  levels:\n    - climb: 1h\n      rule: x\n", []string{"p.yaml:3:7 ladder.levels[0].role: must be one of TEAM_SUPERVISOR, …", "p.yaml:4:7 ladder.levels[0]: …unknown field \"rule\""}},
		"twice":              {"version: a\nversion: b\n", []string{"p.yaml:2:1 version: stated twice"}},
		"twice in two names": {"staffed_hours: {}\nstaffedHours: {}\n", []string{"p.yaml:2:1 staffedHours: stated twice"}},
		"twice inside":       {"attempts:\n  back_dating: 1m\n  back_dating: 2m\n", []string{"p.yaml:3:3 back_dating: stated twice"}},
		"alias":              {"attempts: &a {back_dating: 1m}\nlimits: *a\n", []string{"p.yaml:2:9 aliases"}},
		"empty list":         {"ladder: {levels: []}\n", []string{"p.yaml:1:18 ladder.levels: …at least 1"}},
		"empty version":      {"version: \"\"\n", []string{"p.yaml:1:10 version: …at least 1"}},
		"nothing but 0":      {"notices: {gather_after: 0}\n", []string{"p.yaml:1:25 notices.gather_after: …greater"}},
		"a list's value":     {"ladder:\n  levels: [{role: 1x}]\n", []string{"p.yaml:2:19 ladder.levels[0].role: …1x"}},
		"no duration":        {"attempts: {back_dating: soon}\n", []string{"p.yaml:1:25 attempts.back_dating: …number"}},
		"negative duration":  {"attempts: {back_dating: -1s}\n", []string{"p.yaml:1:25 attempts.back_dating: …"}},
		"endless duration":   {"attempts: {back_dating: 100000h}\n", []string{"p.yaml:1:25 attempts.back_dating: …ten years"}},
		"too fine":           {"attempts: {back_dating: 1ns}\n", []string{"p.yaml:1:25 attempts.back_dating: …microsecond"}},
		"a band backwards":   {"attempts: {unreachable: {times_of_day: 1, bands: [{name: day, from: \"12:00\", to: \"12:00\"}]}}\n", []string{"p.yaml:1:82 attempts.unreachable.bands[0].to: …later"}},
		"bands that overlap": {"attempts:\n  unreachable:\n    times_of_day: 2\n    bands:\n      - {name: a, from: \"08:00\", to: \"12:00\"}\n      - {name: a, from: \"11:00\", to: \"13:00\"}\n", []string{"p.yaml:6:9 attempts.unreachable.bands[1]: …overlaps a", "p.yaml:6:16 attempts.unreachable.bands[1].name: …another"}},
		"more than bands":    {"attempts: {unreachable: {times_of_day: 4, attempts: 9}}\n", []string{"p.yaml:1:40 attempts.unreachable.times_of_day: …bands"}},
		"more than attempts": {"attempts: {unreachable: {attempts: 2, days: 3}}\n", []string{"p.yaml:1:25 attempts.unreachable.times_of_day: …attempts", "p.yaml:1:45 attempts.unreachable.days: …attempts"}},
		"no way counts":      {"attempts: {unreachable: {ways: []}}\n", []string{"p.yaml:1:32 attempts.unreachable.ways: …no attempt"}},
		"unknown severity":   {"default_severity: VERY\n", []string{"p.yaml:1:19 default_severity: …VERY"}},
		"no severity":        {"default_severity: SEVERITY_UNSPECIFIED\n", []string{"p.yaml:1:19 default_severity: …"}},
		"short retention":    {"limits: {idempotency_retention: 23h, clock_skew: 1m, phone_region: CN, default_page_size: 1, max_page_size: 1}\n", []string{"p.yaml:1:33 limits.idempotency_retention: …"}},
		"unknown region":     {"limits: {idempotency_retention: 24h, clock_skew: 1m, phone_region: XX, default_page_size: 1, max_page_size: 1}\n", []string{"p.yaml:1:68 limits.phone_region: …telephone"}},
		"page sizes":         {"limits: {idempotency_retention: 24h, clock_skew: 1m, phone_region: CN, default_page_size: 9, max_page_size: 1}\n", []string{"p.yaml:1:91 limits.default_page_size: …max_page_size"}},
		"reviews by nothing": {"reviews: {calendar: china}\n", []string{"p.yaml:1:21 reviews.calendar: …china"}},
		"a group twice":      {"identity: {groups: [{group: a, roles: [AGENT]}, {group: a}]}\n", []string{"p.yaml:1:49 identity.groups[1]: …neither", "p.yaml:1:57 identity.groups[1].group: …twice"}},
		"group of programs":  {"identity: {groups: [{group: a, roles: [SERVICE]}]}\n", []string{"p.yaml:1:40 identity.groups[0].roles[0]: …"}},
		"one of our own":     {"identity: {service_accounts: [{subject: a, name: services/worker}]}\n", []string{"p.yaml:1:50 identity.service_accounts[0].name: …of Redress"}},
		"keys end first":     {"identity: {keys_kept: 30m}\n", []string{"p.yaml:1:23 identity.keys_kept: …shorter"}},
		"glass for ever":     {"identity: {break_glass_longest: 48h}\n", []string{"p.yaml:1:33 identity.break_glass_longest: …"}},
		"agents below":       {"access: {agents: BELOW}\n", []string{"p.yaml:1:18 access.agents: …"}},
		"reversed opening":   {"staffed_hours:\n  time_zone: UTC\n  openings:\n    - {days: [MONDAY], from: \"18:00\", to: \"09:00\"}\n", []string{"p.yaml:4:7 staffed_hours.openings[0]: …18:00"}},
		"overlap":            {"staffed_hours:\n  time_zone: UTC\n  openings:\n    - {days: [MONDAY], from: \"09:00\", to: \"12:00\"}\n    - {days: [MONDAY, SUNDAY], from: \"11:59\", to: \"13:00\"}\n", []string{"p.yaml:5:7 staffed_hours.openings[1]: …overlap"}},
		"half a directory": {"directory:\n  departments: [{id: one, display_name: One, manager: fang, supervisor: fang, alias: {zh-Hans: 一组}}]\n  agents: [{id: fang, display_name: F, department: one}]\n  default_department: one\n", []string{
			"p.yaml:2:3 directory.rules[0].department: …the file states no rules", "p.yaml:2:3 directory.rules[1].department: …", "p.yaml:2:3 directory.rules[2].", "p.yaml:2:3 directory.rules[3].",
		}},
		"no such hour":     {"staffed_hours:\n  time_zone: UTC\n  openings:\n    - {days: [MONDAY], from: \"9:00\", to: \"25:00\"}\n", []string{"p.yaml:4:30 staffed_hours.openings[0].from: …", "p.yaml:4:42 staffed_hours.openings[0].to: …"}},
		"unknown zone":     {"staffed_hours:\n  time_zone: Asia/Atlantis\n  openings: [{days: [MONDAY], from: \"09:00\", to: \"10:00\"}]\n", []string{"p.yaml:2:14 staffed_hours.time_zone: …Atlantis"}},
		"machine's zone":   {"staffed_hours:\n  time_zone: Local\n  openings: [{days: [MONDAY], from: \"09:00\", to: \"10:00\"}]\n", []string{"p.yaml:2:14 staffed_hours.time_zone: …Local"}},
		"no openings":      {"staffed_hours: {time_zone: UTC, openings: []}\n", []string{"p.yaml:1:43 staffed_hours.openings: …at least 1"}},
		"ladder down":      {"ladder:\n  levels:\n    - {role: DEPARTMENT_MANAGER, climb: 1h}\n    - {role: TEAM_SUPERVISOR, climb: 1h}\n", []string{"p.yaml:4:14 ladder.levels[1].role: …not above"}},
		"ladder stands":    {"ladder: {levels: [{role: COMPANY_EXECUTIVE, climb: 1h}, {role: COMPANY_EXECUTIVE, climb: 1h}]}\n", []string{"p.yaml:1:64 ladder.levels[1].role: …not above"}},
		"ladder at once":   {"ladder: {levels: [{role: COMPANY_EXECUTIVE, climb: 0s}]}\n", []string{"p.yaml:1:52 ladder.levels[0].climb: …"}},
		"Latin marker":     {"languages: {fallback: en, traditional_markers: 說x}\n", []string{"p.yaml:1:48 languages.traditional_markers: …'x'"}},
		"unknown fallback": {"languages: {fallback: fr, traditional_markers: 說}\n", []string{"p.yaml:1:23 languages.fallback: …"}},
		"guide incomplete": {"guide:\n  above: {en: The head of the firm}\n  steps: {zh-Hans: 一步, fr: un pas}\n", []string{"p.yaml:2:10 guide.above: …zh-Hans", "p.yaml:3:28 guide.steps[\"fr\"]: …not a supported"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Parse([]byte(tc.text), "p.yaml")
			var refused *policy.Error
			require.ErrorAs(t, err, &refused)
			require.Len(t, refused.Problems, len(tc.want), err)
			for i, want := range tc.want {
				begin, words, _ := strings.Cut(want, "…")
				require.True(t, strings.HasPrefix(refused.Problems[i], begin), "want %s\ngot  %s", begin, refused.Problems[i])
				require.Contains(t, refused.Problems[i], words)
				require.NotContains(t, refused.Problems[i], "\n")
			}
		})
	}
}

// TestEveryMistakeIsTold: whichever of the readers and checks finds a mistake, all are told at once, as they come in the file, each with its
// field, and no pattern is shown.
func TestEveryMistakeIsTold(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte(`version: a
nonsense: 1
ladder: {levels: [{role: COMPANY_EXECUTIVE, climb: 0s}, {role: TEAM_SUPERVISOR, climb: 1h}]}
limits: {max_page_size: 0, phone_region: QQ}
staffed_hours:
  time_zone: Mars/Phobos
  openings:
    - {days: [MONDAY], from: "9:00", to: "18:00"}
    - {days: [MONDAY], from: "09:00", to: "08:00"}
    - {days: [FRIDAY], from: "19:00", to: "18:00"}
directory:
  departments: [{id: One, display_name: One, manager: zz, supervisor: yy, shoe: 3}]
attempts: {back_dating: soon}
languages: {fallback: fr, traditional_markers: x}
nonsense2: 1
`), "p.yaml")
	var refused *policy.Error
	require.ErrorAs(t, err, &refused)
	want := []string{
		"2:1 nonsense: no such section",
		"3:52 ladder.levels[0].climb: must be greater than 0s",
		"3:64 ladder.levels[1].role: TEAM_SUPERVISOR is not above COMPANY_EXECUTIVE",
		"4:25 limits.max_page_size: must be greater than or equal to 1",
		`4:42 limits.phone_region: "QQ" is no region with telephone numbers`,
		"6:14 staffed_hours.time_zone: ",
		`8:30 staffed_hours.openings[0].from: must be a time of day such as "09:00"`,
		"9:7 staffed_hours.openings[1]: ",
		"10:7 staffed_hours.openings[2]: ",
		`12:22 directory.departments[0].id: must be an id of at most 63 small letters`,
		`12:55 directory.departments[0].manager: there is no agent "zz"`,
		`12:71 directory.departments[0].supervisor: there is no agent "yy"`,
		`12:75 directory.departments[0]: unknown field "shoe"`,
		"13:25 attempts.back_dating: ",
		"14:23 languages.fallback: must be in list",
		"14:48 languages.traditional_markers: 'x' is no Chinese character",
		"15:1 nonsense2: no such section",
	}
	all := strings.Join(refused.Problems, "\n")
	last := -1
	for _, begin := range want {
		at := strings.Index(all, "p.yaml:"+begin)
		require.Greater(t, at, last, "%s\n%s", begin, all)
		last = at
	}
	require.NotRegexp(t, `\^|\((string|duration|int32|unique|reference)`, all)
	require.NotContains(t, all, "levels[0].role")
}

// TestUnreadValues: what a value that cannot be read is to others is not guessed at; the rest of its section is held against the
// contract, and all other sections against everything.
func TestUnreadValues(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte("ladder: {levels: [{role: BOSS, climb: 0s}, {role: TEAM_SUPERVISOR, climb: 1h}]}\nlimits: {phone_region: QQ}\n"), "p.yaml")
	var refused *policy.Error
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Problems, 3, err)
	require.Contains(t, refused.Problems[0], `p.yaml:1:26 ladder.levels[0].role: unknown enum value "BOSS"`)
	require.Contains(t, refused.Problems[1], "p.yaml:1:39 ladder.levels[0].climb: must be greater than 0s")
	require.Contains(t, refused.Problems[2], "p.yaml:2:24 limits.phone_region: ")
}

// defaultText is the text of the built-in policy, both files of it.
func defaultText(tb testing.TB) string {
	tb.Helper()
	var whole strings.Builder
	for _, file := range []string{"default.yaml", "risk.yaml"} {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		whole.Write(text)
	}
	return whole.String()
}

// change is the default with one piece of its text replaced.
func change(t *testing.T, from, to string) error {
	t.Helper()
	text := defaultText(t)
	require.Contains(t, text, from)
	_, err := policy.Parse([]byte(strings.Replace(text, from, to, 1)), "p.yaml")
	return err
}

func TestContradictionsAreNamed(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct{ from, to, field, want string }{
		"severity twice":      {"severity: LOW", "severity: HIGH", "clocks[2].severity", "already"},
		"severity missing":    {"severity: LOW #", "severity: SEVERITY_UNSPECIFIED #", "clocks[0].severity", ""},
		"clock missing":       {"acknowledge: {within: 60s, measure: ELAPSED}\n", "\n", "clocks[0].acknowledge", "required"},
		"clock without time":  {"{within: 60s, measure", "{measure", "clocks[0].acknowledge.within", ""},
		"no time":             {"within: 60s", "within: 0s", "clocks[0].acknowledge.within", ""},
		"measure missing":     {"{within: 60s, measure: ELAPSED}", "{within: 60s}", "clocks[0].acknowledge.measure", ""},
		"warning too long":    {"warnings: [4h, 1h]", "warnings: [4h, 24h]", "clocks[0].callback.warnings[1]", "before the clock"},
		"warning twice":       {"warnings: [4h, 1h]", "warnings: [4h, 60m, 240m]", "clocks[0].callback.warnings[2]", "twice"},
		"limit too short":     {"limit: 2h", "limit: 29m", "clocks[3].first_response.limit", "shorter"},
		"department twice":    {"id: logistics", "id: quality", "directory.departments[2].id", "twice"},
		"agent twice":         {"id: chen", "id: lin", "directory.agents[1].id", "twice"},
		"unknown manager":     {"manager: guo", "manager: nobody", "directory.departments[1].manager", "nobody"},
		"no supervisor":       {"      supervisor: ma\n", "\n", "directory.departments[1].supervisor", "names nobody"},
		"unknown department":  {"department: quality, supervisor: liu", "department: none, supervisor: liu", "directory.agents[8].department", "none"},
		"unknown supervisor":  {"supervisor: liu, takes", "supervisor: none, takes", "directory.agents[8].supervisor", "none"},
		"above itself":        {"department: customer-service, supervisor: fang", "department: customer-service, supervisor: zhao", "directory.agents[3].supervisor", "above itself"},
		"rule to nowhere":     {"[DELIVERY], department: logistics", "[DELIVERY], department: none", "directory.rules[0].department", "none"},
		"rule never applies":  {"[PRODUCT]", "[PRODUCT, DELIVERY]", "directory.rules[1].target_kinds[1]", "first one wins"},
		"rule without kind":   {"[PRODUCT]", "[TARGET_KIND_UNSPECIFIED]", "directory.rules[1].target_kinds[0]", "not a kind"},
		"default department":  {"default_department: customer-service", "default_department: none", "directory.default_department", "none"},
		"unknown executive":   {"executive: fang", "executive: none", "directory.executive", "none"},
		"alias in no tongue":  {"en: Delivery team", "fr: Livraison", "directory.departments[1].alias[\"fr\"]", "not a supported"},
		"words twice":         {"role: ACT_DONE\n      target: REGULATOR", "role: ACT\n      target: REGULATOR", "risk.words[14].role", "already"},
		"body without target": {"- role: BODY\n      target: REGULATOR\n", "- role: BODY\n", "risk.words[0].role", "target"},
		"word twice":          {"        12315, ", "        12315, 12315, ", "risk.words[0].zh", "twice"},
		"traditional word":    {"        12315, ", "        銀監會, 12315, ", "risk.words[0].zh", "simplified"},
		"word with a blank":   {"        12315, ", "        消 协, 12315, ", "risk.words[0].zh", "blank"},
		"capital letter":      {"        ombudsman, ", "        FCA, ombudsman, ", "risk.words[0].en", "lower-case"},
		"weight twice":        {"{kind: MENTION, weight: 5}", "{kind: EMOTION, weight: 5}", "risk.weights[12].kind", "already"},
		"weight too large":    {"{kind: MENTION, weight: 5}", "{kind: MENTION, weight: 500}", "risk.weights[11].weight", "100"},
		"reach too far":       {"limits: {reach: 14, ", "limits: {reach: 500, ", "risk.limits.reach", "200"},
		"threshold twice":     {"{kind: CHASE, percent: 26}", "{kind: OFFER_REJECTED, percent: 26}", "risk.opinion.thresholds[9]", "already"},
		"threshold for none":  {"{kind: CHASE, percent: 26}", "{percent: 26}", "risk.opinion.thresholds[9]", "either"},
		"threshold too high":  {"{kind: CHASE, percent: 26}", "{kind: CHASE, percent: 140}", "risk.opinion.thresholds[9].percent", "99"},
		"unknown part":        {"- role: BODY\n", "- role: RISK_ROLE_UNSPECIFIED\n", "risk.words[0].role", ""},
		"reply warning twice": {"authority_warnings: [72h, 24h]", "authority_warnings: [72h, 24h, 1440m]", "attention.authority_warnings[2]", "twice"},
		"reply warning never": {"authority_warnings: [72h, 24h]", "authority_warnings: [100000h]", "attention.authority_warnings[0]", "ten years"},
		"past target fine":    {"past_target: 12h", "past_target: 1ns", "attention.past_target", "microsecond"},
		"channel has no name": {"{zh-Hans: 网页, zh-Hant", "{zh-Hant", "guide.channels[1].name", "zh-Hans"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			err := change(t, tc.from, tc.to)
			var refused *policy.Error
			require.ErrorAs(t, err, &refused)
			found := false
			for _, problem := range refused.Problems {
				require.Regexp(t, `^p\.yaml:\d+:\d+ `, problem)
				found = found || strings.Contains(problem, " "+tc.field+": ") && strings.Contains(problem, tc.want)
			}
			require.True(t, found, "want %s … %s\ngot %s", tc.field, tc.want, err)
		})
	}
}

// FuzzParse: whatever the text, a policy that is usable or an *Error; never a panic.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"default.yaml", "risk.yaml", demo} {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		"", "version: x", "ladder:\n", "a: &a [*a]", "? [version]\n: x", "<<: {version: x}", "version: !!binary aGk=",
		"\r\rladder:\r  x", "1: x", "clocks: [{}, {}, {}, {}]", "staffed_hours: {openings: [{from: x}]}", "--- \n...\n", "\ufeffversion: x", "%YAML 1.1\n---\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.Parse(text, "fuzz.yaml")
		if err != nil {
			var refused *policy.Error
			require.ErrorAs(t, err, &refused)
			require.NotEmpty(t, refused.Problems)
			return
		}
		for severity := policyv1.Severity_LOW; severity <= policyv1.Severity_URGENT; severity++ {
			from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			targets, err := p.Targets(severity, from)
			require.NoError(t, err)
			require.True(t, targets.Callback.After(from))
		}
		p.Climb(7)
	})
}
