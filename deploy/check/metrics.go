package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// Metrics are metrics that somebody emits: of each the labels, and of each label the values that were seen. Values of a metric without
// any are not checked.
type Metrics map[string]map[string][]string

// Scraped reads a page of metrics in Prometheus' text format.
func Scraped(page string) (Metrics, error) {
	found := Metrics{}
	prom := parser.NewParser(parser.Options{})
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		end := strings.LastIndexByte(line, ' ')
		if line == "" || line[0] == '#' || end < 0 {
			continue
		}
		set, err := prom.ParseMetric(line[:end])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		name := set.Get(model.MetricNameLabel)
		if found[name] == nil {
			found[name] = map[string][]string{}
		}
		set.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel && !slices.Contains(found[name][l.Name], l.Value) {
				found[name][l.Name] = append(found[name][l.Name], l.Value)
			}
		})
	}
	return found, nil
}

// given are labels that Prometheus adds to whatever it reads.
func given() []string { return []string{"job", "instance", "role"} }

// Query checks that an expression can be computed and asks for nothing that nobody emits: neither a metric, nor a label of it, nor, where
// it wants one value of a label, that value.
func Query(expression string, emitted Metrics) error {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return fmt.Errorf("%s: %w", expression, err)
	}
	var wrong []error
	selected := 0
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		selected++
		known, ok := emitted[selector.Name]
		if !ok {
			wrong = append(wrong, fmt.Errorf("nobody emits %s", selector.Name))
			return nil
		}
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name == model.MetricNameLabel || slices.Contains(given(), matcher.Name) {
				continue
			}
			values, ok := known[matcher.Name]
			switch {
			case !ok:
				wrong = append(wrong, fmt.Errorf("%s has no label %s", selector.Name, matcher.Name))
			case matcher.Type == labels.MatchEqual && len(values) > 0 && !slices.Contains(values, matcher.Value):
				wrong = append(wrong, fmt.Errorf("%s never has %s", selector.Name, matcher))
			}
		}
		for _, label := range grouping(path) {
			if _, ok := known[label]; !ok && !slices.Contains(given(), label) {
				wrong = append(wrong, fmt.Errorf("%s cannot be told apart by %s", selector.Name, label))
			}
		}
		return nil
	})
	if selected == 0 {
		wrong = append(wrong, errors.New("asks for no metric"))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: %w", expression, errors.Join(wrong...))
	}
	return nil
}

// grouping are the labels that the nearest aggregation around a selector keeps.
func grouping(path []parser.Node) []string {
	for _, node := range slices.Backward(path) {
		if aggregation, ok := node.(*parser.AggregateExpr); ok && !aggregation.Without {
			return aggregation.Grouping
		}
	}
	return nil
}

// Alerts checks a file of rules: Prometheus takes it, each alert can be computed from what is emitted, says how urgent it is and what it
// is about, and leads to a heading of the runbook with its own name, below which something is said.
func Alerts(text []byte, emitted Metrics, runbook string, headings map[string]string) error {
	prom := parser.NewParser(parser.Options{})
	groups, failed := rulefmt.Parse(text, false, model.UTF8Validation, prom, slog.New(slog.DiscardHandler))
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	var wrong []error
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			say := func(err error) {
				if err != nil {
					wrong = append(wrong, fmt.Errorf("%s: %w", rule.Alert, err))
				}
			}
			say(Query(rule.Expr, emitted))
			if !slices.Contains([]string{"page", "ticket"}, rule.Labels["severity"]) {
				say(fmt.Errorf("severity %q: there are page and ticket", rule.Labels["severity"]))
			}
			if rule.Annotations["summary"] == "" {
				say(errors.New("says nothing"))
			}
			anchor, ok := strings.CutPrefix(rule.Annotations["runbook_url"], runbook+"#")
			if !ok || anchor != strings.ToLower(rule.Alert) || len(headings[anchor]) < 80 {
				say(fmt.Errorf("runbook %q: %s must have a heading %s, and say below it what to do", rule.Annotations["runbook_url"], runbook, rule.Alert))
			}
		}
	}
	return errors.Join(wrong...)
}

// Headings are the sections of a page in Markdown by the anchors of their headings, as GitHub makes them.
func Headings(page string) map[string]string {
	sections := map[string]string{}
	found := regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatchIndex(page, -1)
	for i, at := range found {
		end := len(page)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		anchor := strings.ReplaceAll(strings.ToLower(page[at[2]:at[3]]), " ", "-")
		sections[regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(anchor, "")] = strings.TrimSpace(page[at[1]:end])
	}
	return sections
}

// dashboard is what is read of a dashboard of Grafana.
type dashboard struct {
	UID    string  `json:"uid"`
	Title  string  `json:"title"`
	Schema int     `json:"schemaVersion"`
	Panels []panel `json:"panels"`
}

// panel is one graph or number.
type panel struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	Type  string `json:"type"`
	Grid  struct {
		X int `json:"x"`
		Y int `json:"y"`
		W int `json:"w"`
		H int `json:"h"`
	} `json:"gridPos"`
	Targets []struct {
		Expr   string `json:"expr"`
		Ref    string `json:"refId"`
		Source struct {
			Type string `json:"type"`
			UID  string `json:"uid"`
		} `json:"datasource"`
	} `json:"targets"`
}

// Dashboard checks a dashboard: it has an id to be linked by, every panel has a place of its own and a known source, and asks for what is
// emitted.
func Dashboard(text []byte, sources []string, emitted Metrics) error {
	var read dashboard
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	var wrong []error
	if read.UID == "" || read.Title == "" || read.Schema == 0 || len(read.Panels) == 0 {
		wrong = append(wrong, errors.New("it needs a uid, a title, a schemaVersion and panels"))
	}
	for i, p := range read.Panels {
		say := func(err error) {
			if err != nil {
				wrong = append(wrong, fmt.Errorf("panel %q: %w", p.Title, err))
			}
		}
		if p.Title == "" || p.Type == "" || len(p.Targets) == 0 || p.Grid.W <= 0 || p.Grid.H <= 0 || p.Grid.X+p.Grid.W > 24 {
			say(errors.New("it needs a title, a type, a place within 24 columns, and a query"))
		}
		for _, other := range read.Panels[:i] {
			if other.ID == p.ID {
				say(fmt.Errorf("has the id of %q", other.Title))
			}
			if other.Grid.X < p.Grid.X+p.Grid.W && p.Grid.X < other.Grid.X+other.Grid.W &&
				other.Grid.Y < p.Grid.Y+p.Grid.H && p.Grid.Y < other.Grid.Y+other.Grid.H {
				say(fmt.Errorf("lies on %q", other.Title))
			}
		}
		for _, target := range p.Targets {
			if !slices.Contains(sources, target.Source.UID) || target.Ref == "" {
				say(fmt.Errorf("asks an unknown source %q", target.Source.UID))
			}
			say(Query(target.Expr, emitted))
		}
	}
	return errors.Join(wrong...)
}
