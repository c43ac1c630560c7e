package amount

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"
	"golang.org/x/text/width"
)

// Sum is an amount of money as a text has it.
type Sum struct {
	// Currency is the ISO 4217 code.
	Currency string
	// Value is how much.
	Value decimal.Decimal
	// Threshold is true when it is said as what has to be spent first: 满100, "from 100 yuan on".
	Threshold bool
}

// Reader finds what somebody is to be given. It never changes and is safe for concurrent use.
type Reader struct {
	currency string
	// simplified has the simplified forms of the traditional characters that it looks for.
	simplified *strings.Replacer
	// priced finds a number with its currency before or behind it, bare one that stands behind a word of giving alone.
	priced, bare *regexp.Regexp
	// behind is what may follow a bare number, lest it be so many days or pieces.
	behind *regexp.Regexp
	// gives has the words of giving, denies those by which nothing is given.
	gives, denies *regexp.Regexp
	// cash has words of payment by which an amount is given where nobody tells of an expense, which tells has words of; pure finds a sentence that
	// is an amount and nothing else.
	cash, tells, pure *regexp.Regexp
	// from and on stand before and behind a threshold.
	from, on *regexp.Regexp
	// joins are the spaces within a number in Chinese characters.
	joins *regexp.Regexp
	// groups are the thousands of a number that stand apart: 5 000, 5'000.
	groups *regexp.Regexp
	// lookalikes are numbers with letters in the place of figures that look like them: 5O00.
	lookalikes *regexp.Regexp
	// ends are the ends of sentences.
	ends *regexp.Regexp
}

// What the patterns are made of, in the folded form of texts.
const (
	wordNumber = `(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|` +
		`nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)`
	number = `(?:((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)(?:\s*(百|千|万|亿|(?:k|hundred|thousand|million)\b))?|` +
		`([零〇一二两三四五六七八九十百千万亿]+)|\b((?:a )?` + wordNumber + `(?:[ -](?:and )?` + wordNumber + `)*)\b)`
	before = `(rmb|cny|人民币|us\$|hk\$|nt\$|\$|usd|hkd|twd|eur|gbp|jpy|[€£¥])`
	after  = `(人民币|美元|美金|港币|港元|新台币|台币|欧元|英镑|日元|元|块|圆|蚊|rmb|cny|yuan|kuai|(?:us )?dollars?|usd|hkd|twd|euros?|eur|gbp|jpy|[€¥£])`
	// giving are the words behind which a number without currency is money.
	giving = `(?:退款?|赔偿?|补偿?|返还?|减免|免除|付给?|打款|转账|给|送|` +
		`\b(?:refund|reimburse|compensate|pay|repay|credit|give|offer|transfer|send|waive)\b(?:\s+(?:you|him|her|them|the customer))?)`
	// between may stand between such a word and its number.
	between = `(?:您|你|他|她|们|客户|给|还|回|款|钱|共|总|一共|合计|最高|最多|至少|大约|约|另外|再|现金|金额|:|\s|` +
		`\b(?:a total of|the sum of|up to|at least|about|around|another|an additional|an extra|back|exactly|with)\b)*`
)

// New makes a reader for a firm whose money is in the currency.
func New(currency string) *Reader {
	return &Reader{
		currency: currency,
		simplified: strings.NewReplacer("給", "给", "賠", "赔", "償", "偿", "補", "补", "還", "还", "減", "减", "轉", "转", "賬", "账", "帳", "账",
			"匯", "汇", "紅", "红", "報銷", "报销", "兩", "两", "萬", "万", "塊", "块", "圓", "圆", "歐", "欧", "鎊", "镑", "臺幣", "台币", "幣", "币", "無", "无",
			"沒", "没", "會", "会", "們", "们", "戶", "户", "錢", "钱", "總", "总", "約", "约", "現", "现", "額", "额", "後", "后", "當", "当", "馬", "马", "內", "内",
			"計", "计", "為", "为", "與", "与", "費", "费", "話", "话", "擔", "担", "滿", "满", "達", "达", "過", "过", "費", "费", "贈", "赠", "無償", "无偿", "換", "换", "臺", "台", "輛", "辆", "終", "终", "遠", "远", "個", "个", "單", "单", "資", "资", "續", "续", "億", "亿", "損", "损",
			"壹", "一", "贰", "二", "貳", "二", "叁", "三", "叄", "三", "肆", "四", "伍", "五", "陆", "六", "陸", "六", "柒", "七", "捌", "八", "玖", "九",
			"拾", "十", "佰", "百", "仟", "千"),
		priced: regexp.MustCompile(`(?:` + before + `\s*)?` + number + `[\s-]*` + after + `?`),
		bare:   regexp.MustCompile(giving + between + number),
		behind: regexp.MustCompile(`^(?:\s*$|\s*[,;:、)]|\s*(?:明|今|后天|当天|马上|立即|给|到账|回|吧|了|整|左右|以内|以上|现金|话费)|` +
			`\s+(?:tomorrow|today|tonight|now|on|by|to|within|in|at|next|this|immediately|for|as|into|back|and|or|if|when|right|straight|via|` +
			`through|plus|extra|more|off|before|after|until)\b)`),
		gives: regexp.MustCompile(`退|赔|补偿|返还|还给|还您|还你|减免|免除|免收|付给|付您|付你|给您|给你|给客户|打给|打到|打您|打你|打入|转给|转到|转账|到账|打款|汇|` +
			`抵扣|送您|送你|红包|报销|补您|补你|补给|收到|` +
			`refund|reimburs|compensat|\bpay\b|\brepay|\bcredit|\bgiv(?:e|ing)\b|\bwaive|\btransfer|\bsend\b|\bget\b|\breceive\b|money back|` +
			`voucher|coupon|discount|\boffer|\byours\b`),
		denies: regexp.MustCompile(`(?:不|无法|没法|没有)(?:能|会|可以|可能|予|再)?(?:给|为|向)?(?:您|你|客户)?(?:全额)?(?:退还?款?|赔偿?|补偿|返还|减免|付)|` +
			`(?:not|cannot|can't|won't|don't|never|unable to)\s+(?:be able to\s+|yet\s+)?(?:refund|reimburse|compensate|pay|credit|give|offer)|` +
			`you (?:have )?paid|您付|你付|收了您|收您|扣了您`),
		cash: regexp.MustCompile(`现金|归您|归你|归客户|承担|充值|误工费|精神损失费|抚慰金|慰问金|补贴|垫付|(?:我们|我方|公司)(?:来|再|会|愿意|将|可以)?(?:出|付|掏)|` +
			`\bcash\b|\bcheques?\b|\bchecks? (?:over|for|of)\b|for your trouble|\bremit`),
		tells: regexp.MustCompile(`(?:您|你|客户)(?:的|说|称|提到|要求|希望|想要|主张|花|付|损失|消费|充)|多收|扣款|扣了|收取|收了|不(?:能|会|予|可以)?承担|无法承担|` +
			`\b(?:you|customer|he|she|they) (?:say|said|says|claim\w*|ask\w*|want\w*|demand\w*|paid|spent|lost|had)\b|\bcharg(?:e|ed|es)\b|\bcosts?\b|\bprices?\b`),
		pure: regexp.MustCompile(`^\s*(?:` + before + `\s*)?` + number + `\s*` + after + `?\s*(?:整|左右|的)?\s*(?:话费|流量|礼品卡?|购物卡|礼金|代金券)?\s*[,.:、]*\s*$`),
		from: regexp.MustCompile(`(?:满|达到?|消费|超过|\b(?:orders?|purchases?|spend(?:ing)?|buy(?:ing)?|bills?|baskets?|off|from|minimum)` +
			`(?:\s+(?:of|over|above|from|at|least|more|than|is|spend|purchase))*)\s*(?:` + before + `\s*)?$`),
		on:         regexp.MustCompile(`^\s*(?:以上|起|可用|可减|减|立减|(?:or|and) (?:more|above|over|up)\b|on(?:wards?)?\s*(?:[,.]|$))`),
		joins:      regexp.MustCompile(`([零〇一二两三四五六七八九十百千万亿])[ \t]+([零〇一二两三四五六七八九十百千万亿元块圆])`),
		groups:     regexp.MustCompile(`(^|[^0-9.,])([0-9]{1,3}(?:[ '’][0-9]{3})+)($|[^0-9])`),
		lookalikes: regexp.MustCompile(`(^|[^a-z0-9])([ol]*[0-9][0-9ol]*)`),
		ends:       regexp.MustCompile(`[。!?;\n]|\.(?:\s|$)`),
	}
}

// Read lists what a text says is given, in its order. What has no currency is in the firm's.
func (r *Reader) Read(text string) []Sum {
	var all []Sum
	for _, sentence := range r.ends.Split(r.fold(text), -1) {
		said := sentence
		sentence = r.denies.ReplaceAllString(said, " ")
		if !r.promises(said, sentence) {
			continue
		}
		for _, at := range r.priced.FindAllStringSubmatchIndex(sentence, -1) {
			part := func(n int) string { return submatch(sentence, at, n) }
			unit := part(1) + part(6)
			if unit == "" {
				continue
			}
			if value, ok := value(part(2), part(3), part(4), part(5)); ok {
				all = append(all, Sum{r.code(part(1), part(6)), value, r.threshold(sentence, at)})
			}
		}
		for _, at := range r.bare.FindAllStringSubmatchIndex(sentence, -1) {
			part := func(n int) string { return submatch(sentence, at, n) }
			if part(3) != "" && !strings.ContainsAny(part(3), scales) || !r.behind.MatchString(sentence[at[1]:]) {
				continue // A figure alone counts things: 给您一个.
			}
			if whole, _, _ := strings.Cut(strings.ReplaceAll(part(1), ",", ""), "."); len(whole) > longest {
				continue
			}
			if value, ok := value(part(1), part(2), part(3), part(4)); ok {
				all = append(all, Sum{r.currency, value, false})
			}
		}
	}
	return all
}

// promises tells whether an amount in a sentence is to be given. One in an explanation may be a price, a fee or what the customer has lost, so
// that it takes a word of giving; a word of payment, where the sentence tells of no expense; or that the sentence is the amount and nothing else. The second
// form of it lacks what is denied.
func (r *Reader) promises(said, sentence string) bool {
	return r.gives.MatchString(sentence) || r.bare.MatchString(sentence) || r.pure.MatchString(said) ||
		r.cash.MatchString(sentence) && !r.tells.MatchString(said)
}

// threshold tells whether an amount is said as what has to be spent first.
func (r *Reader) threshold(sentence string, at []int) bool {
	return r.from.MatchString(sentence[:at[0]]) || r.on.MatchString(sentence[at[1]:])
}

// submatch is the n-th part of a match; empty for one that is not there.
func submatch(text string, at []int, n int) string {
	if at[2*n] < 0 {
		return ""
	}
	return text[at[2*n]:at[2*n+1]]
}

// value is a number in one of the ways it may be written.
func value(inFigures, scaled, inChinese, inEnglish string) (decimal.Decimal, bool) {
	switch {
	case inFigures != "":
		v, ok := figures(inFigures)
		return v.Mul(scale(scaled)), ok && v.IsPositive()
	case inChinese != "":
		return chinese(inChinese)
	default:
		return english(inEnglish)
	}
}

// code is the currency of a sign or a word. Words that several countries have for their money mean the firm's, if it is of these.
func (r *Reader) code(front, back string) string {
	sign := front
	if sign == "" {
		sign = back
	}
	ours := func(general string, all ...string) string {
		if slices.Contains(all, r.currency) {
			return r.currency
		}
		return general
	}
	switch sign {
	case "$", "dollar", "dollars":
		return ours("USD", "USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD")
	case "¥":
		return ours("CNY", "CNY", "JPY")
	case "元", "块", "圆", "蚊":
		return ours("CNY", "CNY", "HKD", "TWD", "SGD", "JPY")
	case "us$", "usd", "us dollar", "us dollars", "美元", "美金":
		return "USD"
	case "hk$", "hkd", "港币", "港元":
		return "HKD"
	case "nt$", "twd", "台币", "新台币":
		return "TWD"
	case "€", "eur", "euro", "euros", "欧元":
		return "EUR"
	case "£", "gbp", "英镑":
		return "GBP"
	case "jpy", "日元":
		return "JPY"
	default:
		return "CNY"
	}
}

// fold brings a text into the form in which it is read: lower case, half width, simplified, with everyday numerals, and without what nobody sees.
func (r *Reader) fold(text string) string {
	folded := r.simplified.Replace(strings.ToLower(width.Fold.String(Seen(text))))
	folded = strings.Map(plain, folded)
	folded = r.lookalikes.ReplaceAllStringFunc(folded, strings.NewReplacer("o", "0", "l", "1").Replace)
	folded = r.groups.ReplaceAllStringFunc(folded, func(found string) string {
		at := r.groups.FindStringSubmatch(found)
		return at[1] + strings.NewReplacer(" ", "", "'", "", "’", "").Replace(at[2]) + at[3]
	})
	for range 2 { // Of 五 百 元 the first pass joins every other space.
		folded = r.joins.ReplaceAllString(folded, "$1$2")
	}
	return folded
}

// plain is a character as a reader takes it: any space is a space, any hyphen a hyphen, and a foreign o an o.
func plain(r rune) rune {
	switch {
	case unicode.Is(unicode.Zs, r):
		return ' '
	case r >= '\u2010' && r <= '\u2012':
		return '-'
	case r == 'о', r == 'ο':
		return 'o'
	default:
		return r
	}
}

// Seen is a text without the characters that nobody sees, such as a zero-width space in the middle of a number.
func Seen(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == '\u2063' || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, text)
}
