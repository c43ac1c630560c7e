package covers

import (
	"regexp"
	"testing"
)

// The form of an id: the name of its chapter, a hyphen, a number.
var form = regexp.MustCompile(`^[A-Z]+-[0-9]+$`)

// Requirement declares that the calling test proves the requirements with these
// ids. It fails the test at once when no id is given or one has not the form of
// an id. Whether the ids exist is checked by `make coverage-map`, which reads the
// source: so they are written as string literals.
func Requirement(tb testing.TB, ids ...string) {
	tb.Helper()
	if len(ids) == 0 {
		tb.Fatal("covers: no requirement id given")
	}
	for _, id := range ids {
		if !form.MatchString(id) {
			tb.Fatalf("covers: %q is not a requirement id like CALL-2", id)
		}
	}
}
