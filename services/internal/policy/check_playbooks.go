package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/dictionary"
)

// frightening is the word list whose words no playbook says to a customer (REM-2).
const frightening = "frightens"

// placeholder finds what stands in braces, and a brace that is alone.
var placeholder = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// fright is a word that frightens, as it is written and as it is looked for. There are many texts, so it is folded once.
type fright struct{ word, folded string }

func foldedWords(words []string) []fright {
	all := make([]fright, len(words))
	for i, word := range words {
		all[i] = fright{word: word, folded: folded(word)}
	}
	return all
}

// playbooks wants options that can be proposed as they are, in words that every customer can read and nobody is frightened by (REM-2).
func (c *checker) playbooks(section *policyv1.Playbooks, digits int32, words []*policyv1.WordList) {
	at := path{}.field("playbooks")
	frights := foldedWords(wordsOf(words, frightening))
	seen := make(map[string]bool)
	for i, book := range section.GetPlaybooks() {
		here := at.item("playbooks", i)
		if seen[book.GetId()] {
			c.add(here.field("id"), "unique", "there is a playbook %q already", book.GetId())
		}
		seen[book.GetId()] = true
		c.allLanguages(here, "display_name", book.GetDisplayName())
		c.said(here, "validation", book.GetValidation(), frights, nil)
		c.neverSay(here, book)
		plays := make(map[string]bool)
		for j, play := range book.GetPlays() {
			there := here.item("plays", j)
			if plays[play.GetId()] {
				c.add(there.field("id"), "unique", "there is a play %q already in this playbook", play.GetId())
			}
			plays[play.GetId()] = true
			c.play(there, play, digits, frights)
		}
	}
}

// play wants each part to be an option of its kind.
func (c *checker) play(at path, play *policyv1.Play, digits int32, frights []fright) {
	c.said(at, "wording", play.GetWording(), frights, known(play.GetParts()[:min(1, len(play.GetParts()))]))
	for i, word := range play.GetNeedWords() {
		if strings.TrimSpace(word) != word || folded(word) == "" {
			c.add(at.item("need_words", i), "blank", "%q is blank, or begins or ends with a blank", word)
		}
	}
	bases := make(map[string]bool)
	for i, part := range play.GetParts() {
		bases[part.GetBasis()] = true
		c.part(at.item("parts", i), part, digits, frights)
	}
	if bases["ENTITLEMENT"] && bases["FAULT"] {
		c.add(at.field("parts"), "basis", "mixes ENTITLEMENT, which is never called an exception, with FAULT, which always is: make them two plays")
	}
}

// part wants an amount where there has to be one, and none where nothing is paid.
func (c *checker) part(at path, part *policyv1.PlayPart, digits int32, frights []fright) {
	c.said(at, "contents", part.GetContents(), frights, known([]*policyv1.PlayPart{part}))
	coupon := part.GetKind() == "COUPON"
	switch {
	case part.GetAmount() == "" && (coupon || part.GetKind() == "GIFT"):
		c.add(at.field("amount"), "amount", "a %s has an amount", part.GetKind())
	case part.GetAmount() != "" && costless(part.GetKind()):
		c.add(at.field("amount"), "amount", "a %s costs no money", part.GetKind())
	case strings.Trim(part.GetAmount(), "0.") == "" && part.GetAmount() != "":
		c.add(at.field("amount"), "amount", "nothing is no amount")
	}
	c.amount(at.field("amount"), part.GetAmount(), int(digits))
	c.amount(at.field("coupon_threshold"), part.GetCouponThreshold(), int(digits))
	c.duration(at.field("coupon_validity"), part.GetCouponValidity())
	c.duration(at.field("within"), part.GetWithin())
	switch {
	case coupon && part.GetCouponValidity().AsDuration() <= 0:
		c.add(at.field("coupon_validity"), "coupon", "a COUPON can be used for some time")
	case !coupon && part.GetCouponThreshold() != "":
		c.add(at.field("coupon_threshold"), "coupon", "only a COUPON has one")
	case !coupon && part.GetCouponValidity().AsDuration() > 0:
		c.add(at.field("coupon_validity"), "coupon", "only a COUPON has one")
	}
}

// costless are the kinds that no money is paid for.
func costless(kind string) bool {
	return slices.Contains([]string{
		"APOLOGY", "EXPLANATION", "GUIDANCE", "EVIDENCE_DOCUMENT", "WARRANTY_EXTENSION", "SERVICE_CHANGE", "PRIORITY_SERVICE", "DEDICATED_AGENT",
		"TRAINING",
	}, kind)
}

// known are the placeholders that the words of these parts may have: what stands for nothing would be told to the customer as it is.
func known(parts []*policyv1.PlayPart) []string {
	names := []string{"due"}
	for _, part := range parts {
		if part.GetAmount() != "" {
			names = append(names, "amount")
		}
		if part.GetCouponThreshold() != "" {
			names = append(names, "threshold")
		}
		if part.GetCouponValidity() != nil {
			names = append(names, "until")
		}
	}
	return names
}

// said wants a text in every language, without words that frighten, and with placeholders that stand for something.
func (c *checker) said(at path, name string, texts map[string]string, frights []fright, placeholders []string) {
	c.allLanguages(at, name, texts)
	for code, text := range texts {
		for _, found := range placeholder.FindAllString(text, -1) {
			if !slices.Contains(placeholders, strings.TrimSuffix(strings.TrimPrefix(found, "{"), "}")) || !strings.HasSuffix(found, "}") {
				c.add(at.entry(name, code), "placeholder", "%s stands for nothing here; there are %s", found, strconv.Quote(strings.Join(placeholders, ", ")))
			}
		}
		if word := frightens(text, frights); word != "" {
			c.add(at.entry(name, code), "frightens", "%q frightens (wording.words, %s); nothing that does is a remedy", word, frightening)
		}
	}
}

// neverSay wants phrases that can be found.
func (c *checker) neverSay(at path, book *policyv1.Playbook) {
	for code, phrases := range book.GetNeverSay() {
		here := at.entry("never_say", code)
		if !slices.Contains(languages(), code) {
			c.add(here, "language", "%q is not a supported language; there are %q", code, languages())
		}
		for i, phrase := range phrases.GetPhrases() {
			if !strings.ContainsFunc(folded(phrase), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				c.add(here.item("phrases", i), "blank", "%q has no words, so nothing is found by it", phrase)
			}
		}
	}
}

// wordsOf are the words of a list.
func wordsOf(lists []*policyv1.WordList, id string) []string {
	for _, list := range lists {
		if list.GetId() == id {
			return slices.Concat(list.GetZh(), list.GetEn())
		}
	}
	return nil
}

// frightens is the first of the words that stands in a text; English ones whole.
func frightens(text string, words []fright) string {
	plain := folded(text)
	for _, word := range words {
		sought := word.folded
		for at := strings.Index(plain, sought); sought != "" && at >= 0; {
			if whole(plain, at, at+len(sought)) {
				return word.word
			}
			next := strings.Index(plain[at+1:], sought)
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
	return ""
}

// whole tells whether a piece of a text cuts no Latin word.
func whole(text string, start, end int) bool {
	cut := func(before, after rune) bool {
		return unicode.Is(unicode.Latin, before) && unicode.Is(unicode.Latin, after)
	}
	return dictionary.Parted([]byte(text), start, cut) && dictionary.Parted([]byte(text), end, cut)
}

// folded is a text as words are looked for in it.
func folded(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r = dictionary.Fold(r); r == 0 {
			return -1
		}
		return r
	}, text)), " ")
}
