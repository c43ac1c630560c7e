package remedy

import "fmt"

// refusalWords are the words of refusals in one language: for the customer, who else there is; for colleagues, what the letter lacks.
type refusalWords struct {
	// turnTo begins the list of channels; or stands between them, stop ends it.
	turnTo, or, stop string
	// open and close stand around details, and between them.
	open, and, close string
	// opens says from which day on.
	opens string
	// missing says what to do about a variable that is empty.
	missing map[string]string
	// quote says what not to say, and what instead.
	quote string
}

// refusalWordsIn has the words of a language.
func refusalWordsIn(language string) refusalWords {
	switch language {
	case "en":
		return refusalWords{
			turnTo: "You can also turn to: ", or: "; ", stop: ".", open: " (", and: ", ", close: ")", opens: "from %s on",
			quote: "“%s” does not belong into a refusal. %s",
			missing: map[string]string{
				"decision": "The decision is missing.", "clause": "The clause it rests on is missing.",
				"reasons":     "The reasons are missing: put the step REASON_AND_ALTERNATIVE on record.",
				"alternative": "The alternative is missing: put the step REASON_AND_ALTERNATIVE on record.",
			},
		}
	case "zh-Hant":
		return refusalWords{
			turnTo: "您還可以找：", or: "；", stop: "。", open: "（", and: "，", close: "）", opens: "%s起",
			quote: "「%s」不宜寫進婉拒的信裡。%s",
			missing: map[string]string{
				"decision": "缺少結果。", "clause": "缺少依據的條款。", "reasons": "缺少理由：請先登記「說明理由與替代方案」這一步。",
				"alternative": "缺少替代方案：請先登記「說明理由與替代方案」這一步。",
			},
		}
	default:
		return refusalWords{
			turnTo: "您还可以找：", or: "；", stop: "。", open: "（", and: "，", close: "）", opens: "%s起",
			quote: "“%s”不宜写进婉拒的信里。%s",
			missing: map[string]string{
				"decision": "缺少结果。", "clause": "缺少依据的条款。", "reasons": "缺少理由：请先登记“说明理由与替代方案”这一步。",
				"alternative": "缺少替代方案：请先登记“说明理由与替代方案”这一步。",
			},
		}
	}
}

// from says from which day on something is open.
func (w refusalWords) from(day string) string { return fmt.Sprintf(w.opens, day) }

// quoted says what not to say, and what instead.
func (w refusalWords) quoted(quote, instead string) string {
	return fmt.Sprintf(w.quote, quote, instead)
}
