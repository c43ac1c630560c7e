package story

import (
	"embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed words/*.yaml
var catalogues embed.FS

// words are the texts of the narration in one language, by key.
type words struct {
	// language is the one of the texts, as Redress calls it.
	language string
	texts    map[string]string
}

// newWords reads the words of a language: "en" or "zh".
func newWords(language string) (words, error) {
	w := words{language: map[string]string{"en": "en", "zh": "zh-Hans"}[language]}
	if w.language == "" {
		return w, fmt.Errorf("no language %q: there are en and zh", language)
	}
	file, err := catalogues.ReadFile("words/" + language + ".yaml")
	if err != nil {
		return w, err
	}
	if err := yaml.Unmarshal(file, &w.texts); err != nil {
		return w, fmt.Errorf("words/%s.yaml: %w", language, err)
	}
	return w, nil
}

// say returns a text with values in it: name, value, name, value …
func (w words) say(key string, values ...string) string {
	text, ok := w.texts[key]
	if !ok {
		return "(" + key + ")" // Better than nothing; a test finds it.
	}
	for i := 0; i+1 < len(values); i += 2 {
		text = strings.ReplaceAll(text, "{"+values[i]+"}", values[i+1])
	}
	return text
}

// name returns what a name of the contract is called, "kind" and "CALLBACK" for example. A name that is newer than this program
// stands for itself.
func (w words) name(of, name string) string {
	if text, ok := w.texts[of+"."+name]; ok {
		return text
	}
	return name
}
