package pages

import (
	"cmp"
	_ "embed" // For the words.
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

//go:embed words.yaml
var wordsYAML []byte

// words are those of a page in one language.
type words struct {
	// Kept names the line of kept promises, Never the band of those to whom it did not happen, None what was not assessed, Nobody what no
	// department is in charge of.
	Kept, Never, None, Nobody string
	// Units are those of time: "d", "h", "min" and "s".
	Units map[string]string
	// Day, DayTime, Daily and Monthly are layouts of times.
	Day, DayTime, Daily, Monthly string
	// Weekly, Of, Ended, Said and Footer are formats.
	Weekly, Of, Ended, Said, Footer string
	// EndedOne is Ended of one complaint.
	EndedOne string
	// Weekdays stand behind the date of a daily review, from Sunday; none where the layout has them.
	Weekdays []string
	// Categories and Causes are their names; none where they are the contract's own.
	Categories, Causes map[string]string
	// Texts are those of the template.
	Texts map[string]string
}

// in finds the words of a language; English for one that pages are not written in.
func in(language string) (*words, error) {
	all := map[string]*words{}
	if err := yaml.Unmarshal(wordsYAML, &all); err != nil {
		return nil, fmt.Errorf("pages: words.yaml: %w", err)
	}
	return cmp.Or(all[language], all["en"]), nil
}

// ended says how many complaints ended.
func (w *words) ended(n int64) string {
	if n == 1 {
		return w.EndedOne
	}
	return fmt.Sprintf(w.Ended, n)
}

// category is one in plain words: "Quality".
func (w *words) category(c policyv1.Scenario) string {
	if c == policyv1.Scenario_SCENARIO_UNSPECIFIED {
		return w.None
	}
	return cmp.Or(w.Categories[c.String()], plain(c.String()))
}

// cause is one in plain words: "Staff cold".
func (w *words) cause(c policyv1.Cause) string {
	if c == policyv1.Cause_CAUSE_UNSPECIFIED {
		return w.None
	}
	return cmp.Or(w.Causes[c.String()], plain(c.String()))
}

// subject is a category, or the fault of a product.
func (w *words) subject(s *reviewv1.Subject) string {
	if s.GetProduct() != "" {
		return s.GetProduct() + " · " + s.GetFaultCode()
	}
	return w.category(s.GetCategory())
}

// band is a stretch of time: "1–4 h".
func (w *words) band(b *reviewv1.Band) string {
	from, to := b.GetFrom().AsDuration(), b.GetTo().AsDuration()
	switch {
	case b.GetNever():
		return w.Never
	case b.GetTo() == nil:
		return "≥ " + w.span(from)
	case from == 0:
		return "< " + w.span(to)
	default:
		begin, end := w.span(from), w.span(to)
		for _, unit := range w.Units { // "1–4 h": what both have is said once.
			if strings.HasSuffix(begin, unit) && strings.HasSuffix(end, unit) && isNumber(strings.TrimSuffix(end, unit)) {
				begin = strings.TrimSuffix(begin, unit)
			}
		}
		return begin + "–" + end
	}
}

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// span is a time as people say it, in the largest unit that needs no fraction.
func (w *words) span(d time.Duration) string {
	for _, unit := range []struct {
		is   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if d >= unit.is && d%unit.is == 0 {
			return strconv.FormatInt(int64(d/unit.is), 10) + w.Units[unit.name]
		}
	}
	return d.String()
}

// about is a time of which only the size matters: "3.4 h".
func (w *words) about(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Minute:
		return fmt.Sprintf("%.0f", d.Seconds()) + w.Units["s"]
	case d < time.Hour:
		return fmt.Sprintf("%.0f", d.Minutes()) + w.Units["min"]
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f", d.Hours()) + w.Units["h"]
	default:
		return fmt.Sprintf("%.1f", d.Hours()/24) + w.Units["d"]
	}
}

// percents is a value of 0 to 100 with its sign, with a digit after the point where it is small.
func percents(value float64) string {
	if value > 0 && value < 9.95 && math.Abs(value-math.Round(value)) >= 0.05 {
		return fmt.Sprintf("%.1f %%", value)
	}
	return fmt.Sprintf("%.0f %%", value)
}

// percent is a rate of 0 to 1.
func percent(value float64) string { return percents(100 * value) }

// plain is a word of the contract as people write it: "STAFF_COLD" is "Staff cold".
func plain(name string) string {
	text := strings.ToLower(strings.ReplaceAll(name, "_", " "))
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// digest names the department of one: as the directory called it, or by its id.
func (w *words) digest(d *reviewv1.DepartmentDigest) string {
	if d.GetDepartment() == "" {
		return w.Nobody
	}
	return cmp.Or(d.GetDisplayName(), strings.TrimPrefix(d.GetDepartment(), "departments/"))
}

func rate(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// mostOf are the keys of the n highest counts, by number.
func mostOf(counts map[policyv1.Scenario]int64, n int) []policyv1.Scenario {
	all := slices.SortedFunc(maps.Keys(counts), func(a, b policyv1.Scenario) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	all = all[:min(n, len(all))]
	slices.Sort(all)
	return all
}
