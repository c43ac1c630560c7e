package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// risk wants each list of words once, and words that can be found in a text that
// was made comparable. The markers tell traditional characters: the lexicon is
// written in simplified ones.
func (c *checker) risk(risk *policyv1.Risk, markers string) {
	at := path{}.field("risk")
	lists := make(map[[2]int32]bool)
	traditional := make(map[rune]bool)
	for _, r := range markers {
		traditional[r] = !unicode.IsSpace(r)
	}
	for i, group := range risk.GetWords() {
		here := at.item("words", i)
		key := [2]int32{int32(group.GetRole()), int32(group.GetTarget())}
		if lists[key] {
			c.add(here.field("role"), "unique", "%s has a list for that target already", group.GetRole())
		}
		lists[key] = true
		zh, en := Words(group.GetZh()), Words(group.GetEn())
		if len(zh)+len(en) == 0 {
			c.add(here, "required", "has neither zh nor en")
		}
		if body(group.GetRole()) && group.GetTarget() == policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED {
			c.add(here.field("role"), "target", "%s needs a target", group.GetRole())
		}
		c.words(here.field("zh"), zh, func(word string) string { return chinese(word, traditional) })
		c.words(here.field("en"), en, english)
	}
	weights := make(map[[2]int32]bool)
	for i, weight := range risk.GetWeights() {
		key := [2]int32{int32(weight.GetKind()), int32(weight.GetTarget())}
		if weights[key] {
			c.add(at.item("weights", i).field("kind"), "unique", "%s has a weight for that target already", weight.GetKind())
		}
		weights[key] = true
	}
	c.opinion(at.field("opinion"), risk.GetOpinion())
}

// opinion wants each threshold once, and for something.
func (c *checker) opinion(at path, opinion *policyv1.RiskOpinion) {
	seen := make(map[[2]int32]bool)
	for i, threshold := range opinion.GetThresholds() {
		key := [2]int32{int32(threshold.GetKind()), int32(threshold.GetMessage())}
		switch here := at.item("thresholds", i); {
		case (key[0] == 0) == (key[1] == 0):
			c.add(here, "one_of", "needs either kind or message")
		case seen[key]:
			c.add(here, "unique", "there is a threshold for that already")
		}
		seen[key] = true
	}
}

// body tells whether the words of a role are whom one turns to.
func body(role policyv1.RiskRole) bool {
	return role == policyv1.RiskRole_BODY || role == policyv1.RiskRole_OFFICE || role == policyv1.RiskRole_VAGUE_BODY
}

// Words takes the words of a lexicon apart: commas and line breaks part them.
func Words(text string) []string {
	var words []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '\n' }) {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// words wants each word once, and none that is wrong.
func (c *checker) words(at path, words []string, wrong func(string) string) {
	seen := make(map[string]bool, len(words))
	for _, word := range words {
		if seen[word] {
			c.add(at, "unique", "%q is listed twice", word)
		}
		seen[word] = true
		if problem := wrong(word); problem != "" {
			c.add(at, "word", "%q %s", word, problem)
		}
	}
}

// chinese says what is wrong with a Chinese word; nothing if it can be found.
func chinese(word string, traditional map[rune]bool) string {
	for _, r := range word {
		switch {
		case unicode.IsSpace(r) || unicode.IsUpper(r):
			return "has a blank or a capital, which no text has when it is searched"
		case traditional[r]:
			return "is in traditional characters; write it in simplified ones, the traditional forms are made from it"
		}
	}
	return ""
}

// english says what is wrong with an English word; nothing if it can be found.
func english(word string) string {
	for _, r := range word {
		if r >= utf8.RuneSelf || unicode.IsUpper(r) || unicode.IsControl(r) {
			return "is not in lower-case ASCII, as texts are when they are searched"
		}
	}
	if strings.Join(strings.Fields(word), " ") != word {
		return "has a blank too many"
	}
	return ""
}
