package policy

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// languages lists what Redress can write to customers in. The contract has the
// same list.
func languages() []string { return []string{"zh-Hans", "zh-Hant", "en"} }

// Language finds the language to write to a customer in (ACK-1). A supported
// code decides; otherwise the customer's words do: Chinese characters mean
// zh-Hant when one of the policy's markers is among them and zh-Hans when none
// is, Latin letters without any Chinese character mean en, and anything else
// the policy's fallback.
func (p *Policy) Language(code, words string) string {
	if slices.Contains(languages(), code) {
		return code
	}
	var han, latin bool
	for _, r := range words {
		switch {
		case r < utf8.RuneSelf:
			latin = latin || 'a' <= r|' ' && r|' ' <= 'z'
		case p.markers[r]:
			return "zh-Hant"
		case han:
			// Only a marker could change that.
		case unicode.Is(unicode.Han, r):
			han = true
		case unicode.Is(unicode.Latin, r):
			latin = true
		}
	}
	switch {
	case han:
		return "zh-Hans"
	case latin:
		return "en"
	default:
		return p.message.GetLanguages().GetFallback()
	}
}

// Languages lists what customers can be written to in.
func (p *Policy) Languages() []string { return languages() }
