package amount_test

import (
	"strings"
	"testing"

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

// FuzzRead: no text whatever is more than it can read, and what it reads is money.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"退你500元", "I refund five hundred yuan", "给您一千二百万零三块", "pay $1,234.50k", "退,,.1"} {
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
