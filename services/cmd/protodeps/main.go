// Command protodeps writes the third-party proto files that ours import.
//
// They are neither copied into the repository nor fetched from a registry: the
// Go modules pinned in go.mod carry their descriptors, and those are printed
// back as proto source. So one pin decides both the generated Go code and the
// protos that were compiled against it.
//
// It imports no package of this repository, because it must build before any
// code has been generated.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "protodeps:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: protodeps <output folder>")
	}
	return write(args[0])
}
