package risk_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/risk/train"
)

// kinds are the kinds of the signals of a reading, each once, in the order of the enum.
func kinds(reading risk.Reading) []string {
	var all []string
	for _, s := range reading.Signals {
		all = append(all, s.Kind.String())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// find is the first signal of a kind.
func find(t *testing.T, reading risk.Reading, kind policyv1.SignalKind) risk.Signal {
	t.Helper()
	at := slices.IndexFunc(reading.Signals, func(s risk.Signal) bool { return s.Kind == kind })
	require.GreaterOrEqual(t, at, 0, "no %s in %v", kind, reading.Signals)
	return reading.Signals[at]
}

// TestClauseDecides: the same keyword in clauses that mean different things, and nothing for accidents of characters.
func TestClauseDecides(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	a := grammar(t)
	for kind, texts := range map[string][]string{
		"THREAT": {
			"不解决我就打12315", "再不退款，我就去消协投诉。", "否则将依法提起诉讼", "我会向12345反映此事", "将依法维权，保留起诉的权利", "下一步就是315",
			"不給退我就找消保官", "逾期未覆，本人將循法律途徑追討。", "Refund me or I will go to the ombudsman.", "Unless this is fixed I'm going to sue you.",
			"My next step is the small claims court.", "See you in court.",
		},
		"ALREADY_ESCALATED": {
			"12315也打过，也无回复", "上周已经向银保监会投诉", "我3月5日向市场监管局举报，至今没有结果", "我已向消委會投訴", "I filed with the FCA last week.",
			"I have already reported you to Trading Standards.",
		},
		"CALL_TO_EXPOSE": {
			"求媒体曝光", "请监管部门介入查一查", "希望市场监管局查处这家店", "请12345核实", "懇請消保官調查", "I urge the FTC to investigate this company.",
		},
		"OPPONENT_THREAT": {
			"物业给我发律师函", "客服说我再闹就起诉我", "催收威胁要起诉", "業者揚言要告我", "They are threatening to sue me.",
		},
		"PAST_OR_HYPOTHETICAL": {
			"要不是没时间早就去消协投诉了", "我不想打12315", "差点就打了市长热线", "我不想鬧上法院", "I don't want to go to the press.", "I would have sued you.",
		},
		"MENTION": {
			"12315让我先找你们", "客服说你可以去12315投诉", "合同写着“争议由人民法院管辖”，我不认", "The ombudsman's leaflet says eight weeks.",
		},
		"": {
			"利息123005元", "环保监督电话是空号", "朋友圈水果店的苹果烂了", "曝光补偿拨轮坏了", "打印起诉书一页五块", "订单号12345678", "共12345元", "The food court was dirty.",
			"The tennis court was wet.", "我要投诉你们的快递员", "I want to complain about the driver.",
		},
	} {
		for _, text := range texts {
			t.Run(text, func(t *testing.T) {
				t.Parallel()
				got := kinds(a.Analyse(text))
				if kind == "" {
					require.Empty(t, got)
					return
				}
				require.Contains(t, got, kind)
				for _, other := range escalations() {
					require.False(t, other != kind && slices.Contains(got, other), "also %s", other)
				}
			})
		}
	}
}

// TestTargets: whom a threat names.
func TestTargets(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	a := grammar(t)
	for text, want := range map[string]policyv1.SignalTarget{
		"不退款我就打12378": policyv1.SignalTarget_REGULATOR,
		"不退款我就发小红书":   policyv1.SignalTarget_PLATFORM,
		"不退款我就找记者":    policyv1.SignalTarget_MEDIA,
		"不退款我就起诉你们":   policyv1.SignalTarget_LAWSUIT,
		"不退款我就给差评":    policyv1.SignalTarget_REVIEW,
		"再不处理我就报警":    policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED,
		"Refund me or I will tell Ofcom. If not, I will report this to Ofcom.": policyv1.SignalTarget_REGULATOR,
		"If you don't refund me I'll leave a one star review.":                 policyv1.SignalTarget_REVIEW,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, find(t, a.Analyse(text), policyv1.SignalKind_THREAT).Target)
		})
	}
}

// TestDisguises: however a hotline or a word is spelt, it is found, and the evidence is what was written.
func TestDisguises(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	a := grammar(t)
	for text, want := range map[string]string{
		"不退款我会拨打１２３１５！":                                       "拨打１２３１５",
		"不退款我会拨打1 2 3 1 5！":                                   "拨打1 2 3 1 5",
		"不退款我会拨打12-315！":                                      "拨打12-315",
		"不退款我会拨打1.2.3.1.5！":                                   "拨打1.2.3.1.5",
		"不退款我会拨打一二三一五！":                                       "拨打一二三一五",
		"不退款我会拨打①②③①⑤！":                                       "拨打①②③①⑤",
		"不退款我会拨打1\u200b23\u200d15！":                           "拨打1\u200b23\u200d15",
		"不退款我就起\u200b诉\ufeff你们！":                              "起\u200b诉\ufeff你们",
		"不退款我就起訴你們！":                                          "起訴你們",
		"IF YOU DON'T REFUND ME I WILL REPORT YOU TO THE ＦＣＡ": "REPORT YOU TO THE ＦＣＡ",
		"If you don’t refund me I’ll go to the FCA":           "go to the FCA",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s := find(t, a.Analyse(text), policyv1.SignalKind_THREAT)
			require.Equal(t, want, s.Quote)
			require.Equal(t, want, string([]rune(text)[s.Start:s.End]))
		})
	}
}

// TestUnmetNeed: what RISK-2 asks for, and anger.
func TestUnmetNeed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2")
	a := grammar(t)
	for text, want := range map[string]string{
		"之前要500，现在必须赔1000":              "DEMAND_RISE",
		"一开始我只要求换货，现在我要求退款":             "DEMAND_RISE",
		"A refund is no longer enough.": "DEMAND_RISE",
		"洗衣机又坏了，第三次了":                   "REPEATED_ISSUE",
		"Same fault again.":             "REPEATED_ISSUE",
		"20块的券我不要":                      "OFFER_REJECTED",
		"Your offer is an insult.":      "OFFER_REJECTED",
		"怎么还没消息":                        "CHASE",
		"Any update?":                   "CHASE",
		"你们这是霸王条款":                      "EMOTION",
		"太慢了！！！":                        "EMOTION",
		"This is a scam.":               "EMOTION",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, kinds(a.Analyse(text)), want)
		})
	}
	for _, text := range []string{
		"原价500，现在涨到1000", "商家不接受退货", "第三次购买了，一直很好", "你们不是骗子", "好！谢谢！",
		"我买的床垫很好，物流也快，就是送货的师傅没有提前打电话，我在开会，回来已经放在门口了，淋了雨，请问进度，什么时候能换一张新的，谢谢你们，麻烦了。",
	} {
		require.Empty(t, a.Analyse(text).Signals, text)
	}
}

// TestMessageKinds: the proposals of REC-5.
func TestMessageKinds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-5")
	a := grammar(t)
	for text, want := range map[string]policyv1.MessageKind{
		"补充一下，购买日期是3月1日，发票见附件。": policyv1.MessageKind_NEW_INFORMATION,
		"":                           policyv1.MessageKind_NEW_INFORMATION,
		"请问处理到哪一步了？":                 policyv1.MessageKind_PROGRESS_CHASE,
		"When will I hear from you?": policyv1.MessageKind_PROGRESS_CHASE,
		"又坏了，跟上次一样。":                 policyv1.MessageKind_REPEATS_ISSUE,
		"这个方案我不接受。":                  policyv1.MessageKind_REJECTS,
		"I do not accept this.":      policyv1.MessageKind_REJECTS,
		"同意，就按你们说的办。":                policyv1.MessageKind_ACCEPTS,
		"I accept your offer.":       policyv1.MessageKind_ACCEPTS,
		"不退款我就起诉。":                   policyv1.MessageKind_THREATENS,
		"这个方案我不接受，再不退款我就打12315。": policyv1.MessageKind_THREATENS,
		"谢谢，问题解决了。":              policyv1.MessageKind_THANKS,
		"Thank you so much!":     policyv1.MessageKind_THANKS,
		"我要撤销投诉。":                policyv1.MessageKind_WITHDRAWS,
		"Please close my case.":  policyv1.MessageKind_WITHDRAWS,
		"谢谢，但是一直没人处理，请尽快回复。":     policyv1.MessageKind_PROGRESS_CHASE,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, a.Analyse(text).Kind)
		})
	}
}

// TestWeights: a weight for a target goes before one for the kind; without any a signal weighs nothing.
func TestWeights(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	words := []*policyv1.RiskWords{
		{Role: policyv1.RiskRole_BODY, Target: policyv1.SignalTarget_REGULATOR, Zh: "某局"},
		{Role: policyv1.RiskRole_TOWARD, Zh: "去"},
		{Role: policyv1.RiskRole_INTENT, Zh: "将"},
		{Role: policyv1.RiskRole_STEP, Target: policyv1.SignalTarget_LAWSUIT, Zh: "起诉"},
	}
	a, err := risk.New(&policyv1.Risk{
		Words: words,
		Weights: []*policyv1.SignalWeight{
			{Kind: policyv1.SignalKind_THREAT, Weight: 10},
			{Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_LAWSUIT, Weight: 20},
		},
		Limits: &policyv1.RiskLimits{Reach: 10, ReachEn: 10, Bind: 4, BindEn: 4, ExclamationsInARow: 3, Exclamations: 5, ShortClauses: 6},
	})
	require.NoError(t, err)
	reading := a.Analyse("将去某局！将起诉。某局！！！")
	require.Equal(t, []risk.Signal{
		{Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_REGULATOR, Weight: 10, Start: 1, End: 4, Quote: "去某局", Rule: "intended"},
		{Kind: policyv1.SignalKind_THREAT, Target: policyv1.SignalTarget_LAWSUIT, Weight: 20, Start: 6, End: 8, Quote: "起诉", Rule: "intended"},
		{Kind: policyv1.SignalKind_EMOTION, Start: 11, End: 14, Quote: "！！！", Rule: "exclamations"},
	}, reading.Signals)
	require.Equal(t, "去某局", find(t, a.Analyse("將去某局"), policyv1.SignalKind_THREAT).Quote, "the traditional form is made")

	_, err = risk.New(&policyv1.Risk{})
	require.Error(t, err, "no words")
}

// TestConcurrent: one analyser for all, and the same reading each time.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	a := analyser(t)
	all := letters(t, "testdata/development.jsonl")
	want := make([]risk.Reading, len(all))
	for i, l := range all {
		want[i] = a.Analyse(l.Text)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, l := range all {
				if got := a.Analyse(l.Text); !slices.Equal(got.Signals, want[i].Signals) || got.Kind != want[i].Kind {
					t.Errorf("%s: %v, before %v", l.ID, got, want[i])
				}
			}
		})
	}
	group.Wait()
}

// complaint is a text of so many runes, made of the development letters.
func complaint(tb testing.TB, runes int) string {
	tb.Helper()
	var b strings.Builder
	all := letters(tb, "testdata/development.jsonl")
	for i := 0; utf8.RuneCountInString(b.String()) < runes; i++ {
		b.WriteString(all[i*7%len(all)].Text)
	}
	return string([]rune(b.String())[:runes])
}

// TestFast: reading 2,000 characters takes well under a millisecond; the bound here has room for a slow machine
// and the race detector, and the best of many runs is what a busy one leaves. BenchmarkAnalyse has the exact numbers.
func TestFast(t *testing.T) {
	a := analyser(t)
	text := complaint(t, 2000)
	best := time.Hour
	for range 200 {
		start := time.Now()
		a.Analyse(text)
		best = min(best, time.Since(start))
	}
	require.Less(t, best, 10*time.Millisecond)
	// What is allocated the collector has to look for, which is what the slowest of many readings wait for.
	require.Less(t, testing.AllocsPerRun(50, func() { a.Analyse(text) }), 400.0)
}

// TestLinear: nothing that a text may be made of takes longer than in proportion to its length.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	a := analyser(t)
	for _, piece := range []string{"!", "！", "投诉12315", "我不就", "“", "“我说", "“我要去法院”，", "不", "12315、", "\xff", "1 ", "第三次", "i will sue you ", "如果", "\u200b", "ａ", "我要去法院，", "之前要500现在要1000"} {
		t.Run(fmt.Sprintf("%q", piece), func(t *testing.T) {
			read := func(n int) time.Duration {
				text := strings.Repeat(piece, n/len(piece)+1)
				start := time.Now()
				a.Analyse(text)
				return time.Since(start)
			}
			small, large := min(read(25_000), read(25_000)), time.Hour
			// A machine that is busy with other things gets another chance; a text that takes longer than in proportion never makes it.
			for range 10 {
				if large = min(large, read(500_000)); large < 60*small+300*time.Millisecond {
					return
				}
			}
			t.Fatalf("twenty times the text took %s, not %s", large, small)
		})
	}
}

// FuzzAnalyse: whatever the bytes, evidence is within the text and is what stands there.
func FuzzAnalyse(f *testing.F) {
	a := analyser(f)
	for _, l := range letters(f, "testdata/development.jsonl") {
		f.Add(l.Text)
	}
	for _, text := range []string{"", "\xff\xfe", "打1\xff2315", "！\u200b！！", "“我说", "1 2 3 1 5 ", "不退我就打１２-３１５\x00", strings.Repeat("!", 50_000), "İ will sue you", "ﬁle ﬁ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reading := a.Analyse(text)
		require.NotEqual(t, policyv1.MessageKind_MESSAGE_KIND_UNSPECIFIED, reading.Kind)
		runes := []rune(text)
		for i, s := range reading.Signals {
			require.NotEmpty(t, s.Rule)
			require.True(t, 0 <= s.Start && s.Start < s.End && s.End <= len(runes), s)
			require.Equal(t, string(runes[s.Start:s.End]), s.Quote)
			require.True(t, i == 0 || reading.Signals[i-1].Start <= s.Start, "in the order of the text")
		}
	})
}

// complaints are texts of so many runes, made of the letters of all authors.
func complaints(tb testing.TB, runes int) []string {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(tb, err)
	var all []train.Letter
	for _, path := range files {
		all = append(all, letters(tb, path)...)
	}
	var b strings.Builder
	for i := range all {
		b.WriteString(all[i*1009%len(all)].Text)
	}
	var texts []string
	for text := range slices.Chunk([]rune(b.String()), runes) {
		texts = append(texts, string(text))
	}
	return texts[:len(texts)-1]
}

// BenchmarkAnalyse reads one text again and again, which the processor soon knows by heart, and one text after the other.
func BenchmarkAnalyse(b *testing.B) {
	a := analyser(b)
	for name, texts := range map[string][]string{"one": {complaint(b, 2000)}, "many": complaints(b, 2000)} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				text := texts[len(took)%len(texts)]
				start := time.Now()
				a.Analyse(text)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		analyser(b)
	}
}

// TestOverlap: words that share a character do not upset the rules ("告你" and "你哋" are both in the lexicon).
func TestOverlap(t *testing.T) {
	t.Parallel()
	require.NotPanics(t, func() { grammar(t).Analyse("我唔係告你哋") })
	require.Contains(t, kinds(grammar(t).Analyse("再唔退錢我就告你哋")), "THREAT")
}
