package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestAdvice: what is legal and hardly meant is found, with its place.
func TestAdvice(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("default.yaml")
	require.NoError(t, err)
	own := strings.Replace(string(text), "version: default-1", "version: ours-1", 1)
	const after = "\n  # ° A message"
	const mails = "channels: [LOG]" + after
	for what, tc := range map[string]struct {
		text string
		want []string // The beginning of each, and some of its words after "…".
	}{
		"the default's own text": {own, nil},
		"nothing":                {"", nil},
		"shorter":                {strings.Replace(own, "within: 24h, measure: ELAPSED", "within: 12h, measure: ELAPSED", 1), nil},
		"sections missing": {"attempts: {back_dating: 1m}\n", []string{
			"p.yaml:1:1 version: …default-1+", "p.yaml:1:1 directory: …examples", "p.yaml:1:1 guide: …examples",
		}},
		"half a section": {"version: ours\ndirectory: {executive: fang}\nguide: {channels: []}\n", []string{
			"p.yaml:2:12 directory.departments: …examples", "p.yaml:2:12 directory.agents: …examples", "p.yaml:2:12 directory.rules: …examples",
			"p.yaml:3:8 guide.above: …examples", "p.yaml:3:8 guide.steps: …examples",
		}},
		"urgent approvals that have longer": {own + "remedies: {approvals: {urgent_within: 8h}}\n", []string{"…approvals.urgent_within: is longer than the 4h"}},
		"a budget of no department":         {own + "remedies: {budgets: [{department: nope, month: \"1\"}, {department: \"-\", month: \"2\"}]}\n", []string{"…budgets[0].department: there is no department \"nope\""}},
		"surveys that lead nowhere":         {strings.Replace(own, mails, "channels: [MAIL]"+after, 1), []string{"p.yaml:521:13 messages.channels: …survey_link"}},
		"surveys that lead somewhere":       {strings.Replace(strings.Replace(own, mails, "channels: [MAIL]"+after, 1), "https://example.com/surveys/", "https://firm.example/surveys/", 1), nil},
		"a program like our own services":   {strings.Replace(own, "service_accounts: []", "service_accounts: [{subject: a, name: services/crm}]", 1), []string{"…services/crm is as much as a service of Redress"}},
		"a program that files":              {strings.Replace(own, "service_accounts: []", "service_accounts: [{subject: a, name: frontends/web, roles: [PUBLIC]}]", 1), nil},
		"callback later":                    {strings.Replace(own, "callback: {within: 24h", "callback: {within: 25h", 1), []string{"p.yaml:30:24 clocks[0].callback.within: …longer than the 24h"}},
		"callback by staff":                 {strings.Replace(own, "callback: {within: 24h, measure: ELAPSED", "callback: {within: 24h, measure: STAFFED", 1), []string{"p.yaml:30:38 clocks[0].callback.measure: …wall clock"}},
		"with a limit":                      {strings.Replace(own, "callback: {within: 24h, measure: ELAPSED", "callback: {within: 20h, limit: 24h, measure: STAFFED", 1), nil},
		"urgent has no limit":               {strings.Replace(own, "limit: 2h, ", "", 1), []string{"p.yaml:47:21 clocks[3].first_response: …2h"}},
		"nobody there":                      {strings.Replace(own, "supervisor: gao, takes_complaints: true", "supervisor: gao", 1), []string{"p.yaml:132:7 directory.departments[3]: …\"billing\""}},
		"one language less":                 {strings.Replace(own, ", en: Billing team", "", 1), []string{"p.yaml:136:14 directory.departments[3].alias: …\"en\""}},
		"guide in less":                     {strings.Replace(own, ", zh-Hant: 網頁", "", 1), []string{"p.yaml:176:13 guide.channels[1].name: …\"zh-Hant\""}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			advice, err := policy.Advice([]byte(tc.text), "p.yaml", shanghai(t, "2026-03-02 10:00:00"))
			require.NoError(t, err)
			require.Len(t, advice, len(tc.want), advice)
			for i, want := range tc.want {
				begin, words, _ := strings.Cut(want, "…")
				require.True(t, strings.HasPrefix(advice[i], begin), "want %s\ngot  %s", begin, advice[i])
				require.Contains(t, advice[i], words)
			}
		})
	}
	_, err = policy.Advice([]byte("ladder: {levels: []}\n"), "p.yaml", time.Time{})
	var refused *policy.Error
	require.ErrorAs(t, err, &refused)
}
