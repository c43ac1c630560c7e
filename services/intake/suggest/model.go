package suggest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Example is a complaint that somebody assessed.
type Example struct {
	// Name is the complaint's resource name; those of later complaints sort behind.
	Name string
	// Text is what the customer said. It is read and not kept.
	Text     string
	Scenario policyv1.Scenario
	// Department is its resource name, empty when it is not known.
	Department string
	Causes     []policyv1.Cause
	Ruling     policyv1.Responsibility
}

// Suggestion is what similar complaints suggest.
type Suggestion struct {
	// Scenario, Department and Causes are what is likely enough; a guess without a
	// value is none. The likeliest cause is first.
	Scenario, Department Guess
	Causes               []Guess
	// Similar are the examples that are most alike, the most alike first.
	Similar []Similar
	// Learned is how many examples it was learnt from.
	Learned int
}

// Guess is one thing suggested, by name.
type Guess struct {
	Value      string
	Confidence float64
	// Terms are those of the text that spoke for it most.
	Terms []string
}

// Similar is an example that is like the text.
type Similar struct {
	Name       string
	Similarity float64
	Scenario   policyv1.Scenario
	Ruling     policyv1.Responsibility
}

const (
	// staleness is the share of examples that may be new before all is learnt anew:
	// learning costs as much as there are examples.
	staleness = 20
	// promptly is from how many examples on that takes too long for whoever waits for
	// the answer to an assessment; then it is left to Replace.
	promptly = 300
)

// Model suggests. It is safe for concurrent use.
type Model struct {
	cfg    *policyv1.Suggestions
	reader *reader
	// departments are whose matter each scenario is before anything was learnt.
	departments       map[string]string
	scenarios, causes *lexicon

	mu       sync.Mutex
	examples map[string]*example
	stale    int
	current  atomic.Pointer[trained]
}

// New makes a model that knows the seeds only. Departments says whose matter each
// scenario is as long as nothing was learnt of it.
func New(cfg *policyv1.Suggestions, departments map[policyv1.Scenario]string) (*Model, error) {
	reader, err := newReader()
	if err != nil {
		return nil, fmt.Errorf("suggest: table of characters: %w", err)
	}
	m := &Model{cfg: cfg, reader: reader, departments: map[string]string{}, examples: map[string]*example{}}
	for scenario, department := range departments {
		m.departments[scenario.String()] = department
	}
	m.scenarios, m.causes = reader.lexicons(cfg)
	m.current.Store(m.train())
	return m, nil
}

// Learn takes examples in, each in place of an earlier one of the same name. Of
// more than the policy allows, the newest of each scenario stay. What was learnt
// shows in suggestions at once as long as there are few examples, then when a
// twentieth of them is new, and of more than three hundred after the next Replace.
func (m *Model) Learn(examples ...Example) {
	read := make([]*example, len(examples))
	for i := range examples {
		read[i] = m.read(&examples[i])
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range read {
		m.examples[e.name] = e
	}
	m.trim()
	if m.stale += len(read); len(m.examples) <= promptly && m.stale*staleness >= len(m.examples) || m.current.Load().empty() {
		m.retrain()
	}
}

// Replace learns these examples and forgets all others.
func (m *Model) Replace(examples []Example) {
	read := map[string]*example{}
	for i := range examples {
		e := m.read(&examples[i])
		read[e.name] = e
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.examples = read
	m.trim()
	m.retrain()
}

// retrain learns all examples; the caller holds the lock.
func (m *Model) retrain() {
	m.stale = 0
	m.current.Store(m.train())
}

// trim forgets the oldest examples of scenarios that have more than their share.
func (m *Model) trim() {
	if len(m.examples) <= int(m.cfg.GetMaxExamples()) {
		return
	}
	share := int(m.cfg.GetMaxExamples()) / (len(policyv1.Scenario_name) - 1)
	of := map[string][]string{}
	for name, e := range m.examples {
		of[e.scenario] = append(of[e.scenario], name)
	}
	for _, names := range of {
		slices.Sort(names)
		for _, name := range names[:max(0, len(names)-share)] {
			delete(m.examples, name)
		}
	}
}

// example is what is kept of an assessed complaint.
type example struct {
	name     string
	scenario string
	// hashes are those of its terms, each once, sorted.
	hashes             []uint32
	department         string
	causes             []string
	ruling             policyv1.Responsibility
	byScenario, byWhat map[string]float64
}

// longestKept bounds the terms that are kept of an example.
const longestKept = 2000

func (m *Model) read(e *Example) *example {
	folded := m.reader.fold(e.Text)
	out := &example{
		name: e.Name, scenario: e.Scenario.String(), department: e.Department, ruling: e.Ruling,
		byScenario: votes(m.scenarios.found(folded)), byWhat: votes(m.causes.found(folded)),
	}
	for _, cause := range e.Causes {
		out.causes = append(out.causes, cause.String())
	}
	for _, term := range terms(folded) {
		out.hashes = append(out.hashes, hash(term))
	}
	slices.Sort(out.hashes)
	out.hashes = slices.Compact(out.hashes)
	out.hashes = out.hashes[:min(len(out.hashes), longestKept)]
	return out
}
