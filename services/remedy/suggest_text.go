package remedy

import (
	"fmt"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// phrasebook are the words of suggestions and warnings in one language. What customers read is the policy's; these are between them, and for
// colleagues.
type phrasebook struct {
	entitled, fault, free, alternative, open, assess, restate string
	needs, seeks, playbook                                    string
	motives                                                   map[policyv1.Motive]string
	separator                                                 string
	// hours, days and minutes are times from the customer's yes; by is a moment.
	hours, days, minutes, by string
	date                     string
	yuan, other              string
	tooSoon, aboveAuthority  string
	aboveTwice               string
	doubted, unseen          string
}

// wordsIn has the words of a language.
func wordsIn(language string) phrasebook {
	switch language {
	case "en":
		return english()
	case "zh-Hant":
		return traditional()
	default:
		return simplified()
	}
}

func english() phrasebook {
	return phrasebook{
		entitled: "The customer is entitled to it.", fault: "We are at fault, so it is owed.", free: "It costs no money.",
		alternative: "It is an alternative to what cannot be given.",
		open:        "Put in the amount: what the customer paid. How much it is decides whether it needs approval.",
		assess:      "The complaint has not been assessed, so only what is good for all is suggested.",
		restate:     "The restatement has to be confirmed, or excused, before anything is offered.",
		needs:       "It meets what the customer needs: %s.", seeks: "The customer seeks %s.", playbook: "From the playbook “%s”.", separator: ", ",
		motives: map[policyv1.Motive]string{
			policyv1.Motive_VENT: "to be heard", policyv1.Motive_RESPECT: "to be taken seriously", policyv1.Motive_COMPENSATION: "to be compensated",
		},
		hours: "within %d hours of your yes", days: "within %d days of your yes", minutes: "within %d minutes of your yes", by: "by %s",
		date: "2 January 2006", yuan: "CNY %s", other: "%s %s",
		tooSoon: "Too soon: promise it for %s at the earliest.", aboveAuthority: "Level %d of approvals has to agree first: do not promise it before.",
		aboveTwice: "Level %d of approvals has to agree first, and then a level above it: do not promise it before.",
		doubted:    "Nothing on record bears out that the customer is entitled to it: assess the complaint, or say to who approves it why.",
		unseen:     "Look at the customer's history before so much goodwill is given.",
	}
}

func simplified() phrasebook {
	return phrasebook{
		entitled: "这是客户依法依约应得的。", fault: "问题在我方，应当给。", free: "不花钱。", alternative: "满足不了原来的要求时，可以给这个。",
		open: "请填金额：客户实际支付的数额。金额决定要不要审批。", assess: "投诉还没有评估，只能给出对谁都适用的建议。",
		restate: "提出方案之前，复述要得到客户确认，或者写明为什么没有。", needs: "客户需要的是：%s。", seeks: "客户看重的是%s。", playbook: "来自手册“%s”。", separator: "、",
		motives: map[policyv1.Motive]string{policyv1.Motive_VENT: "有人听", policyv1.Motive_RESPECT: "被认真对待", policyv1.Motive_COMPENSATION: "得到补偿"},
		hours:   "您同意后%d小时内", days: "您同意后%d天内", minutes: "您同意后%d分钟内", by: "在%s前", date: "2006年1月2日", yuan: "%s元", other: "%s %s",
		tooSoon: "太早了：最早可以答应%s。", aboveAuthority: "要先由第%d级批准，批准前不要答应。",
		aboveTwice: "要先由第%d级批准，再由更高一级批准，批准前不要答应。",
		doubted:    "记录里没有依据说明客户应得这个：请先评估投诉，或者向审批人说明理由。", unseen: "给这么多关怀之前，请先看客户的历史记录。",
	}
}

func traditional() phrasebook {
	return phrasebook{
		entitled: "這是客戶依法依約應得的。", fault: "問題在我方，應當給。", free: "不花錢。", alternative: "滿足不了原來的要求時，可以給這個。",
		open: "請填金額：客戶實際支付的數額。金額決定要不要核准。", assess: "投訴還沒有評估，只能給出對誰都適用的建議。",
		restate: "提出方案之前，複述要得到客戶確認，或者寫明為什麼沒有。", needs: "客戶需要的是：%s。", seeks: "客戶看重的是%s。", playbook: "來自手冊「%s」。", separator: "、",
		motives: map[policyv1.Motive]string{policyv1.Motive_VENT: "有人聽", policyv1.Motive_RESPECT: "被認真對待", policyv1.Motive_COMPENSATION: "得到補償"},
		hours:   "您同意後%d小時內", days: "您同意後%d天內", minutes: "您同意後%d分鐘內", by: "在%s前", date: "2006年1月2日", yuan: "%s元", other: "%s %s",
		tooSoon: "太早了：最早可以答應%s。", aboveAuthority: "要先由第%d級核准，核准前不要答應。",
		aboveTwice: "要先由第%d級核准，再由更高一級核准，核准前不要答應。",
		doubted:    "紀錄裡沒有依據說明客戶應得這個：請先評估投訴，或者向核准人說明理由。", unseen: "給這麼多關懷之前，請先看客戶的歷史紀錄。",
	}
}

func (p phrasebook) due(entitled bool) string {
	if entitled {
		return p.entitled
	}
	return p.fault
}

func (p phrasebook) need(words []string) string {
	return fmt.Sprintf(p.needs, strings.Join(words, p.separator))
}

func (p phrasebook) motive(m policyv1.Motive) string { return fmt.Sprintf(p.seeks, p.motives[m]) }

func (p phrasebook) from(playbook string) string { return fmt.Sprintf(p.playbook, playbook) }

// yes is how long after the customer's yes something is done: in days from two days on, in hours or minutes below.
func (p phrasebook) yes(within time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case within >= 2*day && within%day == 0:
		return fmt.Sprintf(p.days, within/day)
	case within >= time.Hour && within%time.Hour == 0:
		return fmt.Sprintf(p.hours, within/time.Hour)
	default:
		return fmt.Sprintf(p.minutes, (within+time.Minute-1)/time.Minute)
	}
}

// at is by a moment.
func (p phrasebook) at(moment string) string { return fmt.Sprintf(p.by, moment) }

// day is a date.
func (p phrasebook) day(t time.Time) string { return t.Format(p.date) }

// money is an amount of a currency.
func (p phrasebook) money(amount, currency string) string {
	switch {
	case amount == "":
		return ""
	case currency == "CNY":
		return fmt.Sprintf(p.yuan, amount)
	default:
		return fmt.Sprintf(p.other, currency, amount)
	}
}

// soon says from when on something can be promised.
func (p phrasebook) soon(earliest string) string { return fmt.Sprintf(p.tooSoon, earliest) }

// above says who has to agree.
func (p phrasebook) above(level int32) string { return fmt.Sprintf(p.aboveAuthority, level) }

// asks says who has to agree, one after the other.
func (p phrasebook) asks(asked Request) string {
	if asked.Needed > 1 {
		return fmt.Sprintf(p.aboveTwice, asked.Level)
	}
	return p.above(int32(asked.Level))
}

// doubt says what is missing.
func (p phrasebook) doubt(kind remedyv1.Warning_Kind) string {
	if kind == remedyv1.Warning_HISTORY_UNSEEN {
		return p.unseen
	}
	return p.doubted
}
