package importer

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// errEndless is a cell that does not end: a quotation mark is open.
var errEndless = errors.New("a quotation mark is opened and not closed, so it cannot be told where the row ends")

// table reads the rows of a CSV file.
type table struct {
	cells     *csv.Reader
	bound     *bounded
	columns   []*setter
	names     []string
	constants []constant
	number    int
}

// constant is a field that has one value in all rows.
type constant struct {
	setter *setter
	value  string
}

// NewTable reads a CSV text by a mapping. The error says what is wrong with the header or with the mapping for it.
func NewTable(r io.Reader, m *Mapping) (Rows, error) {
	bound := &bounded{r: r, left: 2 * maxRow}
	t := &table{cells: csv.NewReader(bound), bound: bound}
	comma, err := m.comma()
	if err != nil {
		return nil, err
	}
	t.cells.Comma, t.cells.FieldsPerRecord, t.cells.LazyQuotes = comma, -1, false
	t.names = m.Header
	if len(t.names) == 0 {
		if t.names, err = t.cells.Read(); err != nil {
			return nil, fmt.Errorf("the header cannot be read: %w", err)
		}
		t.names = slices.Clone(t.names)
	}
	if problem := legible(strings.Join(t.names, "")); problem != nil {
		return nil, errors.New("the header is not valid in the encoding of the file; name it with --encoding")
	}
	if t.columns, err = m.compile(t.names); err != nil {
		return nil, err
	}
	for _, field := range slices.Sorted(maps.Keys(m.Constants)) {
		s, err := m.setter(field, Column{Field: field})
		if err != nil {
			return nil, err
		}
		t.constants = append(t.constants, constant{setter: s, value: m.Constants[field]})
	}
	t.cells.ReuseRecord = true
	return t, nil
}

// Next implements Rows.
func (t *table) Next() (Line, error) {
	t.bound.left = 2 * maxRow
	cells, err := t.cells.Read()
	if errors.Is(err, io.EOF) {
		return Line{}, io.EOF
	}
	t.number++
	line := Line{Number: t.number}
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		line.Place = broken.StartLine
		line.Problem = wrong(errorv1.Reason_MALFORMED_BODY, "The row is no CSV: %v.", broken.Err)
		return line, nil
	case err != nil:
		return Line{}, fmt.Errorf("row %d: %w", t.number, err)
	}
	line.Place, _ = t.cells.FieldPos(0)
	row, problem := t.row(cells)
	line.ExternalID, line.Problem = row.GetExternalId(), problem
	if problem == nil {
		line.Row = row
	}
	return line, nil
}

// row makes a row of its cells. With a problem, it has what could be read.
func (t *table) row(cells []string) (row *intakev1.ImportRow, problem *errorv1.Problem) {
	size := 0
	for _, cell := range cells {
		size += len(cell)
		if problem := legible(cell); problem != nil {
			return nil, problem
		}
	}
	if size > maxRow {
		return nil, tooLong()
	}
	if len(cells) != len(t.names) {
		return nil, wrong(errorv1.Reason_MALFORMED_BODY, "The row has %d cells, and the header %d.", len(cells), len(t.names))
	}
	row = &intakev1.ImportRow{}
	for _, constant := range t.constants {
		if err := constant.setter.set(row, constant.value); err != nil {
			problem = cmp.Or(problem, wrongField(constant.setter.column.Field, err.Error()))
		}
	}
	for i, column := range t.columns {
		if column == nil {
			continue
		}
		if err := column.set(row, strings.Clone(cells[i])); err != nil {
			problem = cmp.Or(problem, wrongField(t.names[i], err.Error()))
		}
	}
	return row, problem
}

// bounded ends a text of which too much is read for one row.
type bounded struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
