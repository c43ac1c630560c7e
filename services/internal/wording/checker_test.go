package wording_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// quotes are what the checker finds, by rule.
func quotes(c *wording.Checker, draft wording.Draft) []string {
	var all []string
	for _, f := range c.Check(draft) {
		all = append(all, f.Rule+": "+f.Quote)
	}
	return all
}

// Apologising for the feeling is what drafts are for (SAY-1); a ruling allows to say what it says, and not the
// opposite.
func TestApologyIsFreeAndLiabilityWaits(t *testing.T) {
	covers.Requirement(t, "SAY-1")
	t.Parallel()
	c := newChecker(t)
	for _, apology := range []string{
		"很抱歉给您带来不便。", "非常抱歉让您久等了，我们理解您的心情。", "对不起，让您失望了。", "給您造成困擾，我們深感抱歉。", "不好意思，讓您跑了兩趟。",
		"We are very sorry for the trouble this has caused you.", "Please accept our apologies for the long wait.", "I apologise that you had to call twice.",
	} {
		require.Empty(t, c.Check(wording.Draft{Text: apology}), apology)
	}
	rulings := []policyv1.Responsibility{
		policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED, policyv1.Responsibility_RESPONSIBLE, policyv1.Responsibility_NOT_RESPONSIBLE,
		policyv1.Responsibility_PROBLEM_RECORD,
	}
	for said, allowed := range map[string]policyv1.Responsibility{
		"这是我们的责任。": policyv1.Responsibility_RESPONSIBLE, "這是我們的責任。": policyv1.Responsibility_RESPONSIBLE,
		"It was our fault.": policyv1.Responsibility_RESPONSIBLE, "We accept full liability.": policyv1.Responsibility_RESPONSIBLE,
		"我们没有责任。": policyv1.Responsibility_NOT_RESPONSIBLE, "We are not liable.": policyv1.Responsibility_NOT_RESPONSIBLE,
	} {
		for _, ruling := range rulings {
			found := c.Check(wording.Draft{Text: said, Ruling: ruling})
			if ruling == allowed {
				require.Empty(t, found, said)
				continue
			}
			require.Len(t, found, 1, "%s after %s", said, ruling)
			require.Equal(t, policyv1.WordingRule_LIABILITY_BEFORE_RULING, found[0].Kind)
		}
	}
}

// The words alone decide nothing: what is around them does.
func TestContextDecides(t *testing.T) {
	covers.Requirement(t, "SAY-1", "PROM-2")
	t.Parallel()
	c := newChecker(t)
	for text, want := range map[string][]string{
		"我们保证明天到账":                                     {"surely: 我们保证明天"},
		"我们不能保证明天到账":                                   {},
		"我们保证金退还的时间是明天":                                {},
		"为了保证质量，我们再检查一遍":                               {},
		"您说我们保证明天到账":                                   {},
		"您说快递没到，我们保证明天到":                               {"surely: 我们保证明天"},
		"您反映，我们保证明天到账":                                 {},
		"感谢您反映，我们保证明天到账":                               {"surely: 我们保证明天"},
		"您的意思是：我们保证过，也没做到；今天一定解决":                      {"surely-by-then: 今天一定解决"},
		"如果是我们的责任，我们会说明":                               {},
		"是不是我们的责任，还在查":                                 {},
		"这并不代表我们承担责任":                                  {"denies-liability: 并不代表我们承担责任"},
		"没办法":                                          {"flat-refusal: 没办法"},
		"没办法退现金，不过我们可以给您换新":                            {},
		"没办法退现金。我们愿意为您换新。":                             {},
		"不是没办法，只是要等两天":                                 {},
		"我们一定认真对待":                                     {},
		"今天一定解决":                                       {"surely-by-then: 今天一定解决"},
		"您今天一定很着急":                                     {},
		"我帮您联系物流":                                      {},
		"请您联系物流":                                       {"sends-away: 请您联系物流"},
		"最高补偿":                                         {"highest-offer: 最高补偿"},
		"最高补偿不超过五十元":                                   {},
		"WE GUARANTEE the refund":                      {"surely: WE GUARANTEE the refund"},
		"we cannot guarantee the refund today":         {},
		"your guarantee runs until May":                {},
		"“We guarantee a refund,” you wrote.":          {},
		"Our sign says “we guarantee a refund”.":       {"surely: we guarantee a refund"},
		"> we guarantee a refund\nWe are checking it.": {},
		"We guarantee\na refund.":                      {"surely: We guarantee\na refund"},
		"We.\n\nGuarantee a refund.":                   {"surely: Guarantee a refund"},
		"reassuring guaranteesque":                     {},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, want, quotes(c, wording.Draft{Text: text}))
		})
	}
}

// Disguises change nothing, and findings point to the draft as it is.
func TestFindingsPointToTheOriginal(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for _, draft := range []string{"ＷＥ　ＡＲＥ　ＬＩＡＢＬＥ", "we  are \t liable", "we are l\u200bia\u00adble", "我 们 承 担 责 任", "我們承擔責任", "我们承担\u200b责任", "🙂🙂 we are liable", "é́é we are liable"} {
		found := c.Check(wording.Draft{Text: draft})
		require.Len(t, found, 1, draft)
		f := found[0]
		require.Equal(t, f.Quote, string([]rune(draft)[f.Start:f.End]))
		require.Equal(t, policyv1.WordingRule_LIABILITY_BEFORE_RULING, f.Kind)
	}
}

// Finding are explained in the language of the draft.
func TestFindingsAreExplained(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for language, words := range map[string][2]string{
		"zh-Hans": {"等于承认责任", "很抱歉"}, "zh-Hant": {"等於承認責任", "很抱歉"}, "en": {"accepts liability", "sorry"},
	} {
		f := c.Check(wording.Draft{Text: "我们承担责任", LanguageCode: language})[0]
		require.Contains(t, f.Why, words[0])
		require.Contains(t, f.Instead, words[1])
	}
}

// What a rule says instead is not wrong itself, and neither are our own letters (SAY-1).
func TestOwnWordsPass(t *testing.T) {
	covers.Requirement(t, "SAY-1")
	t.Parallel()
	c := newChecker(t)
	p, err := policy.Default()
	require.NoError(t, err)
	for _, rule := range p.Proto().GetWording().GetRules() {
		for _, text := range rule.GetInstead() {
			require.Empty(t, c.Check(wording.Draft{Text: text}), text)
		}
	}
	at := time.Date(2026, time.January, 2, 7, 4, 0, 0, time.UTC)
	facts := letter.Facts{DisplayName: "王", Reference: "R-7K3M-9QX2-C", Team: "客户关怀组", ContactTime: at, CallbackTime: at, ResolutionTime: at, SettleTime: at, Answer: "…", Remedy: "…", GoesOn: "R-8K3M-9QX2-D",
		Attempts: 3, DueTime: at, ExpireTime: at,
	}
	for _, id := range p.Letters().Templates() {
		kind, _ := p.Letters().Kind(id)
		given := make(map[string]string)
		for _, name := range letter.Given(letter.Variables(kind)) {
			given[name] = "…"
		}
		for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
			written, err := p.Letters().Write(id, language, facts, given)
			require.NoError(t, err)
			// No kind of letter is told: the letters rely on no exception.
			require.Empty(t, c.Check(wording.Draft{Text: written.Subject + "\n\n" + written.Text}), "%s in %s", id, language)
		}
	}
}

// A refusal that comes with an alternative far below is one of the letter, which has it by its template.
func TestKindOfLetter(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	refusal := "结果：不能退款。"
	require.Len(t, c.Check(wording.Draft{Text: refusal}), 1)
	require.Empty(t, c.Check(wording.Draft{Text: refusal, Kind: policyv1.LetterTemplate_REFUSAL}))
	pays := "我们赔偿您的损失50元。"
	require.Len(t, c.Check(wording.Draft{Text: pays}), 1)
	require.Empty(t, c.Check(wording.Draft{Text: pays, Kind: policyv1.LetterTemplate_REMEDY}))
}

// What slams the door does so with an alternative below, too, and a text that is nothing but a no has none.
func TestFlatAlsoInARefusal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	c := newChecker(t)
	for text, want := range map[string]string{
		"No.": "nothing-but-no", "Sorry, not possible!": "nothing-but-no", "不行，就是不行": "nothing-but-no", "这件事免谈，可以为您换新": "slams-the-door",
		"No refund for used parts.": "", "不行，这个型号没有库存": "", "Sorry.": "", "抱歉": "",
	} {
		found := c.Check(wording.Draft{Text: text, Kind: policyv1.LetterTemplate_REFUSAL})
		if want == "" {
			require.Empty(t, found, text)
			continue
		}
		require.NotEmpty(t, found, text)
		require.Equal(t, want, found[0].Rule, text)
	}
}

func TestNewRefusesUnknownLists(t *testing.T) {
	t.Parallel()
	words := []*policyv1.WordList{{Id: "we", En: []string{"we"}}}
	for name, section := range map[string]*policyv1.Wording{
		"pattern": {Words: words, Rules: []*policyv1.WordingRule{{Patterns: []string{"we they"}}}},
		"alone":   {Words: words, Rules: []*policyv1.WordingRule{{Alone: []string{"they"}}}},
		"unless":  {Words: words, Rules: []*policyv1.WordingRule{{Unless: map[string]policyv1.WordingRule_Scope{"they": policyv1.WordingRule_BEFORE}}}},
		"report":  {Words: words, Reports: []string{"they"}},
	} {
		_, err := wording.New(section)
		require.ErrorContains(t, err, `"they"`, name)
	}
	_, err := wording.New(&policyv1.Wording{Words: words, Reports: []string{"we we we we we we we"}})
	require.ErrorContains(t, err, "7 words")
	c, err := wording.New(&policyv1.Wording{})
	require.NoError(t, err)
	require.Empty(t, c.Check(wording.Draft{Text: "We guarantee it."}), "a policy without rules finds nothing")
}

// hostile are texts that would take long if anything were not linear.
func hostile(n int) map[string]string {
	return map[string]string{
		"exclamation": strings.Repeat("!", n), "promise": strings.Repeat("保证", n/2), "we": strings.Repeat("我们", n/2),
		"quotes": strings.Repeat(`“"`, n/2), "reports": strings.Repeat("您说:", n/3), "reports in one clause": strings.Repeat("您说", n/2), "you": strings.Repeat("you say ", n/8), "clauses": strings.Repeat("我们不能保证,", n/7),
		"sentences": strings.Repeat("我们保证今天。", n/7), "spaces": strings.Repeat(" ", n), "lines": strings.Repeat("\n", n), "quoted lines": strings.Repeat(">\n", n/2),
		"zero width": strings.Repeat("\u200b", n), "dots": strings.Repeat(".", n), "negations": strings.Repeat("不", n-2) + "保证", "invalid": strings.Repeat("\xff", n),
		"mixed": strings.Repeat("我we保証guarantee今天", n/16),
	}
}

// What takes a fraction of a second for a text five times the longest draft is linear: whatever is in it, anything that grew with
// the square of the length would take far longer than a busy machine makes of it.
func TestTimeIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	t.Parallel()
	c := newChecker(t)
	for name, text := range hostile(100000) {
		begin := time.Now()
		c.Check(wording.Draft{Text: text})
		require.Less(t, time.Since(begin), 10*time.Second, name)
	}
}

// FuzzCheck: whatever the draft, findings are in order, within it, and quote it; nothing panics.
func FuzzCheck(f *testing.F) {
	c := newChecker(f)
	for _, text := range hostile(200) {
		f.Add(text, false)
	}
	for _, text := range []string{"", "我们保证今天一定解决。", "You said: “we guarantee it”. We are liable!", "> we\r\n are liable", "我們「保證」今天", "\xff我们承担\xfe责任", "100% 退款", "it's the driver's fault"} {
		f.Add(text, true)
	}
	ruling := map[bool]policyv1.Responsibility{true: policyv1.Responsibility_RESPONSIBLE}
	f.Fuzz(func(t *testing.T, text string, ruled bool) {
		runes := []rune(text)
		last := 0
		for _, found := range c.Check(wording.Draft{Text: text, LanguageCode: "en", Ruling: ruling[ruled]}) {
			require.LessOrEqual(t, last, found.Start)
			require.Less(t, found.Start, found.End)
			require.LessOrEqual(t, found.End, len(runes))
			require.Equal(t, string(runes[found.Start:found.End]), found.Quote)
			require.NotEmpty(t, found.Why)
			require.NotEmpty(t, found.Rule)
			require.True(t, utf8.ValidString(found.Quote))
			last = found.Start
		}
	})
}

func BenchmarkNew(b *testing.B) {
	p, err := policy.Default()
	require.NoError(b, err)
	for b.Loop() {
		_, err := wording.New(p.Proto().GetWording())
		require.NoError(b, err)
	}
}

func BenchmarkCheck(b *testing.B) {
	c := newChecker(b)
	sentence := "王女士您好，很抱歉给您带来不便。我们正在向仓库核实发货记录，今天18:00前给您回电；如果查明是我们的责任，我们会按规定处理。"
	letters := map[string]string{"letter of 2000": strings.Repeat(sentence, 2000/utf8.RuneCountInString(sentence))}
	for name, text := range hostile(20000) {
		letters[name] = text
	}
	for name, text := range letters {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.Check(wording.Draft{Text: text})
			}
		})
	}
}
