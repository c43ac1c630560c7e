package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mistakes are those of a text, collected from everything that looks at it, so that all of them are told at once.
type mistakes struct {
	file     *file
	problems []string
	// places are where something is wrong that could not be understood: what follows from it is no mistake of its own.
	places map[string]bool
	// unread are the sections with a value that could not be read.
	unread map[string]bool
}

// newMistakes begins with those that the sections have.
func newMistakes(file *file, problems []string) *mistakes {
	m := &mistakes{file: file, problems: slices.Clone(problems), places: make(map[string]bool), unread: make(map[string]bool)}
	for _, problem := range problems {
		m.places[place(problem)] = true
	}
	return m
}

// reading takes down what protoyaml could not read.
func (m *mistakes) reading(problems []string) {
	for _, problem := range problems {
		at := place(problem)
		if m.places[at] {
			continue
		}
		problem = m.file.name(problem)
		m.problems = append(m.problems, problem)
		if !strings.Contains(problem, "unknown field ") { // All else of such a section was read.
			m.places[at] = true
			section, _, _ := strings.Cut(strings.TrimPrefix(problem, at+" "), ":")
			m.unread[regexp.MustCompile(`[.\[].*`).ReplaceAllString(section, "")] = true
		}
	}
}

// checking takes down what the checks found, without the names of the rules.
func (m *mistakes) checking(problems []string) {
	for _, problem := range problems {
		if !m.places[place(problem)] {
			m.problems = append(m.problems, regexp.MustCompile(` \([a-z0-9_.]*\)$`).ReplaceAllString(problem, ""))
		}
	}
}

// sorted are all of them once, as they come in the file.
func (m *mistakes) sorted() []string {
	slices.SortStableFunc(m.problems, func(a, b string) int {
		aLine, aColumn := position(a)
		bLine, bColumn := position(b)
		return cmp.Or(cmp.Compare(aLine, bLine), cmp.Compare(aColumn, bColumn))
	})
	return slices.Compact(m.problems)
}

// place is the beginning of a problem, file:line:column.
func place(problem string) string {
	return regexp.MustCompile(`^.*?:\d+:\d+`).FindString(problem)
}

// position is the line and the column of a problem.
func position(problem string) (line, column int) {
	parts := strings.Split(place(problem), ":")
	if len(parts) < 3 {
		return 0, 0
	}
	line, _ = strconv.Atoi(parts[len(parts)-2])
	column, _ = strconv.Atoi(parts[len(parts)-1])
	return line, column
}
