// Command coverage prints which tests prove which requirement.
//
// It reads the source of the repository at the given folder (the current one by
// default): the ids that docs/requirements.md defines, and the calls of
// covers.Requirement. Nothing is built or run, so a mark says that its author
// calls the test a proof; the test run says whether it holds.
//
// It exits with 1 when a test names an id that is not defined there, or names it
// in a way that cannot be read from the source.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := run(root, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

// run writes the map of the repository at root. The map is complete also when an
// error about a mark is returned.
func run(root string, out io.Writer) error {
	text, err := os.ReadFile(filepath.Join(root, "docs", "requirements.md"))
	if err != nil {
		return err
	}
	marks, err := scan(root)
	if err != nil {
		return err
	}
	return report(out, definitions(string(text)), marks)
}
