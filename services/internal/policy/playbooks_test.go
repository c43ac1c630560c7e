package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestPlaybookMistakesAreNamed: a firm's own playbook is refused with line and field, so that nothing is suggested that cannot be
// proposed, and nothing that frightens (REM-2).
func TestPlaybookMistakesAreNamed(t *testing.T) {
	covers.Requirement(t, "REM-2")
	t.Parallel()
	text, err := os.ReadFile("playbooks.yaml")
	require.NoError(t, err)
	whole := strings.Replace(string(text), "playbooks:\n", "playbooks:\n  whole: true\n  suggest_most: 6\n", 1)
	same, err := policy.Parse([]byte(whole), "p.yaml")
	require.NoError(t, err)
	require.True(t, proto.Equal(standard(t).Proto().GetPlaybooks(), same.Proto().GetPlaybooks()))
	for what, tc := range map[string]struct{ from, to, field, want string }{
		"playbook twice":         {"- id: price\n", "- id: quality\n", "playbooks.playbooks[1].id", "already"},
		"play twice":             {"- id: exchange\n", "- id: return-refund\n", "playbooks.playbooks[0].plays[1].id", "already"},
		"a language is missing":  {"            zh-Hant: 您可以選擇退貨。", "            fr: 您可以選擇退貨。", "playbooks.playbooks[0].plays[0].wording", `no text in "zh-Hant"`},
		"no feeling":             {"        en: You waited for it,", "        fr: You waited for it,", "playbooks.playbooks[0].validation", `no text in "en"`},
		"unknown placeholder":    {"with you {due}, carriage", "with you {soon}, carriage", `playbooks.playbooks[0].plays[1].parts[0].contents["en"]`, "{soon} stands for nothing"},
		"open placeholder":       {"with you {due}, carriage", "with you {due, carriage", `playbooks.playbooks[0].plays[1].parts[0].contents["en"]`, "stands for nothing"},
		"amount that is not set": {"on its way {due}\n", "on its way {due}, {amount}\n", `playbooks.playbooks[0].plays[2].parts[0].contents["en"]`, "{amount} stands for nothing"},
		"coupon of nothing":      {`amount: "10"`, `amount: "0.00"`, "playbooks.playbooks[0].plays[0].parts[1].amount", "nothing is no amount"},
		"coupon without amount":  {"              amount: \"10\"\n", "", "playbooks.playbooks[0].plays[0].parts[1]", "a COUPON has an amount"},
		"coupon for no time":     {"              coupon_validity: 8760h\n", "", "playbooks.playbooks[0].plays[0].parts[1]", "can be used for some time"},
		"too fine":               {`amount: "10"`, `amount: "10.001"`, "playbooks.playbooks[0].plays[0].parts[1].amount", "more digits"},
		"money for words":        {"kind: COUPON\n              basis: GOODWILL", "kind: APOLOGY\n              basis: GOODWILL", "playbooks.playbooks[0].plays[0].parts[1].amount", "costs no money"},
		"bases that do not mix":  {"kind: COUPON\n              basis: GOODWILL", "kind: COUPON\n              basis: FAULT", "playbooks.playbooks[0].plays[0].parts", "make them two plays"},
		"phrase without words":   {"[我们的产品都经过严格质检,", "['。！',", `playbooks.playbooks[0].never_say["zh-Hans"].phrases[0]`, "no words"},
		"blank need":             {"need_words: [退货,", "need_words: [' 退货',", "playbooks.playbooks[0].plays[0].need_words[0]", "blank"},
		"frightening":            {"家里其他人照常使用", "不然孩子去网吧更危险", `playbooks.playbooks[4].plays[1].parts[0].contents["zh-Hans"]`, `"网吧" frightens`},
		"frightening in English": {"Your child is lucky to have", "Or it goes on your Credit  Record to have", `playbooks.playbooks[4].plays[1].wording["en"]`, `"credit record" frightens`},
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

// TestAFirmsPlaybookChangesOnePlay: what a firm states of a play holds, all else stays, and mistakes are told at its own lines.
func TestAFirmsPlaybookChangesOnePlay(t *testing.T) {
	covers.Requirement(t, "REM-2")
	t.Parallel()
	changed, err := policy.Parse([]byte(`playbooks:
  playbooks:
    - id: price
      plays:
        - id: price-gap-coupon
          alone: true
          wording: {en: "Here is a coupon for the difference."}
    - id: banking
      display_name: {zh-Hans: 银行, zh-Hant: 銀行, en: Banking}
      scenarios: [OTHER]
      validation: {zh-Hans: 我们听到了。, zh-Hant: 我們聽到了。, en: We hear you.}
      plays:
        - id: letter
          parts:
            - {kind: EXPLANATION, basis: GOODWILL, contents: {zh-Hans: 书面说明, zh-Hant: 書面說明, en: A letter}}
          wording: {zh-Hans: 写给您, zh-Hant: 寫給您, en: In writing}
`), "p.yaml")
	require.NoError(t, err)
	all := policy.Diff(standard(t), changed)[1:]
	want := []string{"wording.en", "alone", "+ playbooks.playbooks[banking]"}
	require.Len(t, all, len(want), all)
	for i, part := range want {
		require.Contains(t, all[i].String(), part)
	}
	books := changed.Proto().GetPlaybooks().GetPlaybooks()
	require.Equal(t, "banking", books[len(books)-1].GetId())
	printed, err := changed.YAML()
	require.NoError(t, err)
	back, err := policy.Parse(printed, "printed.yaml")
	require.NoError(t, err)
	require.True(t, proto.Equal(changed.Proto(), back.Proto()), "what is printed means the same")
	for file, told := range map[string]string{
		"playbooks:\n  playbooks:\n  - id: price\n    plays:\n    - {id: cheaper-way, need_words: ['']}\n":                          `p.yaml:5:38 playbooks.playbooks[0].plays[0].need_words[0]`,
		"playbooks:\n  playbooks:\n  - id: attitude\n    plays:\n    - {id: own-person, wording: {en: 'Or we call the police.'}}\n": `playbooks.playbooks[0].plays[0].wording["en"]: "the police" frightens`,
		"wording:\n  words:\n  - {id: frightens, zh: [优惠券]}\n":                                                                      `"优惠券" frightens`,
		"remedies: {currency: JPY, currency_digits: 0}\nplaybooks:\n  playbooks:\n  - id: price\n    plays:\n    - {id: price-gap-coupon, parts: [{kind: COUPON, basis: GOODWILL, amount: '2.5', coupon_validity: 1h, contents: {zh-Hans: a, zh-Hant: a, en: a}}]}\n": "more digits after the point",
	} {
		_, err := policy.Parse([]byte(file), "p.yaml")
		require.ErrorContains(t, err, told, file)
	}
}

// TestPlaybooksOfTheRequirements: the numbers and kinds that the requirements name, and the telecom case without money or fear (REM-2).
func TestPlaybooksOfTheRequirements(t *testing.T) {
	covers.Requirement(t, "REM-1", "REM-2")
	t.Parallel()
	plays := make(map[string]*policyv1.Play)
	scenarios := make(map[policyv1.Scenario]bool)
	for _, book := range standard(t).Proto().GetPlaybooks().GetPlaybooks() {
		for _, scenario := range book.GetScenarios() {
			scenarios[scenario] = true
		}
		for _, play := range book.GetPlays() {
			plays[book.GetId()+"/"+play.GetId()] = play
			for _, part := range play.GetParts() {
				require.True(t, book.GetId() != "telecom-contract" || part.GetAmount() == "", "S0 ends without money")
			}
		}
	}
	require.Len(t, scenarios, 5, "every scenario has a playbook")
	gap := plays["price/price-gap-coupon"].GetParts()[0]
	require.Equal(t, "500", gap.GetCouponThreshold())
	require.EqualValues(t, 8760*3600, gap.GetCouponValidity().GetSeconds())
	require.Equal(t, "10", plays["quality/return-refund"].GetParts()[1].GetAmount())
	require.Equal(t, "20", plays["quality/for-the-trouble"].GetParts()[0].GetAmount())
	require.Equal(t, "3", plays["logistics/delay-coupon"].GetParts()[0].GetAmount())
	require.EqualValues(t, 24*3600, plays["quality/return-refund"].GetParts()[0].GetWithin().GetSeconds())
	require.EqualValues(t, 12*3600, plays["logistics/reship"].GetParts()[0].GetWithin().GetSeconds())
	require.Equal(t, "SERVICE_CHANGE", plays["telecom-contract/pause"].GetParts()[0].GetKind())
	require.True(t, plays["telecom-contract/pause"].GetAlone())
}

// TestTheExampleOfTheDocsHolds: what docs/playbooks.md shows is a policy.
func TestTheExampleOfTheDocsHolds(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/playbooks.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	example, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	changed, err := policy.Parse([]byte(example), "example.yaml")
	require.NoError(t, err)
	all := policy.Diff(standard(t), changed)
	require.Contains(t, all[len(all)-1].String(), "+ playbooks.playbooks[door-lock]")
}
