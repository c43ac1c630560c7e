package amount

import (
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/text/width"
)

// Sum is an amount of money as a text has it.
type Sum struct {
	// Currency is the ISO 4217 code.
	Currency string
	// Value is how much.
	Value decimal.Decimal
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
	// ends are the ends of sentences.
	ends *regexp.Regexp
}

// What the patterns are made of, in the folded form of texts.
const (
	wordNumber = `(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|` +
		`nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)`
	number = `(?:((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)(?:\s*(百|千|万|(?:k|hundred|thousand|million)\b))?|` +
		`([零〇一二两三四五六七八九十百千万]+)|\b((?:a )?` + wordNumber + `(?:[ -](?:and )?` + wordNumber + `)*)\b)`
	before = `(rmb|cny|人民币|us\$|hk\$|nt\$|\$|usd|hkd|twd|eur|gbp|jpy|[€£¥])`
	after  = `(人民币|美元|美金|港币|港元|新台币|台币|欧元|英镑|日元|元|块|圆|rmb|cny|yuan|kuai|(?:us )?dollars?|usd|hkd|twd|euros?|eur|gbp|jpy|[€¥£])`
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
			"計", "计", "為", "为", "與", "与"),
		priced: regexp.MustCompile(`(?:` + before + `\s*)?` + number + `\s*` + after + `?`),
		bare:   regexp.MustCompile(giving + between + number),
		behind: regexp.MustCompile(`^(?:\s*$|\s*[,;:、)]|\s*(?:明|今|后天|当天|马上|立即|给|到账|回|吧|了|整|左右|以内|以上)|` +
			`\s+(?:tomorrow|today|tonight|now|on|by|to|within|in|at|next|this|immediately|for|as|into|back|and|or|if|when|right|straight|via|` +
			`through|plus|extra|more|off|before|after|until)\b)`),
		gives: regexp.MustCompile(`退|赔|补偿|返还|还给|还您|还你|减免|免除|免收|付给|付您|付你|给您|给你|给客户|打给|打到|转给|转到|转账|到账|打款|汇|` +
			`抵扣|送您|送你|红包|报销|补您|补你|补给|收到|` +
			`refund|reimburs|compensat|\bpay\b|\brepay|\bcredit|\bgiv(?:e|ing)\b|\bwaive|\btransfer|\bsend\b|\bget\b|\breceive\b|money back|` +
			`voucher|coupon|discount|\boffer|\byours\b`),
		denies: regexp.MustCompile(`(?:不|无法|没法|没有)(?:能|会|可以|可能|予|再)?(?:给|为|向)?(?:您|你|客户)?(?:全额)?(?:退还?款?|赔偿?|补偿|返还|减免|付)|` +
			`(?:not|cannot|can't|won't|don't|never|unable to)\s+(?:be able to\s+|yet\s+)?(?:refund|reimburse|compensate|pay|credit|give|offer)|` +
			`you (?:have )?paid|您付|你付|收了您|收您|扣了您`),
		ends: regexp.MustCompile(`[。!?;\n]|\.(?:\s|$)`),
	}
}

// Read lists what a text says is given, in its order. What has no currency is in the firm's.
func (r *Reader) Read(text string) []Sum {
	var all []Sum
	for _, sentence := range r.ends.Split(r.fold(text), -1) {
		sentence = r.denies.ReplaceAllString(sentence, " ")
		if !r.gives.MatchString(sentence) && !r.bare.MatchString(sentence) {
			continue
		}
		for _, at := range r.priced.FindAllStringSubmatchIndex(sentence, -1) {
			part := func(n int) string { return submatch(sentence, at, n) }
			unit := part(1) + part(6)
			if unit == "" {
				continue
			}
			if value, ok := value(part(2), part(3), part(4), part(5)); ok {
				all = append(all, Sum{r.code(part(1), part(6)), value})
			}
		}
		for _, at := range r.bare.FindAllStringSubmatchIndex(sentence, -1) {
			part := func(n int) string { return submatch(sentence, at, n) }
			if part(3) != "" && !strings.ContainsAny(part(3), "十百千万") || !r.behind.MatchString(sentence[at[1]:]) {
				continue // A figure alone counts things: 给您一个.
			}
			if whole, _, _ := strings.Cut(strings.ReplaceAll(part(1), ",", ""), "."); len(whole) > longest {
				continue
			}
			if value, ok := value(part(1), part(2), part(3), part(4)); ok {
				all = append(all, Sum{r.currency, value})
			}
		}
	}
	return all
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
	case "元", "块", "圆":
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

// fold brings a text into the form in which it is read: lower case, half width, simplified.
func (r *Reader) fold(text string) string {
	return r.simplified.Replace(strings.ToLower(width.Fold.String(text)))
}
