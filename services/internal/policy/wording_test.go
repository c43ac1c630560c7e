package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestWordingMistakesAreNamed: a firm's own letters and rules are refused with line and field when the policy is read, so that
// none fails on a customer (SAY-1).
func TestWordingMistakesAreNamed(t *testing.T) {
	covers.Requirement(t, "SAY-1", "ACK-1")
	t.Parallel()
	text, err := os.ReadFile("wording.yaml")
	require.NoError(t, err)
	whole := strings.Replace(string(text), "wording:\n", "wording:\n  whole: true\n", 1)
	same, err := policy.Parse([]byte(whole), "p.yaml")
	require.NoError(t, err)
	require.Equal(t, standard(t).Proto().GetWording().String(), same.Proto().GetWording().String())
	for what, tc := range map[string]struct{ from, to, field, want string }{
		"unknown variable":      {"受理编号是 {{.reference}}", "受理编号是 {{.number}}", `wording.templates[0].texts["zh-Hans"].body`, "no such variable; there are reference"},
		"variable of others":    {"Hello{{with .display_name}}", "Hello{{.answer}}{{with .display_name}}", `wording.templates[0].texts["en"].body`, "no such variable"},
		"missing language":      {"        zh-Hant:\n          subject: 我們已收到", "        fr:\n          subject: 我們已收到", `wording.templates[0].texts`, `no text in "zh-Hant"`},
		"unsupported language":  {"        zh-Hant:\n          subject: 我們已收到", "        fr:\n          subject: 我們已收到", `wording.templates[0].texts["fr"]`, "not a supported"},
		"nothing told":          {"{{.answer}}", "…", `wording.templates[1].texts["zh-Hans"].body`, "does not tell answer"},
		"a loop":                {"{{.answer}}", "{{range .answer}}{{end}}", `wording.templates[1].texts["zh-Hans"].body`, "with and if"},
		"subject":               {"subject: Your complaint has arrived ({{.reference}})", "subject: '{{.'", `wording.templates[0].texts["en"].subject`, ""},
		"letter twice":          {"- id: closing", "- id: answer", "wording.templates[5].id", "already"},
		"two acknowledgements":  {"kind: ANSWER", "kind: ACKNOWLEDGEMENT", "wording.templates[1].kind", "already"},
		"no acknowledgement":    {"kind: ACKNOWLEDGEMENT", "kind: ANSWER", "wording.templates", "no ACKNOWLEDGEMENT"},
		"no kind":               {"kind: CLOSING", "kind: KIND_UNSPECIFIED", "wording.templates[5].kind", ""},
		"pattern to nowhere":    {"wrong-is we,", "wrong-is nobody,", "wording.rules[0].patterns[2]", `no word list "nobody"`},
		"pattern too long":      {"wrong-is we,", "we we we we we we we,", "wording.rules[0].patterns[2]", "7 word lists"},
		"alone nowhere":         {"alone: [bare-no,", "alone: [bare-noo,", "alone[0]", `no word list "bare-noo"`},
		"exception to nowhere":  {"unless: {if: SENTENCE", "unless: {iff: SENTENCE", `wording.rules[0].unless["iff"]`, `no word list "iff"`},
		"report to nowhere":     {"    - you say\n", "    - thou say\n", "wording.reports[0]", "thou"},
		"rule twice":            {"- id: our-fault", "- id: accepts-liability", "wording.rules[1].id", "already"},
		"rule without a reason": {"        en: Before a ruling this accepts", "        fr: Before a ruling this accepts", "wording.rules[0].why", `no text in "en"`},
		"list twice":            {"- id: our\n", "- id: we\n", "wording.words[2].id", "already"},
		"list without words":    {"      en: [nothing to do with, unrelated to, no connection with, not related to]\n", "", "wording.words", "no words"},
		"word twice":            {"zh: [我, 我们,", "zh: [我, 我,", "wording.words[1].zh[1]", "twice"},
		"upper case":            {"en: [we, i,", "en: [we, I,", "wording.words[1].en[1]", "lower case"},
		"blank":                 {"en: [we, i,", "en: [we, ' i',", "wording.words[1].en[1]", "blank"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, whole, tc.from)
			_, err := policy.Parse([]byte(strings.Replace(whole, tc.from, tc.to, 1)), "p.yaml")
			var refused *policy.Error
			require.ErrorAs(t, err, &refused)
			found := false
			for _, problem := range refused.Problems {
				require.Regexp(t, `^p\.yaml:\d+:\d+ `, problem)
				found = found || strings.Contains(problem, tc.field) && strings.Contains(problem, tc.want)
			}
			require.True(t, found, "want %s … %s\ngot %s", tc.field, tc.want, err)
		})
	}
}

// A file that says so replaces the section whole, like any other.
func TestWordingIsReplacedWhole(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte("wording: {whole: true, words: [{id: we, en: [we]}]}\n"), "p.yaml")
	require.ErrorContains(t, err, "wording.templates")
	p := standard(t)
	require.Equal(t, "Delivery team", p.Team("departments/logistics", "en"))
	require.Empty(t, p.Team("departments/logistics", "fr"))
	require.Empty(t, p.Team("", "en"))
}
