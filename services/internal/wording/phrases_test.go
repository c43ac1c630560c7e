package wording_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// TestPhrases: what a firm writes down once is found however it is typed (REM-2).
func TestPhrases(t *testing.T) {
	covers.Requirement(t, "REM-2")
	t.Parallel()
	p, err := wording.NewPhrases([][]string{{"您签了协议", "That's normal.", "这是快递的责任，您去找快递"}, {"签了协议", "normal"}})
	require.NoError(t, err)
	for text, want := range map[string][]string{
		"王先生，您签了协议。":            {"您签了协议"},
		"你签了协议！":                {"你签了协议"},
		"您簽了協議":                 {"您簽了協議"},
		"您签 了\u200b协议":          {"您签 了\u200b协议"},
		"Well, THAT’S  normal?": {"THAT’S  normal"},
		"this is abnormal":      nil,
		"that's normality":      nil,
		"这是快递的责任,你去找快递":         {"这是快递的责任,你去找快递"},
		"> 您签了协议\n":             nil,
		"":                      nil,
	} {
		var quotes []string
		for _, found := range p.In(text, 0) {
			quotes = append(quotes, found.Quote)
			require.Equal(t, found.Quote, string([]rune(text)[found.Start:found.End]))
		}
		require.Equal(t, want, quotes, text)
	}
	require.Empty(t, p.In("您签了协议"), "no list, nothing to find")
	require.Equal(t, "签了协议", p.In("您签了协议", 1)[0].Quote)
	require.Equal(t, "您签了协议", p.In("您签了协议", 0, 1)[0].Quote, "the first of those that overlap")
}

// TestSaidIsNotQuoted: repeating what the customer was told is not saying it.
func TestSaidIsNotQuoted(t *testing.T) {
	t.Parallel()
	rules, err := policy.Default()
	require.NoError(t, err)
	checker, err := wording.New(rules.Proto().GetWording())
	require.NoError(t, err)
	p, err := wording.NewPhrases([][]string{{"您想多了"}})
	require.NoError(t, err)
	require.Len(t, checker.Said(p, "您想多了。", 0), 1)
	require.Empty(t, checker.Said(p, "您说客服回了一句“您想多了”，我们正在核实。", 0))
	require.Empty(t, checker.Said(p, "> 您想多了\n我们正在核实。", 0))
}

// TestPlain: a phrase without words would be found nowhere.
func TestPlain(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{"。Ｒules  ARE rules!": "rules are rules", "。！": "", "": "", "“您想多了”": "您想多了", "\u200b": ""} {
		require.Equal(t, want, wording.Plain(written), written)
	}
}

// TestPhrasesFindThemselves: whatever is written down as one is found in any text around it.
func TestPhrasesFindThemselves(t *testing.T) {
	t.Parallel()
	phrase := "我们是正品"
	p, err := wording.NewPhrases([][]string{{phrase}})
	require.NoError(t, err)
	around := rapid.StringOfN(rapid.SampledFrom([]rune("我们是正品 。a1\n")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		text := around.Draw(t, "before") + "。" + phrase + "。" + around.Draw(t, "after")
		found := p.In(text, 0)
		require.NotEmpty(t, found)
		for i, f := range found {
			require.Equal(t, f.Quote, string([]rune(text)[f.Start:f.End]))
			require.Equal(t, phrase, strings.Join(strings.Fields(f.Quote), ""))
			require.True(t, i == 0 || f.Start >= found[i-1].End)
		}
	})
}
