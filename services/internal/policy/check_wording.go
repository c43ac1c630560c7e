package policy

import (
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
)

// longestPattern is how many words a pattern may have.
const longestPattern = 6

// wording wants letters that cannot fail when they are written to a customer, and rules whose words are all there (SAY-1).
func (c *checker) wording(wording *policyv1.Wording) {
	at := path{}.field("wording")
	lists := c.wordLists(at, wording.GetWords())
	for i, report := range wording.GetReports() {
		c.pattern(at.item("reports", i), report, lists)
	}
	seen := make(map[string]bool)
	for i, rule := range wording.GetRules() {
		here := at.item("rules", i)
		if seen[rule.GetId()] {
			c.add(here.field("id"), "unique", "there is a rule %q already", rule.GetId())
		}
		seen[rule.GetId()] = true
		for j, pattern := range rule.GetPatterns() {
			c.pattern(here.item("patterns", j), pattern, lists)
		}
		for j, list := range rule.GetAlone() {
			if !lists[list] {
				c.add(here.item("alone", j), "reference", "there is no word list %q", list)
			}
		}
		for name, around := range map[string]map[string]policyv1.WordingRule_Scope{"unless": rule.GetUnless(), "needs": rule.GetNeeds()} {
			for list := range around {
				if !lists[list] {
					c.add(here.entry(name, list), "reference", "there is no word list %q", list)
				}
			}
		}
		if rule.GetSoonerThan() != nil && len(wording.GetTimes()) == 0 {
			c.add(here.field("sooner_than"), "reference", "there are no times that could be sooner")
		}
		c.allLanguages(here, "why", rule.GetWhy())
		c.allLanguages(here, "instead", rule.GetInstead())
	}
	times := make(map[string]bool)
	for i, t := range wording.GetTimes() {
		here := at.item("times", i)
		if times[t.GetId()] {
			c.add(here.field("id"), "unique", "there is a time %q already", t.GetId())
		}
		times[t.GetId()] = true
		if !lists[t.GetId()] {
			c.add(here.field("id"), "reference", "there is no word list %q", t.GetId())
		}
		c.given(here.field("long"), t.GetLong())
		if t.GetUnit() && t.GetLong().AsDuration() <= 0 {
			c.add(here.field("long"), "unit", "a unit is longer than nothing")
		}
	}
	c.templates(at, wording.GetTemplates())
}

// wordLists wants each list once and with words in it, and each word once in its list. It returns the lists by name.
func (c *checker) wordLists(at path, words []*policyv1.WordList) map[string]bool {
	lists := make(map[string]bool)
	for i, list := range words {
		here := at.item("words", i)
		if lists[list.GetId()] {
			c.add(here.field("id"), "unique", "there is a word list %q already", list.GetId())
		}
		lists[list.GetId()] = true
		if len(list.GetZh())+len(list.GetEn()) == 0 {
			c.add(here, "empty", "word list %q has no words", list.GetId())
		}
		seen := make(map[string]bool)
		for k, all := range [][]string{list.GetZh(), list.GetEn()} {
			name := []string{"zh", "en"}[k]
			for j, word := range all {
				switch {
				case strings.TrimSpace(word) != word || word == "":
					c.add(here.item(name, j), "blank", "%q begins or ends with a blank", word)
				case word != strings.ToLower(word):
					c.add(here.item(name, j), "case", "%q: write words in lower case; they match in any", word)
				case seen[word]:
					c.add(here.item(name, j), "unique", "%q is in the list %q twice", word, list.GetId())
				}
				seen[word] = true
			}
		}
	}
	return lists
}

// pattern wants names of word lists.
func (c *checker) pattern(at path, pattern string, lists map[string]bool) {
	steps := strings.Fields(pattern)
	if len(steps) == 0 || len(steps) > longestPattern {
		c.add(at, "length", "names %d word lists in a row; a pattern has 1 to %d", len(steps), longestPattern)
	}
	for _, step := range steps {
		for list := range strings.SplitSeq(step, "|") {
			if !lists[list] {
				c.add(at, "reference", "there is no word list %q", list)
			}
		}
	}
}

// templates wants each letter once, in all languages, in a form that cannot fail, and one of each that
// Redress sends by itself (ACK-1, REC-10, REM-6).
func (c *checker) templates(at path, templates []*policyv1.LetterTemplate) {
	seen := make(map[string]bool)
	count := make(map[policyv1.LetterTemplate_Kind]int)
	for i, t := range templates {
		here := at.item("templates", i)
		if seen[t.GetId()] {
			c.add(here.field("id"), "unique", "there is a letter %q already", t.GetId())
		}
		seen[t.GetId()] = true
		if count[t.GetKind()]++; count[t.GetKind()] == 2 && slices.Contains(sentByRedress(), t.GetKind()) {
			c.add(here.field("kind"), "unique", "there is %s already, and Redress sends one", one(t.GetKind()))
		}
		c.codes(here, "texts", keys(t.GetTexts()))
		for _, code := range languages() {
			text := t.GetTexts()[code]
			if text == nil {
				c.add(here.field("texts"), "language", "has no text in %q", code)
				continue
			}
			for _, problem := range letter.Check(t.GetKind(), text) {
				c.add(here.entry("texts", code).field(problem.Field), "letter", "%s", problem.Message)
			}
		}
	}
	for _, kind := range slices.Concat(sentByRedress(), sentAtTheEnd()) {
		if count[kind] == 0 {
			c.add(at.field("templates"), strings.ToLower(kind.String()), "there is no %s to send", kind)
		}
	}
}

// one is a letter of a kind in words.
func one(kind policyv1.LetterTemplate_Kind) string {
	if kind == policyv1.LetterTemplate_ACKNOWLEDGEMENT {
		return "an " + kind.String()
	}
	return "a " + kind.String()
}

// sentByRedress are the kinds of letters of which there is one, since Redress sends it by itself.
func sentByRedress() []policyv1.LetterTemplate_Kind {
	return []policyv1.LetterTemplate_Kind{policyv1.LetterTemplate_ACKNOWLEDGEMENT, policyv1.LetterTemplate_SETTLED}
}

// sentAtTheEnd are the kinds of letters by which Redress tells how a complaint ended (REM-6). Of several the first is sent; of none the
// customer would hear nothing, and nobody of that.
func sentAtTheEnd() []policyv1.LetterTemplate_Kind {
	return []policyv1.LetterTemplate_Kind{
		policyv1.LetterTemplate_CLOSING, policyv1.LetterTemplate_REFUSAL, policyv1.LetterTemplate_NOT_A_COMPLAINT,
		policyv1.LetterTemplate_WITHDRAWN, policyv1.LetterTemplate_MERGED,
		policyv1.LetterTemplate_CONTACT_ENDED, policyv1.LetterTemplate_CLOSING_WITHOUT_REPLY,
	}
}

// allLanguages wants a text in each language, and in no other.
func (c *checker) allLanguages(at path, name string, texts map[string]string) {
	c.codes(at, name, texts)
	for _, code := range languages() {
		if strings.TrimSpace(texts[code]) == "" {
			c.add(at.field(name), "language", "has no text in %q", code)
		}
	}
}

// keys has the keys of a map of messages, for checks that look at nothing else.
func keys(texts map[string]*policyv1.LetterText) map[string]string {
	codes := make(map[string]string, len(texts))
	for code := range texts {
		codes[code] = code
	}
	return codes
}
