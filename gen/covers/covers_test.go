package covers_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/redress-dev/redress/gen/covers"
)

func TestRequirement(t *testing.T) {
	t.Parallel()
	const wrongForm = "covers: %q is not a requirement id like CALL-2"
	for name, test := range map[string]struct {
		ids  []string
		want string
	}{
		"one":             {ids: []string{"CALL-2"}},
		"several":         {ids: []string{"CALL-2", "REC-10"}},
		"none":            {want: "covers: no requirement id given"},
		"lower case":      {ids: []string{"call-2"}, want: fmt.Sprintf(wrongForm, "call-2")},
		"no number":       {ids: []string{"CALL-"}, want: fmt.Sprintf(wrongForm, "CALL-")},
		"no chapter":      {ids: []string{"-2"}, want: fmt.Sprintf(wrongForm, "-2")},
		"text around it":  {ids: []string{"see CALL-2"}, want: fmt.Sprintf(wrongForm, "see CALL-2")},
		"a line break":    {ids: []string{"CALL-2\n"}, want: fmt.Sprintf(wrongForm, "CALL-2\n")},
		"second is wrong": {ids: []string{"CALL-2", "x"}, want: fmt.Sprintf(wrongForm, "x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := failure(t, test.ids); got != test.want {
				t.Errorf("failed with %q, want %q", got, test.want)
			}
		})
	}
}

// failure calls Requirement as a test of its own would and returns what it
// failed with, or nothing.
func failure(t *testing.T, ids []string) string {
	t.Helper()
	recorder := &recorder{TB: t}
	done := make(chan struct{})
	// Fatal ends the goroutine of its test, so this test must not be on it.
	go func() {
		defer close(done)
		covers.Requirement(recorder, ids...)
	}()
	<-done
	return recorder.message
}

// recorder is a test whose failure is kept instead of reported.
type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) {
	r.message = fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Fatal(fmt.Sprintf(format, args...))
}
