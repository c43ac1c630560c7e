package main

import (
	"io"
	"os"
	"strconv"
)

// colour tells whether out is a terminal whose owner has nothing against colours (https://no-color.org).
func colour(out io.Writer, env func(string) (string, bool)) bool {
	if refused, _ := env("NO_COLOR"); refused != "" {
		return false
	}
	if kind, _ := env("TERM"); kind == "dumb" {
		return false
	}
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// columns is how wide the terminal says that it is, within what can be read well; 100 when it does not say.
func columns(env func(string) (string, bool)) int {
	text, _ := env("COLUMNS")
	n, err := strconv.Atoi(text)
	if err != nil {
		return 100
	}
	return min(max(n, 60), 120)
}
