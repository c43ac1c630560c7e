package remedy

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/amount"
)

// fallbackField is the path of the fallback in the request, where it is more than words.
const fallbackField = "remedy.fallback_option"

// proposal is what a proposal has of options, as it is sent and shown.
type proposal interface {
	GetOptions() []*remedyv1.Option
	GetFallbackOption() *remedyv1.Option
}

// offered are the options of a proposal with the fallback as the last one, as a remedy has them.
func offered(p proposal) []*remedyv1.Option {
	if p.GetFallbackOption() == nil {
		return p.GetOptions()
	}
	return append(p.GetOptions()[:len(p.GetOptions()):len(p.GetOptions())], p.GetFallbackOption())
}

// choices are the options without the fallback.
func choices(options []Option) []Option {
	if n := len(options); n > 0 && options[n-1].Fallback {
		return options[:n-1]
	}
	return options
}

// index is where the option of a number is, as the customer counts: from 1, and 0 for the fallback, which is the last one.
func index(options []Option, number int32) int {
	if number > 0 {
		return int(number) - 1
	}
	return len(choices(options))
}

// taken is what the customer has accepted, and its place among the options; nil for nothing yet, and for a fallback of words alone.
func (r *Remedy) taken() (*Option, int) {
	at := index(r.Options, r.Answer.Option)
	if r.Answer.State != remedyv1.Remedy_ACCEPTED || at >= len(r.Options) {
		return nil, 0
	}
	return &r.Options[at], at
}

// number is what an option at a place is called in an error: from 1, and 0 for the fallback.
func (o Option) number(at int) int {
	if o.Fallback {
		return 0
	}
	return at + 1
}

// called is what the option of a number is called in a sentence.
func called(number int) string {
	if number == 0 {
		return "The fallback"
	}
	return "Option " + strconv.Itoa(number)
}

// timed finds a time by which something is to be done, in either Chinese script and in English. It is for the words of a fallback alone,
// where a time that is only mentioned can be left out.
var timed = regexp.MustCompile(`[0-9零一二两兩三四五六七八九十半几幾数數]+\s*(?:个|個)?\s*(?:工作日|小时|小時|钟头|鐘頭|分钟|分鐘|点|點|时|時|天|日|号|號|周|週|星期|月)|` +
	`今天|明天|后天|後天|今日|明日|当天|當天|今晚|明早|明晚|上午|下午|早上|晚上|中午|本周|本週|下周|下週|下个?月|下個月|(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]|月底|马上|馬上|立即|立刻|` +
	`\b[0-9]{1,2}(?:[:.][0-9]{2})?\s*(?:am|pm|a\.m|p\.m|o'clock)\b|\b[0-9]{1,2}:[0-9]{2}\b|\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b|` +
	`\b(?:[0-9]+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|couple of)[ -](?:(?:business|working) )?(?:minute|hour|day|week|month)s?\b|` +
	`\b(?:today|tonight|tomorrow|noon|midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:this|next) (?:morning|afternoon|evening|week|month)|immediately|at once)\b|` +
	`\bat (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b`)

// unowed wants the words of a fallback to promise nothing that followup would have to keep: words that are accepted owe nothing, so that a
// call at ten or money in an hour would be nobody's (REM-5). What is owed is the option of a fallback. Errors: FALLBACK_PROMISES.
func (s *Service) unowed(fallback string) error {
	text := strings.ToLower(width.Fold.String(amount.Seen(fallback)))
	if said := timed.FindString(text); said != "" {
		return fallbackPromises(said)
	}
	if most, _ := s.written(fallback); most.Positive() {
		return fallbackPromises(most.String())
	}
	return nil
}
