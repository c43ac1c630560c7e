package report

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Document is a Markdown file in which people write, and in which each result stands between two lines that only this package
// writes. Everything else in it is left as it is, to the byte.
type Document struct {
	// parts are the names that sections belong to, in the order in which they stand when one is new.
	parts  []string
	pieces []piece
}

// piece is a stretch of the document: a section with its two lines, or what stands between sections.
type piece struct {
	// part and title are those of a section; empty for other text.
	part, title string
	text        string
}

// The lines around a section.
const (
	begins    = "<!-- bench "
	beginsEnd = " -->"
	ends      = "<!-- /bench -->"
)

// Read splits a document. Parts are the names that sections may belong to, in the order in which new sections are put. A document
// whose lines do not match, or with two sections of one title, is an error, since what is to be replaced in it is not known.
func Read(text string, parts []string) (*Document, error) {
	d := &Document{parts: parts}
	open := false
	for n, line := range slices.Collect(strings.Lines(text)) {
		part, title, marked := marker(line)
		switch closed := strings.TrimSpace(line) == ends; {
		case marked && (open || d.index(title) >= 0), closed && !open:
			return nil, fmt.Errorf("report: line %d: %q has no business there", n+1, strings.TrimSpace(line))
		case marked:
			d.pieces, open = append(d.pieces, piece{part: part, title: title, text: line}), true
		case open:
			d.pieces[len(d.pieces)-1].text += line
			if closed {
				d.pieces, open = append(d.pieces, piece{}), false
			}
		case len(d.pieces) == 0:
			d.pieces = append(d.pieces, piece{text: line})
		default:
			d.pieces[len(d.pieces)-1].text += line
		}
	}
	if open {
		return nil, fmt.Errorf("report: the section %q has no end", d.pieces[len(d.pieces)-1].title)
	}
	return d, nil
}

// marker reads the line that begins a section.
func marker(line string) (part, title string, ok bool) {
	if line, ok = strings.CutPrefix(strings.TrimSpace(line), begins); !ok {
		return "", "", false
	}
	if line, ok = strings.CutSuffix(line, beginsEnd); !ok {
		return "", "", false
	}
	return strings.Cut(line, ": ")
}

func (d *Document) index(title string) int {
	return slices.IndexFunc(d.pieces, func(p piece) bool { return p.part != "" && p.title == title })
}

// Put replaces the sections that have the tables' titles, wherever they stand. Those that are new stand behind the table before
// them, or behind the last section of the same part or of one before it.
func (d *Document) Put(part string, tables []Table) error {
	after := -1
	for _, t := range tables {
		var b strings.Builder
		fmt.Fprintf(&b, "%s%s: %s%s\n\n", begins, part, t.Title, beginsEnd)
		if err := t.Write(&b); err != nil {
			return err
		}
		b.WriteString(ends + "\n")
		made := piece{part: part, title: t.Title, text: b.String()}
		if at := d.index(t.Title); at >= 0 {
			d.pieces[at], after = made, at
			continue
		}
		if after < 0 {
			after = d.before(part)
		}
		d.pieces = slices.Insert(d.pieces, after+1, piece{text: "\n"}, made)
		after += 2
	}
	return nil
}

// before is where the last section is that a new one of the part stands behind; the end where there is none.
func (d *Document) before(part string) int {
	for i, p := range slices.Backward(d.pieces) {
		if p.part != "" && slices.Index(d.parts, p.part) <= slices.Index(d.parts, part) {
			return i
		}
	}
	for i, p := range d.pieces {
		if p.part != "" {
			return i - 1
		}
	}
	return len(d.pieces) - 1
}

// Write writes the document.
func (d *Document) Write(w io.Writer) error {
	var b strings.Builder
	for _, p := range d.pieces {
		b.WriteString(p.text)
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// Update puts tables into a file; see Put. A file that is not there yet gets a heading.
func Update(path string, parts []string, part string, tables []Table) error {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		text, err = []byte("# Benchmarks\n"), nil
	}
	if err != nil {
		return err
	}
	d, err := Read(string(text), parts)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := d.Put(part, tables); err != nil {
		return err
	}
	var b strings.Builder
	if err := d.Write(&b); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o644) //nolint:gosec // A document.
}
