package wording_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// overPromises are the rules of over-promising that a draft breaks.
func overPromises(c *wording.Checker, draft wording.Draft) []string {
	rules := []string{}
	for _, f := range c.Check(draft) {
		if f.Kind == policyv1.WordingRule_OVER_PROMISE {
			rules = append(rules, f.Rule+": "+f.Quote)
		}
	}
	return rules
}

// A time is too soon when it is shorter than the lead time that the policy has for what is promised.
func TestSoonerThanTheLeadTime(t *testing.T) {
	covers.Requirement(t, "PROM-2")
	t.Parallel()
	c := newChecker(t)
	for text, want := range map[string][]string{
		"退款十分钟内到您卡上":                               {"refund-too-soon: 退款十分钟内"},
		"退款两个小时内到账":                                {"refund-too-soon: 退款两个小时内到账"},
		"退款二十四小时内到账":                               {},
		"退款三到五个工作日内到账":                             {},
		"退款审核通过后半小时内到账":                            {},
		"我们不会十分钟内退款":                               {},
		"新机半小时内寄出":                                 {"shipment-too-soon: 新机半小时内寄出"},
		"新機十二小時內寄出":                                {},
		"Your refund arrives within half an hour.": {"refund-too-soon: refund arrives within half an hour"},
		"Your refund arrives within 23 hours.":     {"refund-too-soon: refund arrives within 23 hours"},
		"Your refund arrives within 24 hours.":     {},
		"Your refund arrives in a few days.":       {},
		"Your refund arrives within hours.":        {}, // How many is not said.
		"A technician visits you in forty minutes": {"visit-too-soon: technician visits you in forty minutes"},
		"We refunded it two hours ago.":            {},
	} {
		require.ElementsMatch(t, want, overPromises(c, wording.Draft{Text: text}), text)
	}
}

// The lead time is the policy's: with a shorter one, the same words are fine.
func TestLeadTimeIsThePolicys(t *testing.T) {
	covers.Requirement(t, "PROM-2")
	t.Parallel()
	p, err := policy.Default()
	require.NoError(t, err)
	section := proto.CloneOf(p.Proto().GetWording())
	i := slices.IndexFunc(section.GetRules(), func(r *policyv1.WordingRule) bool { return r.GetId() == "refund-too-soon" })
	draft := wording.Draft{Text: "退款两个小时内到账。"}
	for _, tc := range []struct {
		lead time.Duration
		off  bool
		want int
	}{{24 * time.Hour, false, 1}, {2*time.Hour + 1, false, 1}, {2 * time.Hour, false, 0}, {24 * time.Hour, true, 0}} {
		section.GetRules()[i].SoonerThan, section.GetRules()[i].Off = durationpb.New(tc.lead), tc.off
		c, err := wording.New(section)
		require.NoError(t, err)
		require.Len(t, overPromises(c, draft), tc.want, tc.lead)
	}
}

// What nobody has approved is not promised; the letter that tells the approved remedy may say it.
func TestPromisedBeforeApproval(t *testing.T) {
	covers.Requirement(t, "PROM-2")
	t.Parallel()
	c := newChecker(t)
	for _, text := range []string{
		"我们给您全额退款。", "三倍赔偿给您。", "我們雙倍補給您。", "审批就是走个形式。", "We'll waive the fee.", "You will get a full refund.", "The approval is a mere formality.",
	} {
		require.NotEmpty(t, overPromises(c, wording.Draft{Text: text}), text)
		require.Empty(t, overPromises(c, wording.Draft{Text: text, Kind: policyv1.LetterTemplate_REMEDY}), text)
	}
	for _, text := range []string{
		"您要求全额退款，我已经报上去了。", "如果批准，我们给您全额退款。", "我们没有办法给您全额退款。", "Once approved, we'll waive the fee.", "We'll refund you if the test confirms it.",
	} {
		require.Empty(t, overPromises(c, wording.Draft{Text: text}), text)
	}
	require.NotEmpty(t, overPromises(c, wording.Draft{Text: "那个司机明天就会被开除。", Kind: policyv1.LetterTemplate_REMEDY}), "no remedy is somebody's job")
}
