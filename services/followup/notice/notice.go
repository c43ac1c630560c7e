package notice

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
	"time"
)

// Acknowledgement is the name of the template that acknowledges a complaint.
const Acknowledgement = "acknowledgement"

//go:embed templates/*.txt
var builtin embed.FS

// Templates are the built-in templates, "<name>.<language>.txt".
func Templates() (fs.FS, error) { return fs.Sub(builtin, "templates") }

// Languages are those that every template is written in.
func Languages() []string { return []string{"zh-Hans", "zh-Hant", "en"} }

// Config is what a Writer goes by.
type Config struct {
	// Zone is the time zone in which times are told.
	Zone *time.Location
	// Above says who to turn to above, by language.
	Above map[string]string
	// Fallback is the language of Above where the wanted one is missing.
	Fallback string
}

// Letter is what an acknowledgement tells.
type Letter struct {
	// DisplayName is the customer's name; it may be empty.
	DisplayName string
	// Reference is what the customer keeps.
	Reference string
	// Team is the team's alias; it may be empty.
	Team string
	// ContactTime is when a person will be in touch.
	ContactTime time.Time
	// CallbackTime is by when a person speaks with the customer.
	CallbackTime time.Time
	// ResolutionTime is by when the customer has the answer.
	ResolutionTime time.Time
}

// page is a letter with what the firm says in each.
type page struct {
	Letter
	Above string
}

// Writer writes messages. It never changes and is safe for concurrent use.
type Writer struct {
	cfg      Config
	messages map[string]*template.Template
}

// New reads the template of each language and tries it. It fails when one is
// missing or cannot be read, names something that a letter does not have, or
// leaves out something that a letter must tell (ACK-1).
func New(files fs.FS, cfg Config) (*Writer, error) {
	if cfg.Zone == nil {
		return nil, errors.New("notice: a time zone is needed")
	}
	w := &Writer{cfg: cfg, messages: make(map[string]*template.Template)}
	for _, language := range Languages() {
		if w.above(language) == "" {
			return nil, fmt.Errorf("notice: nothing says in %s who to turn to above", language)
		}
		file := Acknowledgement + "." + language + ".txt"
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, fmt.Errorf("notice: %w", err)
		}
		when := func(t time.Time) string { return When(language, t, cfg.Zone) }
		w.messages[language], err = template.New(file).Funcs(template.FuncMap{"when": when}).Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("notice: %w", err)
		}
		if err := w.try(language); err != nil {
			return nil, fmt.Errorf("notice: %s: %w", file, err)
		}
	}
	return w, nil
}

// Acknowledgement writes the acknowledgement in a language.
func (w *Writer) Acknowledgement(language string, letter Letter) (string, error) {
	message, ok := w.messages[language]
	if !ok {
		return "", fmt.Errorf("notice: no template is written in %q", language)
	}
	var text strings.Builder
	if err := message.Execute(&text, page{Letter: letter, Above: w.above(language)}); err != nil {
		return "", fmt.Errorf("notice: %w", err)
	}
	return text.String(), nil
}

// above says in a language, or in the fallback, who to turn to above.
func (w *Writer) above(language string) string {
	return cmp.Or(w.cfg.Above[language], w.cfg.Above[w.cfg.Fallback])
}

// try writes a letter whose parts can be told apart and looks for each.
func (w *Writer) try(language string) error {
	first := time.Date(2026, time.March, 4, 5, 6, 0, 0, w.cfg.Zone)
	letter := Letter{
		DisplayName: "{display name}", Reference: "{reference}", Team: "{team}",
		ContactTime: first, CallbackTime: first.AddDate(0, 0, 1), ResolutionTime: first.AddDate(0, 0, 3),
	}
	text, err := w.Acknowledgement(language, letter)
	if err != nil {
		return err
	}
	for what, told := range map[string]string{
		"DisplayName":    letter.DisplayName,
		"Reference":      letter.Reference,
		"Team":           letter.Team,
		"ContactTime":    When(language, letter.ContactTime, w.cfg.Zone),
		"CallbackTime":   When(language, letter.CallbackTime, w.cfg.Zone),
		"ResolutionTime": When(language, letter.ResolutionTime, w.cfg.Zone),
		"Above":          w.above(language),
	} {
		if !strings.Contains(text, told) {
			return fmt.Errorf("it does not tell %s", what)
		}
	}
	return nil
}
