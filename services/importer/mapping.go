package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Mapping says what the columns of a CSV file mean.
type Mapping struct {
	// Header names the columns of a file that does not; when it is empty, the first row does.
	Header []string `yaml:"header"`
	// Delimiter stands between cells; a comma when empty.
	Delimiter string `yaml:"delimiter"`
	// RowLines is how many lines of the file a row may span; 200 when it is 0. One that spans more has a quotation mark that is not
	// closed, or is a very long letter.
	RowLines int `yaml:"rowLines"`
	// Layout and Zone are those of times whose column names none; see Column.
	Layout string `yaml:"layout"`
	Zone   string `yaml:"zone"`
	// Columns are the columns' meanings by their names. Columns that are not named are passed over. When there are none, the
	// columns have the names of fields.
	Columns map[string]Column `yaml:"columns"`
	// Constants are the values of fields that are the same in all rows.
	Constants map[string]string `yaml:"constants"`
}

// Column is what a column means. In YAML a column may be the field's name alone.
type Column struct {
	// Field is where the cell goes: "externalId", "statement", "complainant.phone", "demands.0.text", "closed.outcome" …
	Field string `yaml:"field"`
	// Layout is how times are written, in Go's notation ("2006-01-02 15:04:05"); the usual ones are tried when it is empty.
	Layout string `yaml:"layout"`
	// Zone is the IANA time zone of times without an offset.
	Zone string `yaml:"zone"`
	// Values turn what stands in the cell into what the field takes; a value that is not named stays.
	Values map[string]string `yaml:"values"`
	// Default is the value of an empty cell.
	Default string `yaml:"default"`
	// Currency is that of amounts.
	Currency string `yaml:"currency"`
	// Split separates the values of a field that has several.
	Split string `yaml:"split"`
}

// UnmarshalYAML takes the field's name alone, too.
func (c *Column) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		c.Field = node.Value
		return nil
	}
	type plain Column
	// The keys are held against the struct here, because a node knows nothing of the decoder's strictness.
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
		if key := node.Content[i].Value; !slices.Contains([]string{"field", "layout", "zone", "values", "default", "currency", "split"}, key) {
			return fmt.Errorf("line %d: a column has no %q", node.Content[i].Line, key)
		}
	}
	return node.Decode((*plain)(c))
}

// ParseMapping reads a mapping and checks it. An empty text is the mapping without columns.
func ParseMapping(text []byte) (*Mapping, error) {
	m := &Mapping{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(m); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	if _, err := m.comma(); err != nil {
		return nil, err
	}
	if m.RowLines < 0 {
		return nil, errors.New("mapping: rowLines cannot be less than 0")
	}
	var failures []error
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		_, err := m.setter(name, m.Columns[name])
		failures = append(failures, err)
	}
	for _, field := range slices.Sorted(maps.Keys(m.Constants)) {
		_, err := m.setter(field, Column{Field: field})
		failures = append(failures, err)
	}
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	if err := distinct(m.Columns, m.Constants); err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	return m, nil
}

// distinct fails when two columns, or a column and a constant, mean the same field: one of them would be lost in every row. Columns
// whose values are added to a list are no such thing.
func distinct(columns map[string]Column, constants map[string]string) error {
	taken := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(constants)) {
		if err := take(taken, fmt.Sprintf("the constant %q", field), field); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if err := take(taken, fmt.Sprintf("the column %q", name), columns[name].Field); err != nil {
			return err
		}
	}
	return nil
}

// take notes what means a field, in all the ways in which the field may be written.
func take(taken map[string]string, who, field string) error {
	steps, err := resolve(field)
	if err != nil {
		return err
	}
	if last := steps[len(steps)-1]; last.field.IsList() && last.index < 0 {
		return nil
	}
	path := pathOf(steps)
	if other, twice := taken[path]; twice {
		return fmt.Errorf("%s and %s both mean the field %q; a row has it once", other, who, path)
	}
	taken[path] = who
	return nil
}

func (m *Mapping) comma() (rune, error) {
	if m.Delimiter == "" {
		return ',', nil
	}
	comma, size := utf8.DecodeRuneInString(m.Delimiter)
	if size != len(m.Delimiter) || comma == '"' || comma == '\r' || comma == '\n' || comma == utf8.RuneError {
		return 0, fmt.Errorf("mapping: delimiter: %q is not one character that can stand between cells", m.Delimiter)
	}
	return comma, nil
}

// setter makes what puts a column's cells into rows.
func (m *Mapping) setter(name string, c Column) (*setter, error) {
	path, err := resolve(c.Field)
	if err != nil {
		return nil, fmt.Errorf("mapping: column %q: %w", name, err)
	}
	if c.Layout == "" {
		c.Layout = m.Layout
	}
	if c.Zone == "" {
		c.Zone = m.Zone
	}
	s := &setter{column: c, path: path}
	if c.Zone != "" {
		if s.zone, err = time.LoadLocation(c.Zone); err != nil {
			return nil, fmt.Errorf("mapping: column %q: there is no time zone %q", name, c.Zone)
		}
	}
	return s, nil
}

// compile finds the columns of a header. A column that the mapping names and the header does not is an error, for it would be
// missing from every row.
func (m *Mapping) compile(header []string) ([]*setter, error) {
	columns := m.Columns
	if len(columns) == 0 {
		columns = map[string]Column{}
		for _, name := range header {
			columns[strings.TrimSpace(name)] = Column{Field: strings.TrimSpace(name)}
		}
	}
	setters := make([]*setter, len(header))
	missing := maps.Clone(columns)
	for i, name := range header {
		name = strings.TrimSpace(name)
		column, ok := columns[name]
		if !ok {
			continue
		}
		if _, first := missing[name]; !first {
			return nil, fmt.Errorf("the file has two columns %q", name)
		}
		delete(missing, name)
		var err error
		if setters[i], err = m.setter(name, column); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the file has no column %q; its columns are %q", slices.Sorted(maps.Keys(missing)), header)
	}
	return setters, distinct(columns, m.Constants)
}
