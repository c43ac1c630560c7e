package holidays

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"

	"github.com/redress-dev/redress/services/internal/calendar"
)

// special is how calendars of Chinese holidays mark days off and make-up workdays, among festivals that are neither.
const special = "X-APPLE-SPECIAL-DAY"

// calendar reads an iCalendar file, each event of which is a day or several.
func (f *file) calendar() {
	decoded, err := ical.NewDecoder(bytes.NewReader(f.text)).Decode()
	if err != nil {
		f.wrong(0, "is no iCalendar file: %s", strings.TrimPrefix(err.Error(), "ical: "))
		return
	}
	lines := begins(f.text)
	marked := false
	for _, event := range decoded.Events() {
		marked = marked || event.Props.Get(special) != nil
	}
	for i, event := range decoded.Events() {
		line := 0
		if i < len(lines) {
			line = lines[i]
		}
		f.event(line, event, marked)
	}
}

// begins are the lines at which events begin.
func begins(text []byte) []int {
	var lines []int
	for i, line := range strings.Split(string(text), "\n") {
		if strings.EqualFold(strings.TrimSpace(line), "BEGIN:VEVENT") {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// event reads one. With marked, those without a mark are no days off.
func (f *file) event(line int, event ical.Event, marked bool) {
	summary, about := text(event, ical.PropSummary), text(event, ical.PropDescription)
	status := strings.ToUpper(text(event, ical.PropStatus))
	switch {
	case status == string(ical.EventCancelled):
		f.skip(line, summary, "it is cancelled")
		return
	case marked && event.Props.Get(special) == nil:
		f.skip(line, summary, "other events say that they are days off or of work, and it does not")
		return
	case strings.HasPrefix(about, "Observance"):
		f.skip(line, summary, "it is an observance, on which people work")
		return
	}
	kind := kindOf(event)
	if kind == 0 {
		f.wrong(line, "SUMMARY: %q may be a day off or one of work: say 休 or 班", summary)
		return
	}
	first, days, ok := f.span(line, event)
	if !ok {
		return
	}
	for _, begin := range f.occurrences(line, event, first) {
		f.entries = append(f.entries, entry{line: line, first: begin, last: begin + days - 1, makeUp: kind == makeUp, name: named(plain(summary))})
	}
}

func (f *file) skip(line int, summary, why string) {
	f.skipped = append(f.skipped, fmt.Sprintf("%s:%d %s: %s", f.source, line, strings.TrimSpace(summary), why))
}

// text is a property of an event; empty when it has none.
func text(event ical.Event, name string) string {
	prop := event.Props.Get(name)
	if prop == nil {
		return ""
	}
	if value, err := prop.Text(); err == nil {
		return value
	}
	return prop.Value
}

// kindOf is what an event says it is; 0 when its words can be read in both ways.
func kindOf(event ical.Event) kind {
	said := text(event, ical.PropSummary) + " " + text(event, ical.PropCategories)
	work := regexp.MustCompile(`(?i)班|工作日|make-?up|\bwork(ing)? ?day\b`).MatchString(said)
	off := regexp.MustCompile(`休|假`).MatchString(strings.NewReplacer("调休", "", "調休", "").Replace(said))
	switch mark := text(event, special); {
	case mark == "ALTERNATE-WORKDAY":
		return makeUp
	case mark != "":
		return holiday
	case work && off:
		return 0
	case work:
		return makeUp
	case !off && strings.ContainsAny(said, "调調") && strings.Contains(said, "休"):
		return 0
	default:
		return holiday
	}
}

// plain is the name without what says whether it is a day off, and which one of how many.
func plain(summary string) string {
	summary = regexp.MustCompile(`[（(](休|班|休息|上班|补班|補班)[)）]|第\s*\d+\s*天\s*/?\s*(共\s*\d+\s*天)?`).ReplaceAllString(summary, "")
	return regexp.MustCompile(`\s*(放?假期?|补班|補班|上班|调休|調休)\s*$`).ReplaceAllString(strings.TrimSpace(summary), "")
}

// span is the first day of an event and how many it has.
func (f *file) span(line int, event ical.Event) (first, days calendar.Date, ok bool) {
	start, err := event.DateTimeStart(time.UTC)
	if err != nil || start.IsZero() {
		f.wrong(line, "DTSTART: the event has no day on which it begins")
		return 0, 0, false
	}
	end, err := event.DateTimeEnd(time.UTC)
	whole := start.Hour() == 0 && start.Minute() == 0 && start.Second() == 0 && end.Hour() == 0 && end.Minute() == 0 && end.Second() == 0
	switch {
	case err != nil:
		f.wrong(line, "DTEND: %s", strings.TrimPrefix(err.Error(), "ical: "))
	case !whole || !end.After(start):
		f.wrong(line, "DTSTART: %q is no event of whole days, so it is no holiday", text(event, ical.PropSummary))
	case end.Sub(start) > 366*calendar.Day:
		f.wrong(line, "DTEND: the event is longer than a year")
	case start.Year() < 1970 && event.Props.Get(ical.PropRecurrenceRule) == nil || end.Year() > 9998:
		f.wrong(line, "DTSTART: %d is out of range", start.Year())
	default:
		return calendar.DateOf(start), calendar.DateOf(end) - calendar.DateOf(start), true
	}
	return 0, 0, false
}

// occurrences are the first days of an event that repeats, in the years that are asked for.
func (f *file) occurrences(line int, event ical.Event, first calendar.Date) []calendar.Date {
	rule, err := event.Props.RecurrenceRule()
	if err != nil {
		f.wrong(line, "RRULE: %s", strings.TrimPrefix(err.Error(), "ical: "))
		return nil
	}
	if rule == nil {
		return []calendar.Date{first}
	}
	switch {
	case rule.Freq > rrule.DAILY:
		f.wrong(line, "RRULE: whole days cannot repeat within a day")
		return nil
	case rule.Count == 0 && rule.Until.IsZero() && len(f.years) == 0:
		f.wrong(line, "RRULE: it repeats for ever: say for which year")
		return nil
	}
	rule.Dtstart = utc(first)
	repeats, err := rrule.NewRRule(*rule)
	if err != nil {
		f.wrong(line, "RRULE: %v", err)
		return nil
	}
	from, until := utc(first), utc(first).AddDate(100, 0, 0)
	if len(f.years) > 0 {
		from = time.Date(f.years[0]-1, 1, 1, 0, 0, 0, 0, time.UTC)
		until = from
		for _, year := range f.years {
			from = earlier(from, time.Date(year-1, 1, 1, 0, 0, 0, 0, time.UTC))
			until = later(until, time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
		}
	}
	except := exceptions(event)
	var all []calendar.Date
	for _, at := range repeats.Between(from, until, true) {
		if date := calendar.DateOf(at); !except[date] {
			all = append(all, date)
		}
	}
	return all
}

// exceptions are the days on which an event does not repeat.
func exceptions(event ical.Event) map[calendar.Date]bool {
	all := make(map[calendar.Date]bool)
	for _, prop := range event.Props.Values(ical.PropExceptionDates) {
		for _, value := range strings.Split(prop.Value, ",") {
			if t, err := time.Parse("20060102", value[:min(len(value), 8)]); err == nil {
				all[calendar.DateOf(t)] = true
			}
		}
	}
	return all
}

// utc is the midnight at which a day begins where the library counts.
func utc(date calendar.Date) time.Time { return time.Unix(int64(date)*24*60*60, 0).UTC() }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
