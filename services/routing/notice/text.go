package notice

import (
	"bytes"
	_ "embed" // The texts.
	"errors"
	"fmt"
	"maps"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/redress-dev/redress/services/internal/letter"
)

//go:embed text.yaml
var texts []byte

// Facts is what a notice tells.
type Facts struct {
	// About is what it is about, a routing Notice.About by name.
	About string
	// Complaint is the reference that customer and staff know the complaint by.
	Complaint string
	// Kind is what is due or broken, a DutyKind by name; empty for neither.
	Kind string
	// Reason is why it was escalated, an Escalation.Reason by name; empty for what was not.
	Reason string
	// Level is the level of the ladder.
	Level int32
	// DueTime is by when it is due, or was; zero for nothing.
	DueTime time.Time
	// Count is how many notices it stands for.
	Count int
	// Link leads to the complaint; empty for none.
	Link string
}

// Words are the texts in all languages. They are safe for concurrent use.
type Words struct {
	languages map[string]*language
}

// language is the file's part in one language, with what was made of it.
type language struct {
	Subjects map[string]string `yaml:"subjects"`
	Texts    map[string]string `yaml:"texts"`
	Link     string            `yaml:"link"`
	Kinds    map[string]string `yaml:"kinds"`
	Reasons  map[string]string `yaml:"reasons"`
	Other    string            `yaml:"other"`

	subjects, texts map[string]*template.Template
	link            *template.Template
}

// NewWords reads the texts.
func NewWords() (*Words, error) {
	w := &Words{}
	if err := yaml.Unmarshal(texts, &w.languages); err != nil {
		return nil, fmt.Errorf("notice: texts: %w", err)
	}
	for code, l := range w.languages {
		if err := l.compile(); err != nil {
			return nil, fmt.Errorf("notice: texts in %s: %w", code, err)
		}
	}
	return w, nil
}

func (l *language) compile() (err error) {
	if l.subjects, err = compileAll(l.Subjects); err != nil {
		return err
	}
	if l.texts, err = compileAll(l.Texts); err != nil {
		return err
	}
	l.link, err = compile(l.Link)
	return err
}

func compileAll(sources map[string]string) (map[string]*template.Template, error) {
	compiled := make(map[string]*template.Template, len(sources))
	var all error
	for name, source := range sources {
		t, err := compile(source)
		compiled[name], all = t, errors.Join(all, err)
	}
	return compiled, all
}

func compile(source string) (*template.Template, error) {
	return template.New("").Option("missingkey=error").Parse(source)
}

// Write words a notice in a language, with times as they are in a zone. It fails for a language without texts, and for something
// that they do not know.
func (w *Words) Write(code string, zone *time.Location, f Facts) (subject, text string, err error) {
	l, ok := w.languages[code]
	if !ok {
		return "", "", fmt.Errorf("notice: there are no texts in %q", code)
	}
	if l.subjects[f.About] == nil || l.texts[f.About] == nil {
		return "", "", fmt.Errorf("notice: there are no texts about %q", f.About)
	}
	values := map[string]any{
		"complaint": f.Complaint, "kind": l.word(l.Kinds, f.Kind), "reason": l.word(l.Reasons, f.Reason), "level": f.Level, "count": f.Count,
		"due": "", "link": f.Link,
	}
	if !f.DueTime.IsZero() {
		values["due"] = letter.When(code, f.DueTime, zone)
	}
	subject, err = execute(l.subjects[f.About], values)
	if err != nil {
		return "", "", err
	}
	if text, err = execute(l.texts[f.About], values); err != nil {
		return "", "", err
	}
	if f.Link != "" {
		link, err := execute(l.link, values)
		if err != nil {
			return "", "", err
		}
		text += "\n\n" + link
	}
	return strings.Join(strings.Fields(subject), " "), text + "\n", nil
}

// word is the word for a name; a general one for a name that was added later.
func (l *language) word(words map[string]string, name string) string {
	if word, ok := words[name]; ok {
		return word
	}
	return l.Other
}

func execute(t *template.Template, values map[string]any) (string, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, maps.Clone(values)); err != nil {
		return "", fmt.Errorf("notice: %w", err)
	}
	return out.String(), nil
}
