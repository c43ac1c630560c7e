package risk

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/script"
)

// weights are what the second opinion learned from the letters of testdata.
//
//go:embed weights.txt
var weights []byte

// Analyser reads texts by one lexicon. It never changes and is safe for concurrent use.
type Analyser struct {
	*vocabulary

	lexicon *lexicon
	weights map[weighed]int32
	limits  *policyv1.RiskLimits
	// opinion is the second one; nil when it is switched off.
	opinion *opinion
	// readers have memory for a text to be read.
	readers *sync.Pool
}

// weighed is what has a weight.
type weighed struct {
	kind   policyv1.SignalKind
	target policyv1.SignalTarget
}

// Reading is what an Analyser found in a text.
type Reading struct {
	// Signals are in the order of the text. Two of the same kind and target do not overlap.
	Signals []Signal
	// Kind is the proposal of what the text is as a further message (REC-5); never unset.
	Kind policyv1.MessageKind
}

// Signal is one thing found, with its evidence.
type Signal struct {
	// Kind is what it is.
	Kind policyv1.SignalKind
	// Target is whom or what an escalation turns to; unset where none is named and for signals that are no escalation.
	Target policyv1.SignalTarget
	// Weight is the policy's, from 0 to 100.
	Weight int32
	// Start and End bound the evidence in the text as it was given, counted in runes: []rune(text)[Start:End].
	Start, End int
	// Quote is the evidence itself.
	Quote string
	// Rule names what in this package decided; docs/risk.md lists them.
	Rule string
}

// New makes an Analyser, which takes a moment: the Chinese words are expanded into
// traditional characters and all words are compiled. It fails for a lexicon that
// the policy's checks would refuse, and when the tables of characters cannot be read.
func New(words *policyv1.Risk) (*Analyser, error) {
	lexicon, err := compile(words.GetWords())
	if err != nil {
		return nil, err
	}
	simple, err := script.Simplified(firstHan, lastHan)
	if err != nil {
		return nil, fmt.Errorf("risk: %w", err)
	}
	a := &Analyser{
		vocabulary: newVocabulary(simple, lexicon.numbers), lexicon: lexicon, weights: make(map[weighed]int32), limits: words.GetLimits(),
		readers: &sync.Pool{New: func() any { return new(reader) }},
	}
	for _, weight := range words.GetWeights() {
		a.weights[weighed{weight.GetKind(), weight.GetTarget()}] = weight.GetWeight()
	}
	a.opinion, err = newOpinion(weights, words.GetOpinion())
	if err != nil {
		return nil, err
	}
	return a, nil
}

// With is an Analyser that goes by other weights, which are written as the built-in ones.
// It fails when they cannot be read.
func (a *Analyser) With(weights []byte, thresholds *policyv1.RiskOpinion) (*Analyser, error) {
	opinion, err := newOpinion(weights, thresholds)
	if err != nil {
		return nil, err
	}
	other := *a
	other.opinion = opinion
	return &other, nil
}

// Analyse reads a text. It takes time in proportion to its length, whatever is in
// it, and accepts any bytes: what is no UTF-8 counts as one rune a byte, as in []rune(text).
func (a *Analyser) Analyse(words string) Reading {
	r := a.read(words)
	r.grammar()
	if a.opinion != nil {
		r.reconsider()
	}
	r.forget()
	slices.SortStableFunc(r.signals, func(a, b Signal) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(b.End, a.End))
	})
	r.signals = distinct(r.signals)
	reading := Reading{Signals: append([]Signal(nil), r.signals...), Kind: r.kind()}
	r.release()
	return reading
}

// grammar judges the candidates, and notes what else there is.
func (r *reader) grammar() {
	for _, c := range r.candidates() {
		before := len(r.signals)
		r.judge(c)
		if len(r.signals) == before {
			r.undecided = append(r.undecided, c.clause)
		}
	}
	r.mood()
}

// signal notes what was found between two places of the comparable text.
func (r *reader) signal(kind policyv1.SignalKind, target policyv1.SignalTarget, start, end int, rule string) {
	weight, ok := r.weights[weighed{kind, target}]
	if !ok {
		weight = r.weights[weighed{kind: kind}]
	}
	from, to := r.origin(start, end)
	r.places = append(r.places, span{start, end})
	r.signals = append(r.signals, Signal{
		Kind: kind, Target: target, Weight: weight, Start: from, End: to, Quote: string(r.runes[from:to]), Rule: rule,
	})
}

// distinct leaves out signals that overlap an earlier one of the same kind and target.
func distinct(signals []Signal) []Signal {
	last := make(map[weighed]int)
	kept := signals[:0]
	for _, s := range signals {
		key := weighed{s.Kind, s.Target}
		if end, ok := last[key]; ok && s.Start < end {
			continue
		}
		last[key] = s.End
		kept = append(kept, s)
	}
	return kept
}
