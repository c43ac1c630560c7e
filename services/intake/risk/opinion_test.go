package risk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
)

// asks is a policy with one threshold.
func asks(kind policyv1.SignalKind, percent int32) *policyv1.RiskOpinion {
	return &policyv1.RiskOpinion{Enabled: true, Thresholds: []*policyv1.OpinionThreshold{{Kind: kind, Percent: percent}}}
}

// weigh is an analyser with weights of its own.
func weigh(t *testing.T, weights string, thresholds *policyv1.RiskOpinion) *risk.Analyser {
	t.Helper()
	a, err := grammar(t).With([]byte(weights), thresholds)
	require.NoError(t, err)
	return a
}

// TestOpinionFinds: a clause whose score reaches the threshold has the label, with the clause as evidence and the target
// that is named in it; of clauses side by side only the clearest.
func TestOpinionFinds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	// Labels compete, so the others are to be unlikely first.
	const others = "x any\tA-400 C-400 O-400 H-400 M-400\n"
	const weights = "# a comment\n" + others + "w 好 看\tT+100\nw 会\tT+40\n"
	text := "慢死了，会让黑猫好看。“会看”"
	got := weigh(t, weights, asks(policyv1.SignalKind_THREAT, 70)).Analyse(text)
	require.Equal(t, risk.Signal{
		Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_PLATFORM, Weight: 75, Start: 4, End: 10, Quote: "会让黑猫好看", Rule: "learned",
	}, find(t, got, policyv1.SignalKind_THREAT))
	require.Len(t, got.Signals, 1)
	require.Equal(t, policyv1.MessageKind_THREATENS, got.Kind)

	require.Empty(t, weigh(t, weights, asks(policyv1.SignalKind_THREAT, 95)).Analyse(text).Signals, "a higher threshold")
	require.Len(t, weigh(t, weights, asks(policyv1.SignalKind_THREAT, 60)).Analyse("真好看。他会的").Signals, 2, "a lower one")
	require.Empty(t, weigh(t, weights, asks(policyv1.SignalKind_MENTION, 1)).Analyse("会让你好看").Signals, "another label")
	require.Len(t, weigh(t, others+"w 会\tT+100\n", asks(policyv1.SignalKind_THREAT, 70)).Analyse("他會來").Signals, 1, "in both scripts")
	require.Len(t, weigh(t, others+"w 会\t<T+100\n", asks(policyv1.SignalKind_THREAT, 70)).Analyse("他会，等着").Signals, 1, "what stands before counts")
	require.Equal(t, "他", weigh(t, others+"w 会\t>T+100\n", asks(policyv1.SignalKind_THREAT, 70)).Analyse("他，会的").Signals[0].Quote, "what stands after counts")
}

// TestOpinionDrops: what the grammar found goes when the second opinion does not hold so, and stays with its own rule when it does.
func TestOpinionDrops(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	const text = "不退款我就打12315"
	found := grammar(t).Analyse(text).Signals
	require.Len(t, found, 1)
	require.Empty(t, weigh(t, "x any\tT-200\n", asks(policyv1.SignalKind_THREAT, 50)).Analyse(text).Signals)
	require.Equal(t, found, weigh(t, "v THREAT\tT+200\n", asks(policyv1.SignalKind_THREAT, 50)).Analyse(text).Signals)
	require.Equal(t, found, weigh(t, "x any\tT-200\n", asks(policyv1.SignalKind_MENTION, 50)).Analyse(text).Signals, "no threshold: the grammar decides")
	require.Equal(t, found, weigh(t, "x any\tT-200\n", &policyv1.RiskOpinion{Thresholds: asks(policyv1.SignalKind_THREAT, 50).Thresholds}).Analyse(text).Signals, "switched off")
	require.Empty(t, weigh(t, "v THREAT\tT+200\nx any\tA+250\n", asks(policyv1.SignalKind_THREAT, 50)).Analyse(text).Signals, "another label speaks for itself")
}

// TestOpinionOfLongLetters: many clauses are as many occasions to err, so more is asked for of what is found in one of them
// alone, but not of what the grammar finds there as well.
func TestOpinionOfLongLetters(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	const weights = "x any\tA-400 C-400 O-400 H-400 M-400\nw 好 看\tT+64\nv THREAT\tT+64\n"
	const more = "。昨天来过。今天没来。灯还亮着。"
	thresholds := asks(policyv1.SignalKind_THREAT, 60)
	thresholds.Clauses = 1
	a := weigh(t, weights, thresholds)
	require.Contains(t, kinds(a.Analyse("会让黑猫好看")), "THREAT")
	require.NotContains(t, kinds(a.Analyse("会让黑猫好看"+more)), "THREAT", "found by it alone")
	require.Contains(t, kinds(a.Analyse("不退款我就打12315"+more)), "THREAT", "found by the grammar, too")
}

// TestOpinionOfMessages: what a message is may be learned as well.
func TestOpinionOfMessages(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-5")
	thresholds := &policyv1.RiskOpinion{Enabled: true, Thresholds: []*policyv1.OpinionThreshold{{Message: policyv1.MessageKind_WITHDRAWS, Percent: 60}}}
	require.Equal(t, policyv1.MessageKind_WITHDRAWS, weigh(t, "w 罢 了\tW+100\n", thresholds).Analyse("此事罢了").Kind)
}

// TestOpinionRefuses weights that cannot be read.
func TestOpinionRefuses(t *testing.T) {
	t.Parallel()
	for _, weights := range []string{"w\tT+1\n", "w 会 T+1\n", "w 会\tX+1\n", "w 会\tT\n", "w 会\tT+99999\n", "w 会\t<\n"} {
		_, err := grammar(t).With([]byte(weights), asks(policyv1.SignalKind_THREAT, 50))
		require.Error(t, err, weights)
	}
}

// TestOpinionOfLetters: threats that no rule sees, and look-alikes of threats.
func TestOpinionOfLetters(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	a := analyser(t)
	for _, text := range []string{
		"三天内钱不到账，咱们劳动仲裁委员会门口碰头", "再拖下去我把聊天记录全发到抖音上让大家评评理", "Sort it by Monday or my solicitor will be writing to you.",
	} {
		require.Contains(t, kinds(a.Analyse(text)), "THREAT", text)
	}
	for _, text := range []string{"你们的12315快捷键在哪里设置？", "法院路那家店关门了吗？", "The ombudsman pub has closed early again."} {
		require.NotContains(t, kinds(a.Analyse(text)), "THREAT", text)
	}
}
