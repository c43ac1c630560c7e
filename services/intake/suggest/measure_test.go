package suggest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/internal/policy"
)

// letter is one labelled text.
type letter struct {
	Text     string `json:"text"`
	Scenario string `json:"scenario"`
}

func letters(tb testing.TB, path string) (out []letter) {
	tb.Helper()
	data, err := os.ReadFile(path)
	require.NoError(tb, err)
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l letter
		require.NoError(tb, json.Unmarshal(lines.Bytes(), &l))
		require.Contains(tb, policyv1.Scenario_value, l.Scenario)
		out = append(out, l)
	}
	require.NoError(tb, lines.Err())
	return out
}

func config(tb testing.TB) *policyv1.Suggestions {
	tb.Helper()
	p, err := policy.Default()
	require.NoError(tb, err)
	return p.Proto().GetAssessment().GetSuggestions()
}

func model(tb testing.TB, cfg *policyv1.Suggestions) *suggest.Model {
	tb.Helper()
	m, err := suggest.New(cfg, map[policyv1.Scenario]string{
		policyv1.Scenario_QUALITY: "departments/quality", policyv1.Scenario_PRICE: "departments/billing",
		policyv1.Scenario_LOGISTICS: "departments/logistics", policyv1.Scenario_ATTITUDE: "departments/customer-service",
		policyv1.Scenario_OTHER: "departments/customer-service",
	})
	require.NoError(tb, err)
	return m
}

// name is the name of the i-th complaint.
func name(i int) string { return fmt.Sprintf("complaints/%026d", i) }

func examples(of []letter) (out []suggest.Example) {
	for i, l := range of {
		out = append(out, suggest.Example{
			Name: name(i), Text: l.Text, Scenario: policyv1.Scenario(policyv1.Scenario_value[l.Scenario]),
		})
	}
	return out
}

// tally counts what was guessed for what.
type tally map[string]map[string]int

func (c tally) add(truth, guess string) {
	if c[truth] == nil {
		c[truth] = map[string]int{}
	}
	c[truth][guess]++
}

// macro is the mean of the scenarios' F1, and report a line for each.
func (c tally) macro() (float64, string) {
	var sum float64
	var report bytes.Buffer
	for number := range int32(len(policyv1.Scenario_name) - 1) {
		name := policyv1.Scenario(number + 1).String()
		var right, guessed, all int
		for truth, guesses := range c {
			guessed += guesses[name]
			if truth == name {
				right = guesses[name]
				for _, n := range guesses {
					all += n
				}
			}
		}
		f1 := 0.0
		if right > 0 {
			f1 = 2 * float64(right) / float64(guessed+all)
		}
		sum += f1
		fmt.Fprintf(&report, "%-10s %4d texts  recall %.2f  precision %.2f  F1 %.2f  %v\n", name, all,
			float64(right)/float64(max(all, 1)), float64(right)/float64(max(guessed, 1)), f1, c[name])
	}
	return sum / float64(len(policyv1.Scenario_name)-1), report.String()
}

// score guesses the scenario of each letter.
func score(guess func(text string) string, of []letter, into tally) {
	for _, l := range of {
		into.add(l.Scenario, guess(l.Text))
	}
}

// folds is how many parts the development letters are split into, each guessed from the others.
const folds = 5

// crossValidate has each fold guessed by what was learnt from the others.
func crossValidate(all []letter, learn func(known []letter) func(text string) string) tally {
	counts := tally{}
	for fold := range folds {
		var known, asked []letter
		for i, l := range all {
			if i%folds == fold {
				asked = append(asked, l)
			} else {
				known = append(known, l)
			}
		}
		score(learn(known), asked, counts)
	}
	return counts
}

const development, heldOut = "testdata/development.jsonl", "../risk/testdata/held_out.jsonl"

// always has the model guess, however unsure it is.
func always(tb testing.TB) *policyv1.Suggestions {
	tb.Helper()
	cfg := proto.CloneOf(config(tb))
	cfg.MinConfidence = 0.001
	return cfg
}

// TestMeasured prints what docs/assessment.md reports, and holds that it does not get worse. The held-out letters were written and
// labelled by somebody who knew nothing of this package, and nothing here was chosen by them.
func TestMeasured(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2")
	known, unseen := letters(t, development), letters(t, heldOut)
	require.GreaterOrEqual(t, len(known), 250)
	ours := func(known []letter) func(string) string {
		m := model(t, always(t))
		m.Learn(examples(known)...)
		return func(text string) string { return m.Suggest(text).Scenario.Value }
	}
	theirs := func(known []letter) func(string) string { return newBayes(known).guess }
	for _, measured := range []struct {
		name  string
		count func(tally)
		floor float64
	}{
		{"development, seed words only", func(c tally) { score(ours(nil), known, c) }, 0.80},
		{"development, each fifth from the others", func(c tally) { maps.Copy(c, crossValidate(known, ours)) }, 0.85},
		{"development, each fifth from the others, naive Bayes", func(c tally) { maps.Copy(c, crossValidate(known, theirs)) }, 0},
		{"held out, seed words only", func(c tally) { score(ours(nil), unseen, c) }, 0},
		{"held out, learnt from development", func(c tally) { score(ours(known), unseen, c) }, 0},
		{"held out, learnt from development, naive Bayes", func(c tally) { score(theirs(known), unseen, c) }, 0},
		{"held out, each fifth from the others", func(c tally) { maps.Copy(c, crossValidate(unseen, ours)) }, 0},
		{"held out, each fifth from the others, naive Bayes", func(c tally) { maps.Copy(c, crossValidate(unseen, theirs)) }, 0},
	} {
		counts := tally{}
		measured.count(counts)
		macro, report := counts.macro()
		t.Logf("%s: macro-F1 %.3f\n%s", measured.name, macro, report)
		require.GreaterOrEqual(t, macro, measured.floor, measured.name)
	}
}
