package holidays

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
)

// columns are those of a table. Date and kind are needed.
func columns() []string { return []string{"date", "until", "kind", "name", "as"} }

// table reads lines of values, parted by commas, semicolons or tabs, below a header that names the columns.
func (f *file) table() {
	reader := csv.NewReader(bytes.NewReader(f.text))
	reader.Comma = separator(f.text)
	reader.TrimLeadingSpace = true
	header, err := reader.Read()
	if err != nil {
		f.unreadable(err)
		return
	}
	at := make(map[string]int)
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns(), name) {
			f.wrong(1, "%s: no such column; there are %s", name, strings.Join(columns(), ", "))
		}
		at[name] = i
	}
	for _, needed := range []string{"date", "kind"} {
		if _, ok := at[needed]; !ok {
			f.wrong(1, "%s: the table has no such column", needed)
		}
	}
	if len(f.lines) > 0 {
		return
	}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			f.unreadable(err)
			return
		}
		line, _ := reader.FieldPos(0)
		f.row(line, func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		})
	}
}

func (f *file) unreadable(err error) {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		f.wrong(parse.Line, "%v", parse.Err)
		return
	}
	if errors.Is(err, io.EOF) {
		f.wrong(0, "is empty; a table begins with a header such as date,until,kind,name")
		return
	}
	f.wrong(0, "%v", err)
}

// separator is what parts the names of the header.
func separator(text []byte) rune {
	header, _, _ := strings.Cut(string(text), "\n")
	switch {
	case strings.Contains(header, "\t"):
		return '\t'
	case strings.Contains(header, ";"):
		return ';'
	default:
		return ','
	}
}

// row reads a line of a table.
func (f *file) row(line int, value func(string) string) {
	e := entry{line: line, name: named(value("name"))}
	before := len(f.lines)
	first, err := dateIn(value("date"))
	if err != nil {
		f.wrong(line, "date: %v", err)
	}
	e.first, e.last = first, first
	if value("until") != "" {
		if e.last, err = dateIn(value("until")); err != nil {
			f.wrong(line, "until: %v", err)
		} else if e.last < e.first || e.last > e.first+366 {
			f.wrong(line, "until: %s is not within a year after %s", e.last, e.first)
		}
	}
	kind, known := kinds()[strings.ToLower(value("kind"))]
	if !known {
		f.wrong(line, `kind: %q is neither "holiday" (休, 假) nor "make-up" (班, 补班)`, value("kind"))
	}
	e.makeUp = kind == makeUp
	if as := value("as"); as != "" {
		number, ok := policyv1.Opening_Day_value[strings.ToUpper(as)]
		e.as = policyv1.Opening_Day(number)
		if !ok || number == 0 {
			f.wrong(line, "as: %q is no weekday such as MONDAY", as)
		} else if !e.makeUp {
			f.wrong(line, "as: a holiday has no hours")
		}
	}
	if len(f.lines) == before {
		f.entries = append(f.entries, e)
	}
}

type kind int

const (
	holiday kind = iota + 1
	makeUp
)

// kinds are the words for them.
func kinds() map[string]kind {
	all := make(map[string]kind)
	for _, word := range []string{"holiday", "off", "休", "假", "假日", "假期", "放假", "节假日", "節假日"} {
		all[word] = holiday
	}
	for _, word := range []string{"make-up", "make_up", "makeup", "workday", "班", "补班", "補班", "上班", "调休上班", "調休上班", "工作日"} {
		all[word] = makeUp
	}
	return all
}

// dateIn reads a date as policies have it, or as spreadsheets write it, the year first.
func dateIn(text string) (calendar.Date, error) {
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2006-1-2", "20060102", "2006年1月2日"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1970 && t.Year() <= 9998 {
			return calendar.DateOf(t), nil
		}
	}
	return 0, fmt.Errorf("%q is no date such as 2026-02-15", text)
}
