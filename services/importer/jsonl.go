package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// jsonLines reads a file with a row of JSON in each line.
type jsonLines struct {
	r             *bufio.Reader
	place, number int
	ended         bool
}

// NewJSONLines reads a text that has a row in each line, as POST /v1/complaints:import takes them. Blank lines are passed over.
func NewJSONLines(r io.Reader) Rows { return &jsonLines{r: bufio.NewReaderSize(r, 64<<10)} }

// Next implements Rows.
func (j *jsonLines) Next() (Line, error) {
	for !j.ended {
		text, long, err := j.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return Line{}, err
		}
		j.ended = err != nil
		j.place++
		if text = bytes.TrimSpace(text); len(text) == 0 && !long {
			continue
		}
		j.number++
		line := Line{Number: j.number, Place: j.place, End: j.place}
		if long {
			line.Problem = tooLong()
			return line, nil
		}
		line.Row, line.Problem = ParseRow(text)
		line.ExternalID = line.Row.GetExternalId()
		if line.Problem != nil {
			line.ExternalID = externalID(text)
		}
		return line, nil
	}
	return Line{}, io.EOF
}

// line reads up to the end of a line, and keeps none that is too long.
func (j *jsonLines) line() (text []byte, long bool, err error) {
	for {
		piece, err := j.r.ReadSlice('\n')
		if long = long || len(text)+len(piece) > maxRow; long {
			text = nil
		} else {
			text = append(text, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err
		}
	}
}

// ParseRow reads a row of JSON, or says what is wrong with it.
func ParseRow(text []byte) (*intakev1.ImportRow, *errorv1.Problem) {
	if problem := legible(string(text)); problem != nil {
		return nil, problem
	}
	row := &intakev1.ImportRow{}
	if err := protojson.Unmarshal(text, row); err != nil {
		// protojson separates its prefix with an ordinary or a no-break space, at random.
		what := strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
		return nil, wrong(errorv1.Reason_MALFORMED_BODY, "The line is no row: %s.", what)
	}
	return row, nil
}

// externalID finds the key of a line that is no row; empty when it is no object of JSON with one.
func externalID(text []byte) string {
	var row struct {
		ExternalID string `json:"externalId"`
	}
	if !utf8.Valid(text) || json.Unmarshal(text, &row) != nil {
		return ""
	}
	return row.ExternalID
}
