package pages

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode"

	"github.com/go-analyze/charts"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// The size of a plot in the units of its own; the page scales it.
const (
	plotWidth, plotHeight = 620, 320
	labelSize             = 11
	mostCategories        = 6 // Lines that an eye can tell apart.
	mostLabels            = 8 // Dates that fit below a plot.
	mostBars              = 6 // Bars whose labels do not touch at full size …
	smallLabelSize        = 9 // … and the size of those of more.
)

// theme are the colours of plots: light, and apart from each other in print too.
func theme() charts.ColorPalette {
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: charts.ColorFromHex("#c3cad5"), AxisSplitLineColor: charts.ColorFromHex("#e8ecf2"),
		BackgroundColor: charts.ColorTransparent, TextColor: charts.ColorFromHex("#4a5565"),
		SeriesColors: []charts.Color{
			charts.ColorFromHex("#2f6fb7"), charts.ColorFromHex("#e08a2e"), charts.ColorFromHex("#3f9c76"), charts.ColorFromHex("#b8476b"),
			charts.ColorFromHex("#7d62b5"), charts.ColorFromHex("#8a94a3"),
		},
	})
}

// draw has a plot drawn as SVG.
func draw(plot func(*charts.Painter) error) (template.HTML, error) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: plotWidth, Height: plotHeight, Theme: theme()})
	if err := plot(p); err != nil {
		return "", fmt.Errorf("pages: plot: %w", err)
	}
	svg, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("pages: plot: %w", err)
	}
	// The library names a font that the page does not bring.
	text := strings.ReplaceAll(string(svg), "'Roboto Medium',sans-serif", "inherit")
	return template.HTML(text), nil //nolint:gosec // The library escapes all texts.
}

// fitted is a text that takes the room that it needs: the library's font has no Chinese, so it measures each character as half as wide as it is.
// The blanks are measured, and not shown.
func fitted(text string) string {
	wide := 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			wide++
		}
	}
	return text + strings.Repeat("  ", wide)
}

func allFitted(texts []string) []string {
	fit := make([]string, len(texts))
	for i, text := range texts {
		fit[i] = fitted(text)
	}
	return fit
}

// top is where the axis of shares in percent ends, with how many labels: no share is more than 100.
func top(values []float64) (end *float64, labels int) {
	most := 0.0
	for _, value := range values {
		if value != charts.GetNullValue() {
			most = max(most, value)
		}
	}
	for _, axis := range []struct {
		end    float64
		labels int
	}{{5, 6}, {10, 6}, {20, 5}, {40, 5}, {60, 7}, {80, 5}} {
		if most <= axis.end*0.95 { // There is room for the number above a bar.
			return charts.Ptr(axis.end), axis.labels
		}
	}
	return charts.Ptr(100.0), 6
}

// bars are one bar for each label, with the value above it.
func bars(labels []string, values []float64, colour int, axis, above func(float64) string) (template.HTML, error) {
	return draw(func(p *charts.Painter) error {
		opt := charts.NewBarChartOptionWithData([][]float64{values})
		opt.Theme = theme().WithSeriesColors([]charts.Color{theme().GetSeriesColor(colour)})
		opt.Padding = charts.NewBox(4, 20, 12, 4)
		opt.CategoryAxis.Labels = allFitted(labels)
		opt.CategoryAxis.LabelFontStyle.FontSize = labelSize
		if len(labels) > mostBars {
			opt.CategoryAxis.LabelFontStyle.FontSize = smallLabelSize
		}
		opt.CategoryAxis.LabelCount = len(labels)
		opt.ValueAxis[0].Min = charts.Ptr(0.0)
		opt.ValueAxis[0].Max, opt.ValueAxis[0].LabelCount = top(values)
		opt.ValueAxis[0].LabelFontStyle.FontSize = labelSize
		opt.ValueAxis[0].ValueFormatter = axis
		opt.BarSize = 0.62
		opt.SeriesList[0].Label.Show = charts.Ptr(true)
		opt.SeriesList[0].Label.FontStyle.FontSize = labelSize
		opt.SeriesList[0].Label.ValueFormatter = above
		return p.BarChart(opt)
	})
}

// lines are one for each name, in percent. A value below 0 is none, and a gap. Those that are whole reach from 0 to 100. No area is filled: the library
// fills across gaps.
func lines(labels, names []string, values [][]float64, whole bool) (template.HTML, error) {
	for _, line := range values {
		for i := range line {
			if line[i] < 0 {
				line[i] = charts.GetNullValue()
			}
		}
	}
	return draw(func(p *charts.Painter) error {
		opt := charts.NewLineChartOptionWithData(values)
		opt.Theme = theme()
		opt.Padding = charts.NewBox(4, 12, 20, 4)
		opt.XAxis.Labels = labels
		opt.XAxis.LabelFontStyle.FontSize = labelSize
		opt.XAxis.LabelCount = len(labels)
		opt.YAxis[0].Min = charts.Ptr(0.0)
		opt.YAxis[0].Max, opt.YAxis[0].LabelCount = top(slices.Concat(values...))
		opt.YAxis[0].LabelFontStyle.FontSize = labelSize
		opt.YAxis[0].ValueFormatter = percents
		opt.Legend.SeriesNames, opt.Legend.Show = allFitted(names), charts.Ptr(len(names) > 1)
		opt.Legend.FontStyle.FontSize = labelSize
		opt.LineStrokeWidth = 2.2
		for i := range opt.SeriesList { // Each drawn over the ones before, which are larger: of those that are equal all are seen.
			opt.SeriesList[i].Symbol = charts.Symbol{Shape: charts.SymbolDot, Size: 4 + 1.1*float64(len(values)-1-i)}
		}
		if whole {
			opt.YAxis[0].Max, opt.YAxis[0].LabelCount = top([]float64{100})
		}
		return p.LineChart(opt)
	})
}

// escalation is which part of those who were handled so long was escalated.
func escalation(r *reviewv1.Review, words *words) (template.HTML, error) {
	var labels []string
	var values []float64
	for _, band := range r.GetHandlingBands() {
		if !band.GetNever() {
			value := charts.GetNullValue() // Of nothing there is no rate.
			if band.GetRecordCount() > 0 {
				value = 100 * band.GetEscalationRate()
			}
			labels, values = append(labels, words.band(band)), append(values, value)
		}
	}
	return bars(labels, values, 0, percents, percents)
}

// contact is which part of all was first contacted within which time.
func contact(r *reviewv1.Review, words *words) (template.HTML, error) {
	var labels []string
	var values []float64
	for _, band := range r.GetContactBands() {
		labels = append(labels, words.band(band))
		values = append(values, 100*rate(band.GetRecordCount(), r.GetRecordCount()))
	}
	return bars(labels, values, 2, percents, percents)
}

// shares are those of the most frequent categories over the weeks.
func shares(r *reviewv1.Review, words *words) (template.HTML, error) {
	most := frequent(r)
	names, values := make([]string, len(most)), make([][]float64, len(most))
	for i, category := range most {
		names[i] = words.category(category)
		for _, week := range r.GetWeeks() {
			share := -1.0
			if week.GetTotal().GetRecordCount() > 0 {
				share = 0
			}
			for _, c := range week.GetCategories() {
				if c.GetCategory() == category {
					share = 100 * c.GetShare()
				}
			}
			values[i] = append(values[i], share)
		}
	}
	return lines(weekLabels(r), names, values, false)
}

// frequent are the categories that most records of the weeks have, as many as can be told apart, by number.
func frequent(r *reviewv1.Review) []policyv1.Scenario {
	counts := map[policyv1.Scenario]int64{}
	for _, week := range r.GetWeeks() {
		for _, c := range week.GetCategories() {
			counts[c.GetCategory()] += c.GetRecordCount()
		}
	}
	return mostOf(counts, mostCategories)
}

// kept is which part of promises was kept over the weeks.
func kept(r *reviewv1.Review, words *words) (template.HTML, error) {
	var values []float64
	for _, week := range r.GetWeeks() {
		value := -1.0
		if week.GetTotal().GetPromiseCount() > 0 {
			value = 100 * week.GetTotal().GetKeptRate()
		}
		values = append(values, value)
	}
	return lines(weekLabels(r), []string{words.Kept}, [][]float64{values}, true)
}

// weekLabels are the first dates of the weeks, without the year: of so many as fit, the last among them.
func weekLabels(r *reviewv1.Review) []string {
	labels := make([]string, len(r.GetWeeks()))
	every := (len(labels) + mostLabels - 1) / mostLabels
	for i, week := range r.GetWeeks() {
		if (len(labels)-1-i)%every == 0 {
			_, labels[i], _ = strings.Cut(week.GetFirstDate(), "-")
		}
	}
	return labels
}
