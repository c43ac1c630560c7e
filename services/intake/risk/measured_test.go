package risk_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/risk/train"
	"github.com/redress-dev/redress/services/internal/policy"
)

// letters reads a file of testdata.
func letters(tb testing.TB, path string) []train.Letter {
	tb.Helper()
	all, err := train.Read(path)
	require.NoError(tb, err)
	return all
}

// analyser is the built-in one.
func analyser(tb testing.TB) *risk.Analyser {
	tb.Helper()
	p, err := policy.Default()
	require.NoError(tb, err)
	a, err := risk.New(p.Proto().GetRisk())
	require.NoError(tb, err)
	return a
}

// grammar is the built-in lexicon with the second opinion switched off.
func grammar(tb testing.TB) *risk.Analyser {
	tb.Helper()
	a, err := analyser(tb).With(nil, &policyv1.RiskOpinion{})
	require.NoError(tb, err)
	return a
}

// TestMeasured scores every file of testdata by label, as docs/risk.md explains, with what was learned and by the
// grammar alone. With -v it lists each miss. What was learned was learned from these letters, so that their scores say only
// what is covered; the test of train says what may be expected of others.
func TestMeasured(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2", "REC-5")
	files, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for name, a := range map[string]*risk.Analyser{"grammar": grammar(t), "both": analyser(t)} {
		for _, path := range files {
			t.Run(name+"/"+filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				var m train.Measurement
				m.Measure(a, letters(t, path))
				t.Log("\n" + m.Table())
				for _, miss := range m.Misses {
					t.Log(miss)
				}
				threats := m.Labels[policyv1.SignalKind_THREAT]
				if name == "both" && !strings.HasPrefix(filepath.Base(path), "held_out") && threats.Texts > 0 {
					require.Greater(t, threats.F1(), 0.85)
				}
			})
		}
	}
}

// escalations are the labels that a text without any escalation must not get.
func escalations() []string {
	return []string{"THREAT", "ALREADY_ESCALATED", "CALL_TO_EXPOSE", "OPPONENT_THREAT", "PAST_OR_HYPOTHETICAL", "MENTION"}
}
