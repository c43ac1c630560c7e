package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// maxRow is the largest row that is looked at: no complaint that may be filed is as long.
const maxRow = 1 << 20

// Line is one row of a file.
type Line struct {
	// Number is the row's, from 1; Place is the line of the file that it begins in, and End the one that it ends in.
	Number, Place, End int
	// Row is what to import; nil when the line is no row.
	Row *intakev1.ImportRow
	// ExternalID is the row's own key, as far as it could be read.
	ExternalID string
	// Problem says why it is none.
	Problem *errorv1.Problem
}

// Rows are the rows of a file.
type Rows interface {
	// Next reads the next row. What is wrong with a single row is its problem; the error is io.EOF, or ends the file.
	Next() (Line, error)
}

// wrong is a problem of a row that this program finds.
func wrong(reason errorv1.Reason, format string, args ...any) *errorv1.Problem {
	return &errorv1.Problem{Code: "INVALID_ARGUMENT", Reason: reason.String(), Message: fmt.Sprintf(format, args...)}
}

// wrongField is a problem of one field.
func wrongField(field, what string) *errorv1.Problem {
	p := wrong(errorv1.Reason_INVALID_FIELD, "%s: %s", field, what)
	p.Fields = []*errorv1.FieldProblem{{Field: field, Description: what}}
	return p
}

// tooLong is a row beyond all measure.
func tooLong() *errorv1.Problem {
	p := wrong(errorv1.Reason_BODY_TOO_LARGE, "The row is longer than %d bytes.", maxRow)
	p.Code = "RESOURCE_EXHAUSTED"
	return p
}

// Decoded reads a text in an encoding, by any of the names that the WHATWG gives it, as UTF-8 without a byte order mark. An empty
// name is UTF-8. What is not valid in the encoding shows as U+FFFD, or stays invalid UTF-8; Legible finds both.
func Decoded(r io.Reader, name string) (io.Reader, error) {
	if name = strings.ToLower(strings.TrimSpace(name)); name == "" || name == "utf-8" || name == "utf8" {
		return &unmarked{r: r}, nil
	}
	known, err := htmlindex.Get(name)
	if err != nil || known == encoding.Replacement {
		return nil, fmt.Errorf("there is no encoding %q; try utf-8, gb18030, gbk, big5 or utf-16le", name)
	}
	return &unmarked{r: known.NewDecoder().Reader(r)}, nil
}

// unmarked leaves out a byte order mark at the beginning.
type unmarked struct {
	r     io.Reader
	begun bool
}

// Read implements io.Reader.
func (u *unmarked) Read(b []byte) (int, error) {
	if u.begun || len(b) < 3 {
		return u.r.Read(b)
	}
	u.begun = true
	n, err := io.ReadAtLeast(u.r, b, 3)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	if bytes.HasPrefix(b[:n], []byte("\xef\xbb\xbf")) {
		n = copy(b, b[3:n])
	}
	return n, err
}

// legible says what is wrong with the text of a row; nil when it can be read.
func legible(text string) *errorv1.Problem {
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
		return wrong(errorv1.Reason_INVALID_UTF8, "The row is not valid in the encoding of the file; name it with --encoding.")
	}
	return nil
}

// counted counts what is read of a file.
type counted struct {
	file *os.File
	n    atomic.Int64
}

// Read implements io.Reader.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.file.Read(b)
	c.n.Add(int64(n))
	return n, err
}
