// Package report is what a benchmark writes: tables with the sentences that make their numbers honest, as Markdown.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Table is one result.
type Table struct {
	// Title names what was measured.
	Title string
	// Measured says when, by which command and on what it was measured: one paragraph. Whoever runs the parts fills it in.
	Measured string
	// Lead says how it was measured, and what was left out: one paragraph.
	Lead string
	// Columns are the headings, each with the unit of its numbers.
	Columns []string
	// Rows are the cells, as many in each row as there are columns. A cell without a number says why.
	Rows [][]string
	// Notes are what a reader must know to believe the numbers, or to doubt them: one sentence or two each.
	Notes []string
}

// Add puts one row at the end.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes the table as Markdown, with columns aligned so that the source can be read in a terminal, too. A row with more or
// fewer cells than there are columns is an error, since a reader would take a number for another.
func (t Table) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", t.Title)
	for _, paragraph := range []string{t.Measured, t.Lead} {
		if paragraph != "" {
			fmt.Fprintf(&b, "%s\n\n", paragraph)
		}
	}
	if len(t.Columns) > 0 {
		if err := t.grid(&b); err != nil {
			return err
		}
	}
	for _, note := range t.Notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	if len(t.Notes) > 0 {
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// grid writes headings and rows.
func (t Table) grid(b *strings.Builder) error {
	widths := make([]int, len(t.Columns))
	rule := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		widths[i] = max(3, width(column))
	}
	for n, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("report: row %d of %q has %d cells for %d columns", n+1, t.Title, len(row), len(t.Columns))
		}
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for i := range rule {
		rule[i] = strings.Repeat("-", widths[i])
	}
	for _, row := range append([][]string{t.Columns, rule}, t.Rows...) {
		for i, cell := range row {
			fmt.Fprintf(b, "| %s%s ", escape(cell), strings.Repeat(" ", widths[i]-width(cell)))
		}
		b.WriteString("|\n")
	}
	b.WriteString("\n")
	return nil
}

// escape keeps a cell in its column.
func escape(cell string) string {
	return strings.ReplaceAll(strings.ReplaceAll(cell, "|", "\\|"), "\n", " ")
}

func width(cell string) int { return len([]rune(escape(cell))) }

// Median is the middle value, or the mean of the two in the middle; 0 of nothing.
func Median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// Rate is a number of things per second.
func Rate(n int, in time.Duration) string {
	if in <= 0 {
		return "none"
	}
	return Number(float64(n) / in.Seconds())
}

// Number is a number with the three or four digits that a noisy machine allows.
func Number(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// Milliseconds is a duration as a number of milliseconds.
func Milliseconds(d time.Duration) string { return Number(float64(d) / float64(time.Millisecond)) }

// Seconds is a duration as a number of seconds.
func Seconds(d time.Duration) string { return Number(d.Seconds()) }

// Bytes is a size in the largest unit of 1024 that leaves a number above one.
func Bytes(n int64) string {
	const unit = 1024
	v, units := float64(n), []string{"B", "KiB", "MiB", "GiB"}
	for v >= unit && len(units) > 1 {
		v, units = v/unit, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}
