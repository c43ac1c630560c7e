package risk_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/internal/policy"
)

// letter is a line of testdata: what a customer wrote, and what a person says is in it.
type letter struct {
	ID      string   `json:"id"`
	Lang    string   `json:"lang"`
	Text    string   `json:"text"`
	Signals []string `json:"signals"`
	Kind    string   `json:"kind"`
	Note    string   `json:"note"`
}

// letters reads a file of testdata.
func letters(tb testing.TB, path string) []letter {
	tb.Helper()
	file, err := os.Open(path)
	require.NoError(tb, err)
	defer file.Close()
	var all []letter
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var l letter
		require.NoError(tb, json.Unmarshal(lines.Bytes(), &l), "%s after %d letters", path, len(all))
		all = append(all, l)
	}
	require.NoError(tb, lines.Err())
	return all
}

// analyser is one of the built-in lexicon.
func analyser(tb testing.TB) *risk.Analyser {
	tb.Helper()
	p, err := policy.Default()
	require.NoError(tb, err)
	a, err := risk.New(p.Proto().GetRisk())
	require.NoError(tb, err)
	return a
}

// score counts a label.
type score struct{ texts, found, right int }

func (s score) precision() float64 { return share(s.right, s.found) }
func (s score) recall() float64    { return share(s.right, s.texts) }
func (s score) f1() float64 {
	return 2 * s.precision() * s.recall() / max(s.precision()+s.recall(), 1e-9)
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// floors are what the development letters must reach: precision, recall.
func floors() map[string][2]float64 {
	return map[string][2]float64{
		"THREAT": {0.9, 0.9}, "ALREADY_ESCALATED": {0.9, 0.9}, "CALL_TO_EXPOSE": {0.9, 0.9}, "OPPONENT_THREAT": {0.9, 0.9},
		"PAST_OR_HYPOTHETICAL": {0.8, 0.8}, "MENTION": {0.7, 0.7}, "EMOTION": {0.8, 0.8}, "DEMAND_RISE": {0.8, 0.8},
		"REPEATED_ISSUE": {0.8, 0.8}, "OFFER_REJECTED": {0.8, 0.8}, "CHASE": {0.8, 0.8},
	}
}

// escalations are the labels that a text without any escalation must not get.
func escalations() []string {
	return []string{"THREAT", "ALREADY_ESCALATED", "CALL_TO_EXPOSE", "OPPONENT_THREAT", "PAST_OR_HYPOTHETICAL", "MENTION"}
}

// TestMeasured scores every file of testdata by label, as docs/risk.md explains, and holds the development
// letters to floors. With -v it lists each miss. The held-out letters have no floors: they are for measuring.
func TestMeasured(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2", "REC-5")
	a := analyser(t)
	files, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			measured := measure(t, a, letters(t, path))
			t.Log("\n" + measured.table())
			for _, miss := range measured.misses {
				t.Log(miss)
			}
			if !strings.HasPrefix(filepath.Base(path), "development") {
				return
			}
			for label, floor := range floors() {
				if label == "MENTION" && path != "testdata/development.jsonl" {
					continue // Half of what these letters name is a matter of taste.
				}
				require.GreaterOrEqual(t, measured.labels[label].precision(), floor[0], "precision of %s", label)
				require.GreaterOrEqual(t, measured.labels[label].recall(), floor[1], "recall of %s", label)
			}
			require.LessOrEqual(t, share(measured.alarms, measured.quiet), 0.02, "false alarms")
			require.GreaterOrEqual(t, share(measured.kinds, measured.letters), 0.9, "kinds")
		})
	}
}

// measurement is what scoring a file gives.
type measurement struct {
	letters int
	labels  map[string]score
	// kinds counts letters whose kind is right.
	kinds int
	// quiet counts letters without any escalation, alarms those of them that got one.
	quiet, alarms int
	misses        []string
}

// measure scores letters.
func measure(t *testing.T, a *risk.Analyser, all []letter) measurement {
	t.Helper()
	m := measurement{letters: len(all), labels: make(map[string]score)}
	for _, l := range all {
		reading := a.Analyse(l.Text)
		found := make(map[string]string)
		for _, s := range reading.Signals {
			found[s.Kind.String()] += fmt.Sprintf(" %q(%s)", s.Quote, s.Rule)
		}
		quiet, alarm := true, false
		for number, label := range policyv1.SignalKind_name {
			if number == 0 {
				continue
			}
			want := slices.Contains(l.Signals, label)
			quote, got := found[label]
			s := m.labels[label]
			s.texts, s.found, s.right = s.texts+count(want), s.found+count(got), s.right+count(want && got)
			m.labels[label] = s
			if slices.Contains(escalations(), label) {
				quiet, alarm = quiet && !want, alarm || got
			}
			switch {
			case want && !got:
				m.misses = append(m.misses, fmt.Sprintf("%s lacks %s: %s", l.ID, label, l.Text))
			case got && !want:
				m.misses = append(m.misses, fmt.Sprintf("%s has %s%s: %s", l.ID, label, quote, l.Text))
			}
		}
		m.quiet, m.alarms = m.quiet+count(quiet), m.alarms+count(quiet && alarm)
		m.kinds += count(l.Kind == reading.Kind.String())
		if l.Kind != reading.Kind.String() {
			m.misses = append(m.misses, fmt.Sprintf("%s is %s, not %s: %s", l.ID, l.Kind, reading.Kind, l.Text))
		}
	}
	slices.Sort(m.misses)
	return m
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// table writes a measurement as docs/risk.md has it.
func (m measurement) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| label | texts | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |\n")
	for number := range len(policyv1.SignalKind_name) {
		label := policyv1.SignalKind_name[int32(number)]
		if s := m.labels[label]; s.texts+s.found > 0 {
			fmt.Fprintf(&b, "| %s | %d | %.2f | %.2f | %.2f |\n", label, s.texts, s.precision(), s.recall(), s.f1())
		}
	}
	fmt.Fprintf(&b, "\n%d letters; kind right in %.2f; of %d without any escalation %d got one (%.1f %%)\n",
		m.letters, share(m.kinds, m.letters), m.quiet, m.alarms, 100*share(m.alarms, m.quiet))
	return b.String()
}
