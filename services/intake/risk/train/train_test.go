package train_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/risk/train"
	"github.com/redress-dev/redress/services/internal/policy"
)

// letters are those that the built-in weights are learned from. held_out.jsonl is for measuring only.
func letters(t *testing.T) []train.Letter {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.jsonl")
	require.NoError(t, err)
	var all []train.Letter
	for _, path := range files {
		if strings.HasPrefix(filepath.Base(path), "held_out") {
			continue
		}
		some, err := train.Read(path)
		require.NoError(t, err)
		all = append(all, some...)
	}
	return all
}

func analyser(t *testing.T) (*risk.Analyser, *policyv1.Risk) {
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	words := p.Proto().GetRisk()
	a, err := risk.New(words)
	require.NoError(t, err)
	return a, words
}

// TestLetters: each letter once, each label one that there is, and each quotation where it is said to be.
func TestLetters(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, l := range letters(t) {
		require.False(t, seen[l.ID], "%s twice", l.ID)
		require.False(t, seen[l.Text], "the text of %s twice", l.ID)
		seen[l.ID], seen[l.Text] = true, true
		require.Positive(t, policyv1.MessageKind_value[l.Kind], "%s: kind %q", l.ID, l.Kind)
		quoted := make(map[string]bool)
		for _, s := range l.Spans {
			require.Contains(t, l.Signals, s.Label, l.ID)
			require.NotEmpty(t, s.Quote, l.ID)
			require.Contains(t, l.Text, s.Quote, l.ID)
			quoted[s.Label] = true
		}
		for _, signal := range l.Signals {
			kind := policyv1.SignalKind_value[signal]
			require.Positive(t, kind, "%s: %q", l.ID, signal)
			require.True(t, quoted[signal] || kind > int32(policyv1.SignalKind_MENTION), "%s: %s without a place", l.ID, signal)
		}
	}
}

// TestWeights: the committed weights are those that the committed letters teach.
func TestWeights(t *testing.T) {
	t.Parallel()
	a, _ := analyser(t)
	if testing.Short() {
		// Learning is one long loop in one goroutine: that it ends with the same weights each time, a few letters show.
		few := letters(t)[:200]
		got := train.Learn(a, few)
		require.NotEmpty(t, got)
		require.True(t, bytes.Equal(got, train.Learn(a, few)))
		return
	}
	want, err := os.ReadFile("../weights.txt")
	require.NoError(t, err)
	require.Less(t, len(want), 1_300_000, "the weights are larger than they need be")
	got := train.Learn(a, letters(t))
	require.True(t, bytes.Equal(want, got), "the weights are not what the letters teach: run make weights and commit the result")
}

// TestExpected holds what may be expected of letters by somebody else to floors: precision and recall, each author's letters
// read with what those of others teach.
func TestExpected(t *testing.T) {
	if testing.Short() {
		t.Skip("learns several times")
	}
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2", "REC-5")
	a, words := analyser(t)
	all := letters(t)
	v, err := train.Validate(a, all, words.GetOpinion())
	require.NoError(t, err)
	t.Log("\n" + v.Table())
	for kind, floor := range floors() {
		require.GreaterOrEqual(t, v.Labels[kind].Precision(), floor[0], "precision of %s", kind)
		require.GreaterOrEqual(t, v.Labels[kind].Recall(), floor[1], "recall of %s", kind)
	}
	require.LessOrEqual(t, float64(v.Alarms), 0.03*float64(v.Quiet), "false alarms")
	require.GreaterOrEqual(t, float64(v.Kinds), 0.81*float64(v.Letters), "kinds")

	// The grammar alone is to be worse, or nobody needs a second opinion.
	alone, err := a.With(nil, &policyv1.RiskOpinion{})
	require.NoError(t, err)
	var m train.Measurement
	m.Measure(alone, slices.DeleteFunc(slices.Clone(all), func(l train.Letter) bool { return strings.HasPrefix(l.Author, "development") }))
	t.Log("\nthe grammar alone:\n" + m.Table())
	threat := policyv1.SignalKind_THREAT
	require.Greater(t, v.Labels[threat].F1(), m.Labels[threat].F1()+0.1)
}

func floors() map[policyv1.SignalKind][2]float64 {
	return map[policyv1.SignalKind][2]float64{
		policyv1.SignalKind_THREAT: {0.86, 0.61}, policyv1.SignalKind_ALREADY_ESCALATED: {0.84, 0.56}, policyv1.SignalKind_CALL_TO_EXPOSE: {0.83, 0.57},
		policyv1.SignalKind_OPPONENT_THREAT: {0.85, 0.36}, policyv1.SignalKind_PAST_OR_HYPOTHETICAL: {0.8, 0.4}, policyv1.SignalKind_MENTION: {0.77, 0.25},
		policyv1.SignalKind_EMOTION: {0.86, 0.67}, policyv1.SignalKind_DEMAND_RISE: {0.78, 0.47}, policyv1.SignalKind_REPEATED_ISSUE: {0.69, 0.51},
		policyv1.SignalKind_OFFER_REJECTED: {0.73, 0.44}, policyv1.SignalKind_CHASE: {0.75, 0.48},
	}
}
