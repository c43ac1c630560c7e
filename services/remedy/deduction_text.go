package remedy

import (
	"fmt"
)

// computed are the numbers of a suggestion.
type computed struct {
	spent, further, recovered, loss, share, amount Amount
	liability                                      liability
	limits                                         deductionLimits
}

// computationWords are the lines of a computation in one language.
type computationWords struct {
	loss, rule, manager, delay, lossLimit, monthLimit, suggested string
}

// computationWordsIn has the words of a language.
func computationWordsIn(language string) computationWords {
	switch language {
	case "en":
		return computationWords{
			loss: "Loss: %[1]s = spent on the customer beyond entitlements %[2]s + further loss %[3]s − recovered from third parties %[4]s.",
			rule: "Published rule, %[1]s: %[2]d %% of the loss = %[3]s.", manager: " (as manager)", delay: "DELAY",
			lossLimit:  "Together no more than the loss: %[1]s of it is left.",
			monthLimit: "No more than %[1]d %% of the month's performance pay, all deductions of the month together: cut down.",
			suggested:  "Suggested: %[1]s.",
		}
	case "zh-Hant":
		return computationWords{
			loss: "損失：%[1]s ＝ 應得以外已付給客戶 %[2]s ＋ 其他損失 %[3]s － 向第三方追回 %[4]s。",
			rule: "公布的規則，%[1]s：損失的 %[2]d%% ＝ %[3]s。", manager: "（主管責任）", delay: "DELAY",
			lossLimit: "合計不超過損失：還剩 %[1]s。", monthLimit: "當月各項扣減合計不超過績效工資的 %[1]d%%：已按上限減少。", suggested: "建議：%[1]s。",
		}
	default:
		return computationWords{
			loss: "损失：%[1]s ＝ 应得以外已付给客户 %[2]s ＋ 其他损失 %[3]s － 向第三方追回 %[4]s。",
			rule: "公布的规则，%[1]s：损失的 %[2]d%% ＝ %[3]s。", manager: "（主管责任）", delay: "DELAY",
			lossLimit: "合计不超过损失：还剩 %[1]s。", monthLimit: "当月各项扣减合计不超过绩效工资的 %[1]d%%：已按上限减少。", suggested: "建议：%[1]s。",
		}
	}
}

// computation are the lines of a suggestion: loss, rule, and the limits that hold it down. The pay itself is in none of them.
func (s *Service) computation(n computed) []string {
	says := computationWordsIn(s.deps.Policy.Proto().GetLanguages().GetFallback())
	money := func(a Amount) string { return s.rules.Currency + " " + a.value.StringFixed(s.rules.Digits) }
	why := n.liability.reason.String()
	if n.liability.duty != "" {
		why = says.delay
	}
	if n.liability.asManager {
		why += says.manager
	}
	lines := []string{
		fmt.Sprintf(says.loss, money(n.loss), money(n.spent), money(n.further), money(n.recovered)),
		fmt.Sprintf(says.rule, why, n.liability.percent, money(n.share)),
	}
	if n.share.Compare(n.limits.loss) > 0 {
		lines = append(lines, fmt.Sprintf(says.lossLimit, money(n.limits.loss)))
	}
	if n.share.Compare(n.limits.month) > 0 {
		lines = append(lines, fmt.Sprintf(says.monthLimit, s.rules.accountability.GetMonthPercentMost()))
	}
	return append(lines, fmt.Sprintf(says.suggested, money(n.amount)))
}
