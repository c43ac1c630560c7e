package amount_test

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/amount"
)

// TestWhatIsToBeGiven is read from texts as people write them.
func TestWhatIsToBeGiven(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	r := amount.New("CNY")
	for text, wanted := range map[string]string{
		"I refund 5000 tomorrow":                              "CNY 5000",
		"退你500元":                                              "CNY 500",
		"退您500":                                               "CNY 500",
		"明天給您退款５００元":                                          "CNY 500",
		"我们赔偿您五百块钱":                                           "CNY 500",
		"賠您兩萬三千圓":                                             "CNY 23000",
		"补偿您一千二。":                                             "CNY 1200",
		"给您退1.5万":                                             "CNY 15000",
		"500元明天到账，另外再补您¥1,234.50":                             "CNY 500|CNY 1234.5",
		"We will pay you five hundred yuan on Friday.":        "CNY 500",
		"You will receive RMB 3,000 by Monday.":               "CNY 3000",
		"I'll give you 2k back and a coupon of 30 yuan.":      "CNY 30|CNY 2000",
		"A refund of $20.50 goes out today.":                  "USD 20.5",
		"We transfer twelve hundred euros.":                   "EUR 1200",
		"We credit one thousand two hundred and fifty yuan.":  "CNY 1250",
		"最高赔给您800":                                            "CNY 800",
		"We waive up to 600.":                                 "CNY 600",
		"You paid 5000 yuan. We refund 20 yuan.":              "CNY 20",
		"We do not refund 5000 yuan, but send a report today": "CNY 5000", // What is denied of a sum that stands with a gift is not told apart.
		"我们会查清楚您那笔5000元的扣费":                                   "",
		"We will explain the fee of 500 yuan by tomorrow.":    "",
		"We cannot refund 500 yuan.":                          "",
		"我们不能退您500元。":                                         "",
		"退款3天内到账":                                             "",
		"我们24小时内给您回电":                                         "",
		"We refund within 24 to 48 hours.":                    "",
		"We refund order 5000123.":                            "",
		"给您一个说法":                                              "",
		"给您3天时间":                                              "",
		"退款单号 0088123456 已提交":                                 "",
		"退您999999999999元":                                     "CNY 999999999999",
		"退您13800138000":                                       "",
		"退您9999999999999999999999999元":                        "",
		"给您打八折":                                               "",
		"We give you 20% off.":                                "",
		"The report is with you on Thursday.":                 "",
		"2026年11月26日前给您答复":                                    "",
		"":                                                    "",
		"5000元现金":                                             "CNY 5000",
		"现金5000元":                                             "CNY 5000",
		"误工费5000元":                                            "CNY 5000",
		"充值5000元":                                             "CNY 5000",
		"5000元话费":                                             "CNY 5000",
		"¥5000 in cash":                                       "CNY 5000",
		"5000 yuan in cash":                                   "CNY 5000",
		"a cheque over 5000 yuan":                             "CNY 5000",
		"5000 yuan for your trouble":                          "CNY 5000",
		"5000元归您":                                             "CNY 5000",
		"我们承担5000元":                                           "CNY 5000",
		"我們付你5000元":                                           "CNY 5000",
		"我们出5000元":                                            "CNY 5000",
		"我们打您账户5000元":                                         "CNY 5000",
		"给您5000現金":                                            "CNY 5000",
		"补您伍佰元":                                               "CNY 500",
		"退您壹萬圓":                                               "CNY 10000",
		"话费退您五仟元":                                             "CNY 5000",
		"退您伍仟元整":                                              "CNY 5000",
		"赔偿金额为人民币伍仟元整":                                        "CNY 5000",
		"贰佰叁拾肆元伍":                                             "",
		"转账 伍 仟 元":                                            "CNY 5000",
		"退您五〇〇元":                                              "CNY 500",
		"一次过补偿你5000蚊":                                         "CNY 5000",
		"退您5\u200b000元":                                       "CNY 5000",
		"5000 RMB":                                            "CNY 5000",
		"5千元":                                                 "CNY 5000",
		"您说误工费5000元":                                          "",
		"您的现金损失5000元我们不能承担":                                   "",
		"You paid 5000 yuan in cash.":                         "",
		"The fee costs 5000 yuan in cash.":                    "",
		"这个套餐每月199元":                                          "",
		"陆先生的套餐是199元":                                         "",
		"a five-thousand-yuan voucher for you":                "CNY 5000",
		"we pay you a 300-yuan voucher":                       "CNY 300",
		"we pay you 1 000 yuan":                               "CNY 1000",
		"we pay you 1\u00a0234\u202f567 yuan":                 "CNY 1234567",
		"we pay you 5'000.50 yuan":                            "CNY 5000.5",
		"给您5O00元":                                             "CNY 5000",
		"给您5ОО元":                                              "CNY 500",
		"给您lO0元":                                              "CNY 100",
		"We refund order 12 345 678.":                         "",
		"退款3天 100 个客户":                                        "",
		"送您5l油":                                               "",
	} {
		var got []string
		for _, sum := range r.Read(text) {
			got = append(got, sum.Currency+" "+sum.Value.String())
		}
		require.Equal(t, wanted, strings.Join(got, "|"), text)
	}
}

// TestWordsOfSeveralCountriesMeanTheFirms, if its money is called so.
func TestWordsOfSeveralCountriesMeanTheFirms(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	for firm, wanted := range map[string]string{"HKD": "HKD HKD CNY USD", "USD": "USD CNY CNY USD", "CNY": "USD CNY CNY USD"} {
		r := amount.New(firm)
		var got []string
		for _, sum := range r.Read("We refund $5, and refund 5元, and refund ¥5, and refund US$5.") {
			got = append(got, sum.Currency)
		}
		require.Equal(t, wanted, strings.Join(got, " "), firm)
	}
}

// TestThresholdsAreToldApart from what is given, by how they are said.
func TestThresholdsAreToldApart(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	r := amount.New("CNY")
	for text, wanted := range map[string]string{
		"送您一张满100元减20元的券":                                  "100 20!",
		"送您优惠券，100元以上可用":                                   "100",
		"we give you a coupon of 20 yuan from 100 yuan on": "20! 100",
		"A coupon of 30 yuan off over 200 yuan":            "30! 200",
		"We give 20 yuan on orders of 100 yuan or more":    "20! 100",
		"退您5000元现金":                                        "5000!",
		"a cheque over 5000 yuan":                          "5000!",
	} {
		var got []string
		for _, sum := range r.Read(text) {
			mark := "!"
			if sum.Threshold {
				mark = ""
			}
			got = append(got, sum.Value.String()+mark)
		}
		require.Equal(t, wanted, strings.Join(got, " "), text)
	}
}

// TestNumeralsAreReadAsTheyAreWritten, everyday and formal ones, of whatever number.
func TestNumeralsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	r := amount.New("CNY")
	formal := strings.NewReplacer("一", "壹", "二", "贰", "三", "叁", "四", "肆", "五", "伍", "六", "陆", "七", "柒", "八", "捌", "九", "玖", "十", "拾", "百", "佰", "千", "仟")
	property := func(drawn uint32) bool {
		n := int64(drawn)%99_999_999 + 1
		everyday := numeral(n)
		for _, written := range []string{everyday, formal.Replace(everyday)} {
			got := r.Read("退您" + written + "元整")
			if len(got) == 0 || got[0].Value.IntPart() != n {
				t.Logf("%d as %s: %v", n, written, got)
				return false
			}
		}
		return true
	}
	require.NoError(t, quick.Check(property, nil))
	for n := int64(1); n < 2000; n++ {
		require.True(t, property(uint32(n-1)), n)
	}
}

// numeral writes a number below a hundred millions in Chinese characters.
func numeral(n int64) string {
	figures := []rune("零一二三四五六七八九")
	if n >= 10_000 {
		rest := ""
		if n%10_000 > 0 {
			if rest = numeral(n % 10_000); n%10_000 < 1000 {
				rest = "零" + rest
			}
		}
		return numeral(n/10_000) + "万" + rest
	}
	var out strings.Builder
	gap := false
	for _, unit := range []struct {
		value int64
		name  string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		figure := n / unit.value % 10
		if figure == 0 {
			gap = out.Len() > 0
			continue
		}
		if gap {
			out.WriteRune('零')
		}
		gap = false
		out.WriteString(string(figures[figure]) + unit.name)
	}
	return out.String()
}

// FuzzRead: no text whatever is more than it can read, and what it reads is money.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"退你500元", "I refund five hundred yuan", "给您一千二百万零三块", "pay $1,234.50k", "退,,.1", "退您壹亿零伍佰万圆整", "五 〇 〇 元", "满100减20元"} {
		f.Add(text)
	}
	r := amount.New("CNY")
	f.Fuzz(func(t *testing.T, text string) {
		for _, sum := range r.Read(text) {
			require.True(t, sum.Value.IsPositive(), "%q: %s", text, sum.Value)
			require.Len(t, sum.Currency, 3)
		}
	})
}
