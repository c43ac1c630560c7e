package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestLaidOverByID: a firm states what it changes of wording and risk, by id, role or kind, and by language; all else stays, and
// diff lists the change alone.
func TestLaidOverByID(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		file string
		want []string
	}{
		"words in one language":   {"wording: {words: [{id: loss, zh: [损失, 亏空]}]}", []string{"~ wording.words[loss].zh"}},
		"words added":             {"wording: {words: [{id: ours-too, en: [acme]}]}", []string{"+ wording.words[ours-too]"}},
		"a rule switched off":     {"wording: {rules: [{id: highest-offer, off: true}]}", []string{"+ wording.rules[highest-offer].off"}},
		"a lead time":             {"wording: {rules: [{id: refund-too-soon, sooner_than: 48h}]}", []string{"~ wording.rules[refund-too-soon].sooner_than: 24h -> 48h"}},
		"an exception more":       {"wording: {rules: [{id: flat-refusal, unless: {we: CLAUSE}}]}", []string{"+ wording.rules[flat-refusal].unless.we"}},
		"a reason in one tongue":  {"wording: {rules: [{id: surely, why: {en: Never.}}]}", []string{"~ wording.rules[surely].why.en"}},
		"a letter in one tongue":  {"wording: {templates: [{id: closing, texts: {en: {subject: Done}}}]}", []string{"~ wording.templates[closing].texts.en.subject"}},
		"how long a day is":       {"wording: {times: [{id: today, long: 6h}]}", []string{"~ wording.times[today].long: 12h -> 6h"}},
		"a word of risk":          {"risk: {words: [{role: OBSERVES, zh: 某}]}", nil},
		"a weight":                {"risk: {weights: [{kind: MENTION, weight: 6}]}", []string{"~ risk.weights[MENTION].weight: 5 -> 6"}},
		"a distance":              {"risk: {limits: {reach: 15}}", []string{"~ risk.limits.reach: 14 -> 15"}},
		"words of risk":           {"risk: {words: [{role: BODY, target: REGULATOR, en: the authority}]}", []string{"- risk.words[BODY REGULATOR].en", "+ risk.words[BODY REGULATOR].en"}},
		"nothing":                 {"wording: {}", []string{}},
		"nothing of the sections": {"risk:\nwording:", []string{}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			changed, err := policy.Parse([]byte(tc.file), "p.yaml")
			if tc.want == nil {
				require.ErrorContains(t, err, "p.yaml:1:", "a mistake is told where it stands")
				return
			}
			require.NoError(t, err)
			all := policy.Diff(standard(t), changed)[1:] // The version comes first.
			require.Len(t, all, len(tc.want), all)
			for i, want := range tc.want {
				require.Contains(t, all[i].String(), want)
			}
			printed, err := changed.YAML()
			require.NoError(t, err)
			back, err := policy.Parse(printed, "printed.yaml")
			require.NoError(t, err)
			require.True(t, proto.Equal(changed.Proto(), back.Proto()), "what is printed means the same")
		})
	}
}

// TestValuesLeftOut: a section that a firm wrote before there were some of its values loads, with the built-in ones. What may be left
// out, and lists, mean what they meant.
func TestValuesLeftOut(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"notices: {gather_after: 7, gatherWindow: 6m}\n",
		"record: {max_entries: 7, flag_life: 4320h}\n",
		"attachments: {max_bytes: 7, max_per_complaint: 2, media_types: [text/plain], abandoned_after: 24h}\n",
		"public: {proofs: [EMAIL]}\nattempts: {}\n",
		"matters: {window: 240h}\n",
	} {
		changed, err := policy.Parse([]byte(text), "p.yaml")
		require.NoError(t, err)
		printed, err := changed.YAML()
		require.NoError(t, err)
		back, err := policy.Parse(printed, "printed.yaml")
		require.NoError(t, err)
		require.True(t, proto.Equal(changed.Proto(), back.Proto()), "what is printed means the same")
		if got := changed.Proto().GetNotices(); strings.HasPrefix(text, "notices") {
			require.EqualValues(t, 7, got.GetGatherAfter())
			require.Equal(t, 6*time.Minute, got.GetGatherWindow().AsDuration())
			require.Equal(t, time.Minute, got.GetRetryAfter().AsDuration(), "left out")
		}
		if got := changed.Proto().GetMatters(); strings.HasPrefix(text, "matters") {
			require.Equal(t, 240*time.Hour, got.GetWindow().AsDuration())
			require.EqualValues(t, 20, got.GetMaxCandidates(), "left out")
			require.Zero(t, got.GetRepeatWeight(), "none raises no signal")
			require.Empty(t, got.GetCommonWords())
		}
	}
	_, err := policy.Parse([]byte("attachments: {max_bytes: 7}\n"), "p.yaml")
	require.ErrorContains(t, err, "p.yaml:1:14 attachments.media_types", "a list is the file's alone")
	require.NotContains(t, err.Error(), "sweep_every")
}

// TestLaidOverMistakes: problems are told at the line of the firm's file, whatever place the entry has in the whole, and those of
// built-in entries that no longer fit by their name.
func TestLaidOverMistakes(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"wording:\n  words:\n  - {id: nobody, zh: [无人]}\n  - {id: loss, zh: [损失, 损失]}\n":        `p.yaml:4:25 wording.words[1].zh[1]: "损失" is in the list "loss" twice`,
		"wording:\n  rules:\n  - {id: surely, patterns: [surely nowhere]}\n":                    `p.yaml:3:29 wording.rules[0].patterns[0]: there is no word list "nowhere"`,
		"wording:\n  rules:\n  - {id: mine, kind: BLAME, patterns: [we]}\n":                     `p.yaml:3:5 wording.rules[0].why: has no text in "zh-Hans"`,
		"wording:\n  words:\n  - {id: loss, zh: [亏]}\n  - {id: loss, zh: [损]}\n":                `p.yaml:4:10 wording.words[1].id: there is a word list "loss" already`,
		"wording:\n  templates:\n  - {id: answer, texts: {en: {body: nothing}}}\n":              `p.yaml:3:37 wording.templates[0].texts["en"].body: does not tell`,
		"wording:\n  times:\n  - {id: hours, long: 0s}\n":                                       `p.yaml:3:23 wording.times[0].long: a unit`,
		"languages: {fallback: zh-Hans, traditional_markers: 消}\nrisk: {limits: {reach: 15}}\n": `p.yaml:2:7 risk: risk.words[BODY REGULATOR]: `,
		"risk:\n  words:\n  - {role: BODY, target: REGULATOR, zh: '消 协'}\n":                     `p.yaml:3:41 risk.words[0].zh`,
	} {
		_, err := policy.Parse([]byte(file), "p.yaml")
		require.ErrorContains(t, err, want, file)
	}
	// A letter of the built-in policy that a second acknowledgement makes one too many.
	_, err := policy.Parse([]byte("wording:\n  templates:\n  - {id: closing, kind: ACKNOWLEDGEMENT}\n"), "p.yaml")
	require.ErrorContains(t, err, "wording.templates[0].kind: there is an ACKNOWLEDGEMENT already")
}

// TestBaseIsNotChanged: what one file changes is not in the next policy.
func TestBaseIsNotChanged(t *testing.T) {
	t.Parallel()
	before := proto.CloneOf(standard(t).Proto())
	_, err := policy.Parse([]byte("wording: {words: [{id: loss, zh: [亏]}]}\nrisk: {weights: [{kind: MENTION, weight: 6}]}\n"), "p.yaml")
	require.NoError(t, err)
	require.True(t, proto.Equal(before, standard(t).Proto()))
	require.False(t, standard(t).Proto().GetWording().GetWhole())
	require.NotEqual(t, policyv1.WordingRule_KIND_UNSPECIFIED, standard(t).Proto().GetWording().GetRules()[0].GetKind())
}
