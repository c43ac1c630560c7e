package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A requirement is defined where its id begins an item of a list, a row of a table
// or a heading. Elsewhere an id is a reference.
var definition = regexp.MustCompile("(?m)^[ \t]*(?:[-*|]|#+)[ \t*`]*([A-Z]+-[0-9]+)\\b")

// definitions returns the ids that a requirements document defines, in its order.
func definitions(text string) []string {
	var ids []string
	for _, match := range definition.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(ids, match[1]) {
			ids = append(ids, match[1])
		}
	}
	return ids
}

// report writes a line for each requirement and test, the requirements in the
// order of their document and the tests of each sorted. It returns an error that
// names the tests whose requirement is not defined.
func report(out io.Writer, ids []string, marks []mark) error {
	tests := make(map[string][]string)
	var unknown []string
	for _, m := range marks {
		if slices.Contains(ids, m.id) {
			tests[m.id] = append(tests[m.id], m.test)
		} else {
			unknown = append(unknown, fmt.Sprintf("%s names %s", m.test, m.id))
		}
	}
	for _, id := range ids {
		proofs := tests[id]
		if len(proofs) == 0 {
			proofs = []string{"no test yet"}
		}
		slices.Sort(proofs)
		for _, test := range slices.Compact(proofs) {
			if _, err := fmt.Fprintf(out, "%-9s → %s\n", id, test); err != nil {
				return err
			}
		}
	}
	if _, err := fmt.Fprintf(out, "%d of %d requirements have a test\n", len(tests), len(ids)); err != nil {
		return err
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("not defined in docs/requirements.md: %s", strings.Join(slices.Compact(unknown), "; "))
	}
	return nil
}
