package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestYAML: what is printed is read back as the same policy, and does not depend on the default.
func TestYAML(t *testing.T) {
	t.Parallel()
	own, err := policy.Parse([]byte("guide: {above: {zh-Hans: \"one\\ntwo: #3\"}, steps: {zh-Hans: 12315}}\n"), "own.yaml")
	require.NoError(t, err)
	short, err := policy.Load(demo)
	require.NoError(t, err)
	for _, p := range []*policy.Policy{standard(t), short, own} {
		text, err := p.YAML()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "# Policy "+p.Version()+", whole"))
		back, err := policy.Parse(text, "printed.yaml")
		require.NoError(t, err)
		require.True(t, proto.Equal(p.Proto(), back.Proto()), "%s", text)
		require.Empty(t, policy.Diff(p, back))
	}
	text, err := standard(t).YAML()
	require.NoError(t, err)
	require.Contains(t, string(text), "\n    callback: {within: 24h, measure: ELAPSED, warnings: [4h, 1h]}\n", "as people write it")
}

func TestDiff(t *testing.T) {
	t.Parallel()
	text := defaultText(t)
	for what, tc := range map[string]struct{ from, to, want string }{
		"a number":            {"callback: {within: 24h", "callback: {within: 12h", "~ clocks[LOW].callback.within: 24h -> 12h"},
		"the same, otherwise": {"within: 24h", "within: 1440m", ""},
		"a list of values":    {"warnings: [4h, 1h]", "warnings: [4h]", "~ clocks[LOW].callback.warnings: [4h, 1h] -> [4h]"},
		"a field more":        {"{within: 15m", "{limit: 2h, within: 15m", "+ clocks[LOW].contact.limit: 2h"},
		"a field less":        {"limit: 2h, ", "", "- clocks[URGENT].first_response.limit: 2h"},
		"a person less":       {"    - {id: chen, display_name: Chen Yu, department: customer-service, supervisor: zhao, takes_complaints: true, skills: {contracts: 2, refunds: 3}}\n", "", "- directory.agents[chen]: {id: chen, display_name: Chen Yu, department: customer-service, supervisor: zhao, takes_complaints: true, skills: {contracts: 2, refunds: 3}}"},
		"a person more":       {"  agents:\n", "  agents:\n    - {id: mei, display_name: Mei, department: billing}\n", "+ directory.agents[mei]: {id: mei, display_name: Mei, department: billing}"},
		"a person moved":      {"{id: wu, display_name: Wu Tong, department: customer-service", "{id: wu, display_name: Wu Tong, department: billing", "~ directory.agents[wu].department: customer-service -> billing"},
		"a text of lines":     {"留下一种联系方式", "留下", "~ guide.steps.zh-Hans:\n    - \"您用"},
		"a word more":         {"        12315, ", "        某某局, 12315, ", "+ risk.words[BODY REGULATOR].zh: 某某局"},
		"a weight":            {"{kind: MENTION, weight: 5}", "{kind: MENTION, weight: 6}", "~ risk.weights[MENTION].weight: 5 -> 6"},
		"no version":          {"version: default-1\n", "", "~ version: default-1 -> default-1+"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			changed, err := policy.Parse([]byte(strings.Replace(text, tc.from, tc.to, 1)), "p.yaml")
			require.NoError(t, err)
			all := policy.Diff(standard(t), changed)
			if tc.want == "" {
				require.Empty(t, all)
				return
			}
			require.Len(t, all, 1, all)
			require.True(t, strings.HasPrefix(all[0].String(), tc.want), all[0].String())
			back := policy.Diff(changed, standard(t))
			require.Len(t, back, 1)
			require.Equal(t, []string{all[0].Path, all[0].New, all[0].Old}, []string{back[0].Path, back[0].Old, back[0].New})
		})
	}
	require.Empty(t, policy.Diff(standard(t), standard(t)))
}
