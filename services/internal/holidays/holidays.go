// Package holidays reads lists of holidays and make-up workdays (调休) that others publish, an iCalendar file or a table, and makes years of
// a policy's calendar of them (CLK-2).
package holidays

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
	"github.com/redress-dev/redress/services/internal/document"
)

// MistakesError says why a list was refused.
type MistakesError struct {
	// Lines has an entry for each mistake, "file:line field: what is wrong".
	Lines []string
}

// Error puts each mistake on a line of its own.
func (e *MistakesError) Error() string { return strings.Join(e.Lines, "\n") }

// List is what a file says.
type List struct {
	// Years are those that it has days of, in order, with their days in order.
	Years []*policyv1.CalendarYear
	// Skipped says what in the file is no day off and no make-up workday.
	Skipped []string
}

// entry is a line or an event of a file.
type entry struct {
	line        int
	first, last calendar.Date
	makeUp      bool
	name        string
	as          policyv1.Opening_Day
}

// file is a text that is being read.
type file struct {
	source  string
	text    []byte
	years   []int // Those that are asked for; none for all.
	entries []entry
	skipped []string
	lines   []string // mistakes
}

// Read reads an iCalendar file, or a table with a header. Of several years only those that are named are taken. A text that cannot be
// read, says two things of a day, or has nothing of a year that is named, is refused with a *MistakesError.
func Read(text []byte, source string, years ...int) (*List, error) {
	f := &file{source: source, text: bytes.TrimPrefix(document.Unix(text), []byte("\ufeff")), years: years}
	switch {
	case len(text) > document.MaxBytes:
		f.lines = append(f.lines, fmt.Sprintf("%s: larger than %d bytes", source, document.MaxBytes))
	case strings.HasPrefix(strings.ToUpper(string(bytes.TrimSpace(f.text[:min(len(f.text), 1000)]))), "BEGIN:VCALENDAR"):
		f.calendar()
	default:
		f.table()
	}
	list := &List{Skipped: f.skipped}
	if len(f.lines) == 0 {
		list.Years = f.sorted()
	}
	if len(f.lines) > 0 {
		return nil, &MistakesError{Lines: f.lines}
	}
	return list, nil
}

// wrong notes a mistake; line 0 stands for the whole file.
func (f *file) wrong(line int, format string, args ...any) {
	place := f.source + ": "
	if line > 0 {
		place = fmt.Sprintf("%s:%d ", f.source, line)
	}
	f.lines = append(f.lines, place+fmt.Sprintf(format, args...))
}

// day is one that was said to be something.
type day struct {
	entry

	date calendar.Date
}

// sorted turns the entries into years.
func (f *file) sorted() []*policyv1.CalendarYear {
	known := make(map[calendar.Date]day)
	var found []int
	for _, e := range f.entries {
		for date := e.first; date <= e.last; date++ {
			if !slices.Contains(found, date.Year()) {
				found = append(found, date.Year())
			}
			f.know(known, day{e, date})
		}
	}
	slices.Sort(found)
	f.missing(found)
	days := make([]day, 0, len(known))
	for _, d := range known {
		if len(f.years) == 0 || slices.Contains(f.years, d.date.Year()) {
			days = append(days, d)
		}
	}
	slices.SortFunc(days, func(a, b day) int { return cmp.Compare(a.date, b.date) })
	return inYears(days)
}

// know takes a day down. Two holidays on one day are one; a holiday that is worked is a mistake.
func (f *file) know(known map[calendar.Date]day, d day) {
	before, twice := known[d.date]
	switch {
	case !twice:
		known[d.date] = d
	case before.makeUp != d.makeUp:
		f.wrong(d.line, "date: %s is both a holiday and a make-up workday, see line %d", d.date, before.line)
	}
}

// missing complains of years that are asked for and of which there is no day, and of a file without any.
func (f *file) missing(found []int) {
	if len(found) == 0 {
		f.wrong(0, "has no day off and no make-up workday")
		return
	}
	for _, year := range f.years {
		if !slices.Contains(found, year) {
			f.wrong(0, "has no day in %d; its days are in %s", year, strings.Trim(strings.ReplaceAll(fmt.Sprint(found), " ", ", "), "[]"))
		}
	}
}

// inYears puts days in a row together that are off for the same reason.
func inYears(days []day) []*policyv1.CalendarYear {
	var years []*policyv1.CalendarYear
	var year *policyv1.CalendarYear
	for i, d := range days {
		if year == nil || int(year.GetYear()) != d.date.Year() {
			year = &policyv1.CalendarYear{Year: int32(d.date.Year())}
			years = append(years, year)
		}
		if d.makeUp {
			year.MakeUpDays = append(year.MakeUpDays, &policyv1.MakeUpDay{Date: d.date.String(), Name: d.name, As: d.as})
			continue
		}
		before := i - 1
		goesOn := before >= 0 && len(year.GetHolidays()) > 0 && !days[before].makeUp && days[before].date == d.date-1 && days[before].name == d.name
		if goesOn {
			year.Holidays[len(year.GetHolidays())-1].Until = d.date.String()
			continue
		}
		year.Holidays = append(year.Holidays, &policyv1.Holiday{Date: d.date.String(), Name: d.name})
	}
	return years
}

// named is a name as the policy keeps it.
func named(name string) string {
	runes := []rune(strings.Join(strings.Fields(name), " "))
	return string(runes[:min(len(runes), 100)])
}
