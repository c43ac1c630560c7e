// Command access writes docs/access.md: the table of who may call which method,
// and who of them sees which complaints (API-4). `make access` runs it; a test
// holds every server to the table.
package main

import (
	"fmt"
	"os"
)

func main() {
	if _, err := os.Stdout.WriteString(page(methods())); err != nil {
		fmt.Fprintln(os.Stderr, "access:", err)
		os.Exit(1)
	}
}
