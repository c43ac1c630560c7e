package pages

import (
	"bytes"
	_ "embed" // For the page.
	"fmt"
	"html/template"
	"time"

	"google.golang.org/genproto/googleapis/type/money"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// view is what the page shows.
type view struct {
	*reviewv1.Review

	Style                              template.CSS
	T                                  map[string]string
	Language, Title, Days              string
	Ended, Said, Footer                string
	Escalation, Shares, Kept, Contact  template.HTML
	EscalationRate, RepeatRate         string
	MoneyRate, KeptRate, ToContact     string
	Handling, Satisfied, Sum, Standing string
	Frequent                           []frequentRow
}

// frequentRow is a subject that too many complaints are about.
type frequentRow struct {
	Subject, Share, Usual, Count, Improvement string
	Opened                                    bool
}

// Page writes a review as HTML, in one of the languages that customers are written to in. Times are those of the zone.
func Page(r *reviewv1.Review, zone *time.Location, language string) ([]byte, error) {
	in, err := in(language)
	if err != nil {
		return nil, err
	}
	page, err := template.New("review").Funcs(template.FuncMap{
		"percent": percent, "about": in.about, "subject": in.subject, "cause": in.cause, "digest": in.digest, "amount": amount,
		"category": in.category, "usual": func(share float64) string { return usual(r, share) },
	}).Option("missingkey=error").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("pages: template: %w", err)
	}
	v := viewOf(r, in, zone)
	v.Language = language
	if r.GetRecordCount() > 0 {
		for _, plot := range []struct {
			into *template.HTML
			draw func(*reviewv1.Review, *words) (template.HTML, error)
		}{{&v.Escalation, escalation}, {&v.Shares, shares}, {&v.Kept, kept}, {&v.Contact, contact}} {
			if *plot.into, err = plot.draw(r, in); err != nil {
				return nil, err
			}
		}
	}
	var text bytes.Buffer
	if err := page.Execute(&text, v); err != nil {
		return nil, fmt.Errorf("pages: page: %w", err)
	}
	return text.Bytes(), nil
}

// viewOf is what stands around the plots.
func viewOf(r *reviewv1.Review, words *words, zone *time.Location) *view {
	total := r.GetTotal()
	first, last := r.GetStartTime().AsTime().In(zone), r.GetEndTime().AsTime().Add(-time.Microsecond).In(zone)
	v := &view{
		Review: r, Style: template.CSS(pageCSS), //nolint:gosec // It is ours.
		T: words.Texts, Ended: words.ended(r.GetRecordCount()), Said: fmt.Sprintf(words.Said, total.GetAnsweredCount()),
		Footer: fmt.Sprintf(words.Footer, r.GetName(), r.GetVersion(), r.GetCreateTime().AsTime().In(zone).Format(words.DayTime), r.GetAuthor(),
			r.GetPolicyVersion(), r.GetRecordCount(), r.GetHighestSequence()),
		EscalationRate: percent(total.GetEscalationRate()), RepeatRate: percent(total.GetRepeatRate()), MoneyRate: percent(total.GetMoneyRate()),
		KeptRate: "–", Satisfied: "–", Sum: amount(total.GetMoney()),
		ToContact: words.about(total.GetMeanTimeToContact().AsDuration()), Handling: words.about(total.GetMeanHandlingTime().AsDuration()),
	}
	if total.GetPromiseCount() > 0 {
		v.KeptRate = percent(total.GetKeptRate())
	}
	if total.GetAnsweredCount() > 0 {
		v.Satisfied = percent(rate(total.GetSatisfiedCount(), total.GetAnsweredCount()))
	}
	v.Days = first.Format(words.Day) + " – " + last.Format(words.Day)
	switch r.GetKind() {
	case reviewv1.Review_MONTHLY:
		v.Title = first.Format(words.Monthly)
	case reviewv1.Review_WEEKLY:
		year, week := first.ISOWeek()
		v.Title = fmt.Sprintf(words.Weekly, week, year)
	default:
		v.Title, v.Days = first.Format(words.Daily), ""
		if len(words.Weekdays) > 0 {
			v.Title += " " + words.Weekdays[first.Weekday()]
		}
	}
	if !r.GetComplete() {
		v.Standing = words.Texts["standing"]
	}
	for _, f := range r.GetFrequentSubjects() {
		v.Frequent = append(v.Frequent, frequentRow{
			Subject: words.subject(f.GetSubject()), Share: percent(f.GetFigures().GetShare()), Usual: usual(r, f.GetFigures().GetUsualShare()),
			Count: fmt.Sprintf(words.Of, f.GetFigures().GetCount(), f.GetFigures().GetTotal()), Improvement: f.GetImprovement(), Opened: f.GetOpened(),
		})
	}
	return v
}

// usual is a share of the periods before; a dash where there are none.
func usual(r *reviewv1.Review, share float64) string {
	if r.GetUsualRecordCount() == 0 && share == 0 {
		return "—"
	}
	return percent(share)
}

// amount is money as people read it; a dash for none.
func amount(m *money.Money) string {
	if m.GetUnits() == 0 && m.GetNanos() == 0 {
		return "–"
	}
	return fmt.Sprintf("%s %d.%02d", m.GetCurrencyCode(), m.GetUnits(), m.GetNanos()/10_000_000)
}
