package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fieldAt returns the path of the field at a line and column of a JSON text, as protojson counts them, such as
// "demands[0].amount.units". It is empty for the outermost value and for places that are not in the text.
func fieldAt(body []byte, line, column string) string {
	l, lineErr := strconv.Atoi(line)
	c, columnErr := strconv.Atoi(column)
	if lineErr != nil || columnErr != nil {
		return ""
	}
	return pathTo(body, offsetOf(body, l, c))
}

// offsetOf turns line and column, both from 1 and the column in characters, into an offset.
func offsetOf(body []byte, line, column int) int64 {
	offset := 0
	for ; line > 1; line-- {
		end := bytes.IndexByte(body[offset:], '\n')
		if end < 0 {
			return int64(len(body))
		}
		offset += end + 1
	}
	for ; column > 1 && offset < len(body); column-- {
		_, size := utf8.DecodeRune(body[offset:])
		offset += size
	}
	return int64(offset)
}

// level is an object or array that a walk is inside of.
type level struct {
	array bool
	// index counts the elements of an array before the present one.
	index int
	// name is the object's present field.
	name string
	// atName is true when the next token of an object is a field's name.
	atName bool
}

// pathTo walks a JSON text up to the token that ends after an offset and returns the path of what is there.
func pathTo(body []byte, offset int64) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		delim, isDelim := token.(json.Delim)
		if isDelim && (delim == '}' || delim == ']') {
			levels = levels[:len(levels)-1]
			next(levels)
			continue
		}
		if top := len(levels) - 1; top >= 0 && levels[top].atName {
			levels[top].name, _ = token.(string)
			levels[top].atName = false
			if decoder.InputOffset() > offset {
				return join(levels)
			}
			continue
		}
		if decoder.InputOffset() > offset {
			return join(levels)
		}
		if isDelim {
			levels = append(levels, level{array: delim == '[', atName: delim == '{'})
			continue
		}
		next(levels)
	}
}

// next moves on after a value.
func next(levels []level) {
	if len(levels) == 0 {
		return
	}
	top := &levels[len(levels)-1]
	if top.array {
		top.index++
	} else {
		top.atName = true
	}
}

func join(levels []level) string {
	var path strings.Builder
	for _, l := range levels {
		switch {
		case l.array:
			fmt.Fprintf(&path, "[%d]", l.index)
		case path.Len() > 0:
			path.WriteString("." + l.name)
		default:
			path.WriteString(l.name)
		}
	}
	return path.String()
}
