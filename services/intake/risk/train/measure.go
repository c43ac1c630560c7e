package train

import (
	"fmt"
	"slices"
	"strings"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
)

// Score counts a label.
type Score struct {
	// Texts have it, Found are said to have it, Right of these truly.
	Texts, Found, Right int
}

// Precision is the share of what was found that is right, Recall the share of what there is that was found.
func (s Score) Precision() float64 { return share(s.Right, s.Found) }

// Recall is the share of what there is that was found.
func (s Score) Recall() float64 { return share(s.Right, s.Texts) }

// F1 is the harmonic mean of both.
func (s Score) F1() float64 {
	return 2 * s.Precision() * s.Recall() / max(s.Precision()+s.Recall(), 1e-9)
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Measurement is how well letters are read.
type Measurement struct {
	Letters int
	// Labels are scored over whole letters.
	Labels map[policyv1.SignalKind]Score
	// Kinds counts letters whose kind is right.
	Kinds int
	// Quiet counts letters without any escalation, Alarms those of them that got one and Named those that got a mere mention.
	Quiet, Alarms, Named int
	// Misses says what went wrong, a line each.
	Misses []string
}

// Measure reads letters and compares with what people say of them. What an earlier
// measurement counted counts as well.
func (m *Measurement) Measure(a *risk.Analyser, letters []Letter) {
	if m.Labels == nil {
		m.Labels = make(map[policyv1.SignalKind]Score)
	}
	for _, l := range letters {
		m.add(l, a.Analyse(l.Text))
	}
	slices.Sort(m.Misses)
}

func (m *Measurement) add(l Letter, reading risk.Reading) {
	found := make(map[policyv1.SignalKind]string)
	for _, s := range reading.Signals {
		found[s.Kind] += fmt.Sprintf(" %q(%s)", s.Quote, s.Rule)
	}
	quiet, alarm := true, false
	for number := range int32(len(policyv1.SignalKind_name)) {
		kind := policyv1.SignalKind(number)
		want := slices.Contains(l.Signals, kind.String())
		quote, got := found[kind]
		s := m.Labels[kind]
		m.Labels[kind] = Score{s.Texts + count(want), s.Found + count(got), s.Right + count(want && got)}
		if kind <= policyv1.SignalKind_MENTION {
			quiet, alarm = quiet && !want, alarm || got && kind < policyv1.SignalKind_MENTION
		}
		switch {
		case want && !got:
			m.Misses = append(m.Misses, fmt.Sprintf("%s lacks %s: %s", l.ID, kind, l.Text))
		case got && !want:
			m.Misses = append(m.Misses, fmt.Sprintf("%s has %s%s: %s", l.ID, kind, quote, l.Text))
		}
	}
	_, named := found[policyv1.SignalKind_MENTION]
	m.Letters++
	m.Quiet, m.Alarms, m.Named = m.Quiet+count(quiet), m.Alarms+count(quiet && alarm), m.Named+count(quiet && !alarm && named)
	m.Kinds += count(l.Kind == reading.Kind.String())
	if l.Kind != reading.Kind.String() {
		m.Misses = append(m.Misses, fmt.Sprintf("%s is %s, not %s: %s", l.ID, l.Kind, reading.Kind, l.Text))
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Table writes a measurement as docs/risk.md has it.
func (m *Measurement) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| label | texts | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |\n")
	for number := range int32(len(policyv1.SignalKind_name)) {
		if s := m.Labels[policyv1.SignalKind(number)]; s.Texts+s.Found > 0 {
			fmt.Fprintf(&b, "| %s | %d | %.2f | %.2f | %.2f |\n", policyv1.SignalKind(number), s.Texts, s.Precision(), s.Recall(), s.F1())
		}
	}
	fmt.Fprintf(&b, "\n%d letters; kind right in %.2f; of %d without any escalation %d got one (%.1f %%), and %d a mention\n",
		m.Letters, share(m.Kinds, m.Letters), m.Quiet, m.Alarms, 100*share(m.Alarms, m.Quiet), m.Named)
	return b.String()
}
