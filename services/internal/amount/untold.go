package amount

import "regexp"

// untold finds words that give something that is worth money, and do not say how much: fees that are waived as a whole, for life, goods that
// are a present, and all that was paid, or a multiple of it. What is free as a service usually is, such as delivery or a visit, is none.
var untold = regexp.MustCompile(`(?:免费|无偿|白)(?:再|另外|额外)?(?:送|赠|给|换)(?:您|你|客户|他|她|一)|(?:送|赠)(?:送|给)?(?:您|你|客户)?[一二两三四五六七八九十0-9]+(?:台|部|辆|年|个月)|` +
	`(?:终身|永久|一辈子|一生|永远)(?:都)?(?:免|不收|不用(?:交|付|缴))|(?:免|不收|减)(?:除|收|掉|去)?(?:您|你|客户)?(?:的)?(?:终身|永久|全部|所有|一切)|` +
	`(?:全部|所有|一切)(?:的)?(?:费用|话费|月租费?|账单|资费|手续费|利息)?(?:全部|都|全|一律)?(?:免除|免收|免掉|不收|减免)|` +
	`(?:全额|全款)(?:地)?(?:退|赔|返|补)|(?:退|退还|返还|赔)(?:您|你|客户)?(?:的)?(?:全款|全额|全部|所有)|免单|(?:退|假|缺|少)一[赔罚][一二两三四五六七八九十0-9]|` +
	`\brefund(?:ing)?\b[^,;]*\b(?:everything|in full|all of it|the (?:whole|full|entire)\b|all (?:your|the) money)|\b(?:full|whole|complete) refund\b|` +
	`\bwaiv(?:e|ing) (?:you )?(?:all|any|every|the whole|your whole)\b|\b(?:free|no (?:fee|charge|cost)s?|nothing to pay|never pay(?: again)?)\b[^,;]*\bfor (?:life|ever)\b|` +
	`\b(?:give|send|get|have|buy|yours?)\b[^,;]*\b(?:for free|as a (?:gift|present)|at no (?:cost|charge))\b|\bfree (?:new )?(?:phone|tablet|laptop|computer|television|tv|router|device|upgrade)s?\b`)

// Untold tells whether a text gives something whose worth nobody can read from it.
func (r *Reader) Untold(text string) bool {
	for _, sentence := range r.ends.Split(r.fold(text), -1) {
		if untold.MatchString(sentence) && !declines.MatchString(sentence) {
			return true
		}
	}
	return false
}

// declines finds a sentence that gives nothing, or tells of what somebody wants.
var declines = regexp.MustCompile(`(?:您|你|客户)(?:说|称|提到|要求|希望|想要|主张)|\byou (?:say|said|claim\w*|ask\w*|want\w*|demand\w*)\b|(?:不能|无法|没法|不会|不可以|不予)|\b(?:not|cannot|can't|won't|don't|never (?:give|waive)|unable)\b`)
