package remedy

import (
	"fmt"
	"strings"
)

// computed are the numbers of a suggestion.
type computed struct {
	spent, further, recovered, loss, share, amount Amount
	liability                                      liability
	limits                                         deductionLimits
	month                                          string
	pay, taken                                     Amount
	// reason and evidence are those of the further loss.
	reason, evidence string
}

// computationWords are the lines of a computation in one language.
type computationWords struct {
	loss, further, rule, manager, delay, lossLimit string
	monthLimit                                     string
	within, cutToLoss, cutToMonth, suggested       string
}

// computationWordsIn has the words of a language.
func computationWordsIn(language string) computationWords {
	switch language {
	case "en":
		return computationWords{
			loss:    "Loss: %[1]s = spent on the customer beyond entitlements %[2]s + further loss %[3]s − recovered from third parties %[4]s.",
			further: "Further loss, %[1]s: %[2]s (shown by: %[3]s).",
			rule:    "Published rule, %[1]s: %[2]d %% of the loss = %[3]s.", manager: " (as manager)", delay: "DELAY",
			lossLimit:  "Limit of the loss: all deductions of the complaint together no more than %[1]s; %[2]s of it is suggested already, %[3]s is left.",
			monthLimit: "Limit of the month: %[1]d %% of the performance pay of %[2]s, %[3]s = %[4]s; %[5]s of it is taken already, %[6]s is left.",
			within:     "It is within both limits.", cutToLoss: "Cut down to what is left of the loss.",
			cutToMonth: "Cut down to what is left of the month.", suggested: "Suggested: %[1]s.",
		}
	case "zh-Hant":
		return computationWords{
			loss:    "損失：%[1]s ＝ 應得以外已付給客戶 %[2]s ＋ 其他損失 %[3]s － 向第三方追回 %[4]s。",
			further: "其他損失 %[1]s：%[2]s（憑據：%[3]s）。",
			rule:    "公布的規則，%[1]s：損失的 %[2]d%% ＝ %[3]s。", manager: "（主管責任）", delay: "DELAY（延誤）",
			lossLimit:  "損失上限：本投訴各項扣減合計不超過 %[1]s；已建議 %[2]s，還剩 %[3]s。",
			monthLimit: "當月上限：%[2]s 績效工資 %[3]s 的 %[1]d%% ＝ %[4]s；已占用 %[5]s，還剩 %[6]s。",
			within:     "未超過兩項上限。", cutToLoss: "已減少到損失上限所剩的數額。", cutToMonth: "已減少到當月上限所剩的數額。", suggested: "建議：%[1]s。",
		}
	default:
		return computationWords{
			loss:    "损失：%[1]s ＝ 应得以外已付给客户 %[2]s ＋ 其他损失 %[3]s － 向第三方追回 %[4]s。",
			further: "其他损失 %[1]s：%[2]s（凭据：%[3]s）。",
			rule:    "公布的规则，%[1]s：损失的 %[2]d%% ＝ %[3]s。", manager: "（主管责任）", delay: "DELAY（延误）",
			lossLimit:  "损失上限：本投诉各项扣减合计不超过 %[1]s；已建议 %[2]s，还剩 %[3]s。",
			monthLimit: "当月上限：%[2]s 绩效工资 %[3]s 的 %[1]d%% ＝ %[4]s；已占用 %[5]s，还剩 %[6]s。",
			within:     "未超过两项上限。", cutToLoss: "已减少到损失上限所剩的数额。", cutToMonth: "已减少到当月上限所剩的数额。", suggested: "建议：%[1]s。",
		}
	}
}

// computation are the lines of a suggestion in a language: loss, rule, both limits with what was left of them, whether they cut it down, and
// what is suggested. Whom it concerns can follow it from the rule and the pay to the amount.
func (s *Service) computation(language string, n computed) []string {
	says := computationWordsIn(language)
	money := func(a Amount) string { return s.rules.Currency + " " + a.value.StringFixed(s.rules.Digits) }
	why := n.liability.reason.String()
	if n.liability.duty != "" {
		why = says.delay
	}
	if n.liability.asManager {
		why += says.manager
	}
	lines := []string{fmt.Sprintf(says.loss, money(n.loss), money(n.spent), money(n.further), money(n.recovered))}
	if n.further.Positive() {
		lines = append(lines, fmt.Sprintf(says.further, money(n.further), oneLine(n.reason), oneLine(n.evidence)))
	}
	return append(lines,
		fmt.Sprintf(says.rule, why, n.liability.percent, money(n.share)),
		fmt.Sprintf(says.lossLimit, money(n.loss), money(n.loss.Sub(n.limits.loss)), money(n.limits.loss)),
		fmt.Sprintf(says.monthLimit, s.rules.accountability.GetMonthPercentMost(), n.month, money(n.pay), money(s.rules.monthMost(n.pay)),
			money(n.taken), money(n.limits.month)),
		says.applied(n),
		fmt.Sprintf(says.suggested, money(n.amount)),
	)
}

// oneLine is a text as it stands in one line of a computation.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// applied says what the limits made of the share.
func (says computationWords) applied(n computed) string {
	switch {
	case n.share.Compare(n.amount) == 0:
		return says.within
	case n.limits.month.Compare(n.limits.loss) < 0:
		return says.cutToMonth
	default:
		return says.cutToLoss
	}
}
