package evidence

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed words.yaml
var wordsYAML []byte

// Languages are those that pages are written in.
func Languages() []string { return []string{"zh-Hans", "zh-Hant", "en"} }

// PageName is the file of a page.
func PageName(language string) string { return "evidence." + language + ".html" }

// Page is what the pages of a pack say, in every language alike.
type Page struct {
	// Reference is the complaint's, in the title.
	Reference string
	// Facts stand at the beginning.
	Facts []Line
	// Withheld are parts that the reader's roles may not see.
	Withheld []string
	// Sections follow.
	Sections []Section
}

// Section is a table. Its title and columns are keys of the words.
type Section struct {
	Title   string
	Columns []string
	Rows    [][]Cell
}

// Cell is what stands in a place of a table: a text as it is, a name of the contract that is told in the language of the page, or lines.
type Cell struct {
	Text  string
	Name  string
	Lines []Line
}

// Line is a value and what it is: a key of the words, or a field of the contract.
type Line struct {
	Label string
	Value Cell
}

// Text is a cell with a text, Name one with a name of the contract.
func Text(text string) Cell { return Cell{Text: text} }

// Name is a cell with a name of the contract.
func Name(name string) Cell { return Cell{Name: name} }

// Pages writes the page in each language. They need nothing else: no script, no picture, no address.
func Pages(page Page) ([]File, error) {
	var words map[string]map[string]string
	if err := yaml.Unmarshal(wordsYAML, &words); err != nil {
		return nil, fmt.Errorf("evidence: words: %w", err)
	}
	var files []File
	for _, language := range Languages() {
		told := teller(words[language])
		text, err := template.New("page").Funcs(template.FuncMap{"say": told}).Parse(pageHTML)
		if err != nil {
			return nil, fmt.Errorf("evidence: page: %w", err)
		}
		var out bytes.Buffer
		err = text.Execute(&out, struct {
			Page
			Language string
			Style    template.CSS
		}{page, language, template.CSS(pageCSS)}) //nolint:gosec // It is ours.
		if err != nil {
			return nil, fmt.Errorf("evidence: page: %w", err)
		}
		files = append(files, File{PageName(language), out.Bytes()})
	}
	return files, nil
}

// teller tells names in a language; those that it has no words for as words of the contract: "dueTime" and "DUE_TIME" are "due time".
func teller(words map[string]string) func(string) string {
	return func(name string) string {
		if text, ok := words[name]; ok {
			return text
		}
		if strings.ToUpper(name) == name {
			return strings.ToLower(strings.ReplaceAll(name, "_", " "))
		}
		var out strings.Builder
		for _, r := range strings.ReplaceAll(name, "_", " ") {
			if unicode.IsUpper(r) {
				out.WriteByte(' ')
			}
			out.WriteRune(unicode.ToLower(r))
		}
		return out.String()
	}
}
