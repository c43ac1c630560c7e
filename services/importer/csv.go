package importer

import (
	"bufio"
	"bytes"
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

// rowLines is how many lines a row may span where the mapping does not say.
const rowLines = 200

// EndlessError is a row that does not end: a quotation mark is open, and what is behind it cannot be told apart.
type EndlessError struct {
	// Line is where the quotation mark is, and Row the row that it is in, 0 for the header.
	Line, Row int
	// Lines is how many lines were looked at.
	Lines int
}

// Error says where it is and what to do.
func (e *EndlessError) Error() string {
	where := fmt.Sprintf("line %d, row %d", e.Line, e.Row)
	if e.Row == 0 {
		where = fmt.Sprintf("line %d", e.Line)
	}
	return fmt.Sprintf("%s: a quotation mark is opened here and not closed within %d lines, so the rows behind it cannot be read; "+
		"close it, or double it if it is part of the text; a text that is longer needs rowLines in the mapping", where, e.Lines)
}

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
	bound := &bounded{r: bufio.NewReaderSize(r, 64<<10), most: cmp.Or(m.RowLines, rowLines)}
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
	t.bound.begin(t.number + 1)
	cells, err := t.cells.Read()
	if errors.Is(err, io.EOF) {
		return Line{}, io.EOF
	}
	t.number++
	line := Line{Number: t.number}
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		line.Place, line.End = broken.StartLine, t.bound.line
		line.Problem = wrong(errorv1.Reason_MALFORMED_BODY, "The row is no CSV: %v%s.", broken.Err, t.swallowed(line))
		return line, nil
	case err != nil:
		return Line{}, fmt.Errorf("row %d: %w", t.number, err)
	}
	line.Place, _ = t.cells.FieldPos(0)
	line.End = t.bound.line
	row, problem := t.row(cells)
	if problem != nil && len(cells) != len(t.names) {
		problem.Message = strings.TrimSuffix(problem.GetMessage(), ".") + t.swallowed(line) + "."
	}
	line.ExternalID, line.Problem = row.GetExternalId(), problem
	if problem == nil {
		line.Row = row
	}
	return line, nil
}

// swallowed says of a row of several lines that cannot be read which they are: a quotation mark that is out of place takes whole rows in.
func (t *table) swallowed(line Line) string {
	if line.End <= line.Place {
		return ""
	}
	return fmt.Sprintf("; it reaches from line %d to line %d, so a quotation mark from line %d on may be out of place, and rows in these lines are not read",
		line.Place, line.End, line.Place)
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

// bounded gives a text line by line, and ends it where too much is read for one row.
type bounded struct {
	r    *bufio.Reader
	most int
	// line is the last one that was begun, and rest what is still to be read of it.
	line int
	rest []byte
	// within holds within a line that is longer than the buffer.
	within bool
	// row has its lines and bytes; a quotation mark is open since opened, unless that is 0.
	row, lines, bytes, opened int
}

// begin begins another row.
func (b *bounded) begin(row int) { b.row, b.lines, b.bytes, b.opened = row, 0, 0, 0 }

// Read implements io.Reader. It gives no more than a line, so that the reader of CSV has read no further than its row.
func (b *bounded) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		piece, err := b.r.ReadSlice('\n')
		if len(piece) == 0 {
			return 0, err
		}
		b.rest = piece
		if err := b.count(piece); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// count counts a piece of a line. Lines without anything are none of a row, or of a quotation that has others.
func (b *bounded) count(piece []byte) error {
	if !b.within {
		b.line++
		if len(bytes.TrimSpace(piece)) > 0 {
			b.lines++
		}
	}
	b.within = piece[len(piece)-1] != '\n'
	b.bytes += len(piece)
	if b.opened > 0 && (b.lines > b.most || b.bytes > 2*maxRow) {
		return &EndlessError{Line: b.opened, Row: b.row, Lines: b.lines - 1}
	}
	if b.bytes > 2*maxRow {
		return fmt.Errorf("line %d is longer than any row", b.line)
	}
	marks := bytes.Count(piece, []byte(`"`)) - 2*bytes.Count(piece, []byte(`""`)) // Doubled ones are text.
	switch {
	case marks%2 == 0 && (marks == 0 || b.opened == 0): // What was open is, and nothing else.
	case marks%2 == 1 && b.opened > 0:
		b.opened = 0
	default:
		b.opened = b.line
	}
	return nil
}
