// Command risktrain learns the weights of the risk analyser's second opinion from
// labelled letters, and writes them to the standard output. With -measure it writes
// instead what may be expected: each author's letters are read with what the other
// authors' letters teach.
//
// Each file has the letters of one author, one JSON object a line, as docs/risk.md
// describes them. What the policy says of thresholds is the built-in one's.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/risk/train"
	"github.com/redress-dev/redress/services/internal/policy"
)

func main() {
	measure := flag.Bool("measure", false, "write what may be expected instead of weights")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: risktrain [-measure] letters.jsonl …")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(flag.Args(), *measure, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "risktrain:", err)
		os.Exit(1)
	}
}

func run(files []string, measure bool, out io.Writer) error {
	p, err := policy.Default()
	if err != nil {
		return err
	}
	words := p.Proto().GetRisk()
	a, err := risk.New(words)
	if err != nil {
		return err
	}
	var letters []train.Letter
	for _, path := range files {
		some, err := train.Read(path)
		if err != nil {
			return err
		}
		letters = append(letters, some...)
	}
	if !measure {
		_, err := out.Write(train.Learn(a, letters))
		return err
	}
	v, err := train.Validate(a, letters, words.GetOpinion())
	if err != nil {
		return err
	}
	return report(out, v)
}

// report writes the tables, and for each label the thresholds around the best.
func report(out io.Writer, v *train.Validation) error {
	for _, author := range slices.Sorted(maps.Keys(v.ByAuthor)) {
		fmt.Fprintf(out, "%s, read with what the others teach:\n\n%s\n", author, v.ByAuthor[author].Table())
	}
	fmt.Fprintf(out, "all of them:\n\n%s\n| label | threshold, per cent | precision | recall |\n| --- | ---: | ---: | ---: |\n", v.Table())
	for _, label := range risk.Labels() {
		points := v.Curves[label.Name()]
		for _, precision := range []float64{0, 0.7, 0.8, 0.85, 0.9} {
			p := train.Best(points, precision)
			fmt.Fprintf(out, "| %s | %d | %.2f | %.2f |\n", label.Name(), p.Percent, p.Precision(), p.Recall())
		}
	}
	return nil
}
