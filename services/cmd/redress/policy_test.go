package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const demo = "../../../deploy/standalone/policy-demo.yaml"

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	bad := write(t, "bad.yaml", "version: a\nladder: {levels: [{role: COMPANY_EXECUTIVE, climb: 0s}]}\nlimits: {max_page_size: 0}\nstaffed_hours: {openings: [{days: [MONDAY], from: \"9:00\", to: \"18:00\"}], time_zone: Nowhere}\n")
	for what, tc := range map[string]struct {
		args        string
		env         []string
		code        int
		out, errors []string
	}{
		"default": {"policy check", nil, 0, []string{"the built-in default is a policy: version default-1\n"}, nil},
		"demo": {"policy check " + demo, nil, 0, []string{"version demo-1, with 2 doubts"}, []string{
			"warning: " + demo + ":", "directory: is not stated", "guide: is not stated",
		}},
		"by variable": {"policy check", []string{"REDRESS_POLICY=" + demo}, 0, []string{"demo-1"}, nil},
		"by file":     {"policy check --config " + write(t, "redress.yaml", "policy: "+demo+"\ngrpc-addr: a:1\n"), nil, 0, []string{"demo-1"}, nil},
		"named file":  {"policy check " + demo, []string{"REDRESS_POLICY=" + bad}, 0, []string{"demo-1"}, nil},
		"bad":         {"policy check " + bad, nil, 1, nil, []string{bad + ":2:52 ladder.levels[0].climb: ", bad + ":3:", bad + ":4:51 staffed_hours.openings[0].from: must be a time of day such as \"09:00\"\n", "staffed_hours.time_zone: ", "bad.yaml is refused: "}},
		"missing":     {"policy check none.yaml", nil, 1, nil, []string{"redress: policy: open none.yaml"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			got := call(t, strings.Fields(tc.args), tc.env...)
			require.Equal(t, tc.code, got.code, got.errors)
			for _, text := range tc.out {
				require.Contains(t, got.out, text)
			}
			for _, text := range tc.errors {
				require.Contains(t, got.errors, text)
			}
			require.Equal(t, len(tc.out) == 0, got.out == "", got.out)
		})
	}
}

// TestPolicyPrint: what is printed is a policy, and no other than the one it came from.
func TestPolicyPrint(t *testing.T) {
	t.Parallel()
	got := call(t, []string{"policy", "print", demo})
	require.Zero(t, got.code, got.errors)
	require.Contains(t, got.out, "# Policy demo-1, whole")
	require.Contains(t, got.out, "callback: {within: 20s, measure: ELAPSED, warnings: [10s, 5s]}")
	require.Contains(t, got.out, "phone_region: CN", "sections of the default too")
	printed := write(t, "printed.yaml", got.out)
	require.Equal(t, outcome{}, call(t, []string{"policy", "diff", demo, printed, "--exit-code"}))
	require.Equal(t, 1, call(t, []string{"policy", "print", "none.yaml"}).code)
}

func TestPolicyDiff(t *testing.T) {
	t.Parallel()
	later := write(t, "later.yaml", "version: demo-2\nattempts: {back_dating: 5m}\n")
	first := write(t, "first.yaml", "version: demo-1\nattempts: {back_dating: 1m}\n")
	want := "~ version: demo-1 -> demo-2\n~ attempts.back_dating: 1m -> 5m\n"
	require.Equal(t, outcome{out: want}, call(t, []string{"policy", "diff", first, later}))
	require.Equal(t, outcome{out: want, code: 1}, call(t, []string{"policy", "diff", "--exit-code", first, later}))
	require.Equal(t, outcome{out: "~ version: default-1 -> demo-2\n"}, call(t, []string{"policy", "diff", later}))
	require.Equal(t, outcome{out: "~ version: default-1 -> demo-2\n"}, call(t, []string{"policy", "diff"}, "REDRESS_POLICY="+later))
	require.Equal(t, 1, call(t, []string{"policy", "diff", "none.yaml", later}).code)
}
