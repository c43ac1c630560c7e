package story

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/width"
)

// ink is how a piece of text looks, as an ANSI attribute.
type ink string

const (
	plain   ink = ""
	bold    ink = "1"
	dim     ink = "2"
	red     ink = "31"
	green   ink = "32"
	yellow  ink = "33"
	magenta ink = "35"
	cyan    ink = "36"
)

// whoColumns is how wide the column is that says who did something.
const whoColumns = 12

// whenColumns is how wide the column is that says when: "+1 min 30 s".
const whenColumns = 11

// paper is what the story is written on.
type paper struct {
	out     io.Writer
	colour  bool
	columns int
}

// paint puts a text into a colour, where there are colours.
func (p *paper) paint(with ink, text string) string {
	if !p.colour || with == plain || text == "" {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

// write writes a text behind a head, each further line below its beginning.
func (p *paper) write(head string, headColumns int, with ink, text string) {
	for i, line := range breakLines(text, p.columns-headColumns) {
		if i > 0 {
			head = strings.Repeat(" ", headColumns)
		}
		fmt.Fprintln(p.out, strings.TrimRight(head+p.paint(with, line), " "))
	}
}

// line writes what happened: when, what kind of thing, who, and what.
func (p *paper) line(when string, m mark, who, text string) {
	head := fmt.Sprintf("%s %s %s  ", p.paint(dim, fmt.Sprintf("%*s", whenColumns, when)), p.paint(m.ink, m.sign), p.paint(cyan, fill(who, whoColumns)))
	p.write(head, whenColumns+1+1+1+whoColumns+2, m.text, text)
}

// below writes something that belongs to the line before.
func (p *paper) below(with ink, text string) {
	const indent = whenColumns + 1 + 1 + 1 + whoColumns + 2
	p.write(strings.Repeat(" ", indent), indent, with, text)
}

// quote writes a text of several lines with a bar at its left.
func (p *paper) quote(text string) {
	const indent = whenColumns + 1 + 1 + 1 + whoColumns + 2
	for line := range strings.Lines(strings.TrimSpace(text)) {
		for _, part := range breakLines(strings.TrimSpace(line), p.columns-indent-2) {
			fmt.Fprintln(p.out, strings.TrimRight(strings.Repeat(" ", indent)+p.paint(dim, "│ ")+part, " "))
		}
	}
}

// heading begins a scene.
func (p *paper) heading(text string) {
	fmt.Fprintf(p.out, "\n%s\n", p.paint(bold, text))
}

// prose explains something.
func (p *paper) prose(text string) { p.write("  ", 2, plain, text) }

// fill puts blanks behind a text until it is so many columns wide.
func fill(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-wide(text)))
}

// wide tells how many columns a text takes: Chinese characters take two.
func wide(text string) int {
	n := 0
	for _, r := range text {
		n += runeWide(r)
	}
	return n
}

func runeWide(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// breakLines breaks a text into lines of so many columns: at blanks, and anywhere between Chinese characters but before a
// mark that must not begin a line. A blank text is one empty line.
func breakLines(text string, columns int) []string {
	var lines []string
	line, n := "", 0
	for _, piece := range pieces(text) {
		w := wide(piece)
		if n > 0 && n+wide(strings.TrimRight(piece, " ")) > columns {
			lines = append(lines, strings.TrimRight(line, " "))
			line, n = "", 0
		}
		line, n = line+piece, n+w
	}
	return append(lines, strings.TrimRight(line, " "))
}

// pieces cuts a text where a line may end: words with the blank behind them, and single Chinese characters with the marks that
// belong to them.
func pieces(text string) []string {
	const closing, opening = "，。；：！？、）」》”’…", "（「《“‘"
	var list []string
	glue := false // The next character belongs to the last piece.
	for _, r := range text {
		last := len(list) - 1
		apart := last < 0 || strings.HasSuffix(list[last], " ") || runeWide(r) == 2 || strings.ContainsRune(opening, r) ||
			endsWide(list[last])
		if last >= 0 && (glue || r == ' ' || strings.ContainsRune(closing, r) || !apart) {
			list[last] += string(r)
		} else {
			list = append(list, string(r))
		}
		glue = strings.ContainsRune(opening, r)
	}
	return list
}

func endsWide(piece string) bool {
	r := []rune(piece)
	return runeWide(r[len(r)-1]) == 2
}
