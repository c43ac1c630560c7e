package wording_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/wording"
)

// labels are the marks of testdata.
var labels = map[string]policyv1.WordingRule_Kind{
	"L": policyv1.WordingRule_LIABILITY_BEFORE_RULING, "B": policyv1.WordingRule_BLAME, "N": policyv1.WordingRule_NOT_OUR_DEPARTMENT,
	"A": policyv1.WordingRule_ABSOLUTE_PROMISE, "I": policyv1.WordingRule_FINAL_INTERPRETATION, "R": policyv1.WordingRule_FLAT_REFUSAL,
	"F": policyv1.WordingRule_DISMISSES_FEELING, "O": policyv1.WordingRule_OVER_PROMISE,
}

// example is a draft with what should be found in it.
type example struct {
	wording.Draft
	line int
	want []wording.Finding
}

// examples reads a file of testdata.
func examples(t *testing.T, name string) []example {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer file.Close()
	var all []example
	scanner := bufio.NewScanner(file)
	for line := 1; scanner.Scan(); line++ {
		if strings.HasPrefix(scanner.Text(), "#") {
			continue
		}
		head, text, ok := strings.Cut(scanner.Text(), " | ")
		require.True(t, ok, scanner.Text())
		e := example{line: line}
		words := strings.Fields(head)
		if strings.HasPrefix(words[0], "W-") {
			words = words[1:]
		}
		for i, word := range words {
			kind, isKind := policyv1.LetterTemplate_Kind_value[strings.ToUpper(word)]
			switch {
			case i == 0:
				e.LanguageCode = word
			case word == "ruled":
				e.Ruling = policyv1.Responsibility_RESPONSIBLE
			case word == "approved":
				e.Kind = policyv1.LetterTemplate_REMEDY
			default:
				require.True(t, isKind, word)
				e.Kind = policyv1.LetterTemplate_Kind(kind)
			}
		}
		e.Text, e.want = unmark(t, strings.ReplaceAll(text, `\n`, "\n"))
		all = append(all, e)
	}
	require.NoError(t, scanner.Err())
	return all
}

// unmark takes the marks ⟦L:…⟧ out of a text.
func unmark(t *testing.T, marked string) (string, []wording.Finding) {
	t.Helper()
	var text []rune
	var found []wording.Finding
	for marked != "" {
		before, after, ok := strings.Cut(marked, "⟦")
		text = append(text, []rune(before)...)
		if !ok {
			break
		}
		inside, rest, ok := strings.Cut(after, "⟧")
		require.True(t, ok, after)
		label, quote, _ := strings.Cut(inside, ":")
		require.Contains(t, labels, label)
		found = append(found, wording.Finding{Kind: labels[label], Quote: quote, Start: len(text), End: len(text) + len([]rune(quote))})
		text = append(text, []rune(quote)...)
		marked = rest
	}
	return string(text), found
}

// score counts what was found.
type score struct{ hit, missed, wrong int }

func (s score) precision() float64 { return float64(s.hit) / max(1, float64(s.hit+s.wrong)) }
func (s score) recall() float64    { return float64(s.hit) / max(1, float64(s.hit+s.missed)) }

func overlap(a, b wording.Finding) bool {
	return a.Kind == b.Kind && a.Start < b.End && b.Start < a.End
}

func newChecker(tb testing.TB) *wording.Checker {
	tb.Helper()
	p, err := policy.Default()
	require.NoError(tb, err)
	c, err := wording.New(p.Proto().GetWording())
	require.NoError(tb, err)
	return c
}

// scores are those of each kind, each language, and all.
type scores map[string]*score

// of returns the scores that a finding in an example counts for.
func (s scores) of(kind policyv1.WordingRule_Kind, e *example) []*score {
	groups := []string{kind.String(), e.LanguageCode, "all"}
	found := make([]*score, len(groups))
	for i, group := range groups {
		if s[group] == nil {
			s[group] = &score{}
		}
		found[i] = s[group]
	}
	return found
}

// table is that of docs/wording.md.
func (s scores) table() string {
	var rows strings.Builder
	for _, group := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&rows, "| %s | %d | %.2f | %.2f |\n", group, s[group].hit+s[group].missed, s[group].precision(), s[group].recall())
	}
	return rows.String()
}

// count scores one example and tells whether anything was found.
func count(t *testing.T, c *wording.Checker, e *example, tell bool, into ...scores) bool {
	t.Helper()
	got := c.Check(e.Draft)
	for _, want := range e.want {
		found := slices.ContainsFunc(got, func(f wording.Finding) bool { return overlap(f, want) })
		if !found && tell {
			t.Logf("line %d: %s missed: %q in %q", e.line, want.Kind, want.Quote, e.Text)
		}
		for _, s := range into {
			for _, group := range s.of(want.Kind, e) {
				if found {
					group.hit++
				} else {
					group.missed++
				}
			}
		}
	}
	for _, f := range got {
		// What is wrong for another reason than the one marked is no false alarm, but no hit either.
		if slices.ContainsFunc(e.want, func(want wording.Finding) bool { return f.Start < want.End && want.Start < f.End }) {
			continue
		}
		if tell {
			t.Logf("line %d: %s false (%s): %q in %q", e.line, f.Kind, f.Rule, f.Quote, e.Text)
		}
		for _, s := range into {
			for _, group := range s.of(f.Kind, e) {
				group.wrong++
			}
		}
	}
	return len(got) > 0
}

// TestMeasured scores the checker: a mark is found when a finding of its kind overlaps it; a finding that overlaps no mark is a
// false alarm. Two files are unseen. With -v it prints the tables of docs/wording.md, every miss and every false alarm.
func TestMeasured(t *testing.T) {
	covers.Requirement(t, "SAY-1", "PROM-2")
	t.Parallel()
	c := newChecker(t)
	total, unseen := make(scores), make(scores)
	for _, file := range []struct {
		name              string
		precision, recall float64
		unseen            bool // Its misses are not shown, so that nobody tunes on them.
	}{
		{"development.txt", 0.98, 0.98, false}, {"held_out.txt", 0.95, 0.98, false}, {"later.txt", 0.92, 0.95, false},
		{"last.txt", 0.95, 0.95, false}, {"fresh.txt", 0.95, 0.95, false}, {"new.txt", 0.95, 0.95, false}, {"harmless.txt", 0, 0, false},
		{"unseen.txt", 0.95, 0.70, true}, {"new_unseen.txt", 0.90, 0.80, true},
	} {
		t.Log(file.name)
		own := scores{"all": &score{}}
		all := examples(t, file.name)
		innocent, alarmed := 0, 0
		for i := range all {
			into := []scores{own, total}
			if file.unseen {
				into = append(into, unseen)
			}
			found := count(t, c, &all[i], !file.unseen, into...)
			if len(all[i].want) == 0 {
				innocent++
				if found {
					alarmed++
				}
			}
		}
		t.Logf("%d drafts, %d of them innocent, %d of those with a false alarm\n%s", len(all), innocent, alarmed, own.table())
		require.GreaterOrEqual(t, own["all"].precision(), file.precision, file.name)
		require.GreaterOrEqual(t, own["all"].recall(), file.recall, file.name)
	}
	t.Logf("both unseen files\n%s", unseen.table())
	require.GreaterOrEqual(t, unseen["all"].precision(), 0.90)
	require.GreaterOrEqual(t, unseen["all"].recall(), 0.75)
	t.Logf("all files\n%s", total.table())
}
