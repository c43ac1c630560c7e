// Package filter turns the filter of a list call (AIP-160) into a condition for
// a WHERE clause.
//
// A caller may use the fields that the list call documents, compare them with
// = != < <= > >=, and combine comparisons with AND, OR, NOT and parentheses. As
// AIP-160 has it, OR binds more tightly than AND. Values never become part of
// the SQL text: they are arguments.
package filter

import (
	"maps"
	"slices"
	"strings"

	"go.einride.tech/aip/filtering"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// Kind says what a field holds and so what it may be compared with.
type Kind int

const (
	// String is compared with a text by = and !=.
	String Kind = iota
	// Enum is compared with the name of one of its values by = and !=.
	Enum
	// Int is compared with a number by any operator, a whole one unless it has a Scale.
	Int
	// Bool is compared with true and false by = and !=; its bare name means true.
	Bool
	// Time is compared with an RFC 3339 time by any operator. Its column holds
	// microseconds since 1970.
	Time
)

// Field is something that a list can be filtered by.
type Field struct {
	// Column is the column, or an expression in parentheses, that holds the
	// value. It should never be NULL: a comparison with NULL is neither true nor
	// false, so that NOT does not find it either.
	Column string
	// Args are the arguments of the placeholders in Column, if it has any.
	Args []any
	// Kind says what the field holds.
	Kind Kind
	// Names are the values of an Enum whose column holds their numbers: the
	// generated map X_value fits. When it is nil the column holds the names.
	Names map[string]int32
	// Sparse is the number that nearly all rows have, if the column has an index
	// that leaves those out (WHERE column <> number): then a comparison that they
	// cannot meet says so too, without which no engine would use that index.
	Sparse string
	// Implies are conditions that hold for all rows whose value is the one of a
	// name, "true" for a Bool: a comparison by = says them too, so that an index
	// can answer what the column alone, being computed, would have to be read for.
	Implies map[string]string
	// Until is a column that is never less than this one, and by which the list
	// is ordered: what comes after something in the one does so in the other, so
	// that a list is read from there on.
	Until string
	// Scale is how many units of the column make one of what an Int is compared
	// with, which may then have decimals as fine as that; 0 for one.
	Scale int64
}

// Where is a condition with its arguments.
type Where struct {
	// SQL is the condition in parentheses with ? for arguments, or empty when
	// everything matches.
	SQL string
	// Args are the arguments in the order of the placeholders.
	Args []any
}

// Parse reads the filter over the declared fields. An empty filter matches
// everything. A filter that cannot be read, that names another field, or that
// compares one with something it cannot be compared with answers
// FILTER_INVALID; the message tells the caller what would be right.
func Parse(fields map[string]Field, text string) (Where, error) {
	if strings.TrimSpace(text) == "" {
		return Where{}, nil
	}
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return Where{}, invalid("the filter cannot be read; write it like: state = \"ACTIVE\" AND cycle > 1")
	}
	w := writer{fields: fields}
	if err := w.condition(parsed.GetExpr()); err != nil {
		return Where{}, err
	}
	return Where{SQL: w.sql.String(), Args: w.args}, nil
}

// invalid is what every refusal looks like.
func invalid(format string, args ...any) error {
	return errs.Invalid(errorv1.Reason_FILTER_INVALID.String(), "filter", format, args...)
}

// names lists the keys of a map for a message.
func names[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
