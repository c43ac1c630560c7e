package suggest

import (
	"cmp"
	"slices"
	"strings"
)

// Suggest says what the examples suggest for a text.
func (m *Model) Suggest(text string) Suggestion {
	t := m.current.Load()
	q := m.question(t, text)
	out := Suggestion{Learned: len(t.examples), Similar: t.similar(&q.vector)}

	about := m.scenarios.found(q.folded)
	scores := t.offset(t.scenarioNames, votes(about))
	p := t.scenario.probabilities(&q.vector, scores)
	if best := highest(p); p[best] >= t.cfg.GetMinConfidence() {
		out.Scenario = Guess{t.scenarioNames[best], p[best], q.reasons(t, t.scenario, best, about[t.scenarioNames[best]])}
	}
	if p = t.department.probabilities(&q.vector, t.byScenario(scores, m.departments)); len(p) > 0 {
		best := highest(p)
		if whose := m.departments[out.Scenario.Value]; !t.departmentLearnt() && whose != "" {
			// Nobody said otherwise, so it is whose matter the scenario is, though other
			// scenarios of another department may be likelier together.
			best = slices.Index(t.departmentNames, whose)
		}
		if best >= 0 && p[best] >= t.cfg.GetMinConfidence() {
			out.Department = Guess{t.departmentNames[best], p[best], q.reasons(t, t.department, best, nil)}
			if len(out.Department.Terms) == 0 && m.departments[out.Scenario.Value] == out.Department.Value {
				out.Department.Terms = out.Scenario.Terms // It is whose matter the scenario is.
			}
		}
	}
	because := m.causes.found(q.folded)
	what := votes(because)
	for i, cause := range t.causeNames {
		p := t.causes[i].probabilities(&q.vector, t.likely(what[cause]))
		if p[1] >= t.cfg.GetMinConfidence() {
			out.Causes = append(out.Causes, Guess{cause, p[1], q.reasons(t, t.causes[i], 1, because[cause])})
		}
	}
	slices.SortStableFunc(out.Causes, func(a, b Guess) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return out
}

// departmentLearnt tells whether somebody ever named a department.
func (t *trained) departmentLearnt() bool {
	return slices.ContainsFunc(t.examples, func(e *example) bool { return e.department != "" })
}

// question is a text that is asked about.
type question struct {
	folded string
	vector vector
	// words are the terms of the vector.
	words []string
}

func (m *Model) question(t *trained, text string) question {
	q := question{folded: m.reader.fold(text)}
	of := map[uint32]string{}
	var hashes []uint32
	for _, term := range terms(q.folded) {
		h := hash(term)
		if of[h] == "" {
			of[h] = term
			hashes = append(hashes, h)
		}
	}
	slices.Sort(hashes)
	q.vector = t.vector(hashes)
	for _, h := range hashes {
		if at, ok := t.index[h]; ok && t.rarity[at] != 0 {
			q.words = append(q.words, of[h])
		}
	}
	return q
}

func highest(p []float64) int {
	best := 0
	for k := range p {
		if p[k] >= p[best] {
			best = k
		}
	}
	return best
}

// reasons are the words that spoke for a class most: seeds first, then terms, those
// left out that are part of one that was named.
func (q *question) reasons(t *trained, l *linear, class int, seeds []string) (out []string) {
	limit := int(t.cfg.GetMaxReasons())
	add := func(word string) {
		for _, named := range out {
			if strings.Contains(named, word) {
				return
			}
		}
		if len(out) < limit {
			out = append(out, word)
		}
	}
	for _, word := range seeds {
		add(word)
	}
	order := make([]int, len(q.words))
	speaks := make([]float64, len(q.words))
	for i := range q.words {
		order[i], speaks[i] = i, l.speaks(&q.vector, i, class)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(speaks[b], speaks[a]), cmp.Compare(q.words[a], q.words[b]))
	})
	for _, i := range order {
		if speaks[i] <= 0 || len(out) == limit {
			break
		}
		add(strings.TrimSpace(q.words[i]))
	}
	return out
}

// similar are the examples that are most alike: the cosine of their terms.
func (t *trained) similar(v *vector) []Similar {
	const least = 0.05
	alike := make([]float32, len(t.examples))
	for i, at := range v.at {
		for _, p := range t.having[at] {
			alike[p.example] += v.weight[i] * p.weight
		}
	}
	var found []int
	for i := range alike {
		if alike[i] >= least {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b int) int {
		return cmp.Or(cmp.Compare(alike[b], alike[a]), cmp.Compare(t.examples[b].name, t.examples[a].name))
	})
	var out []Similar
	for _, i := range found[:min(len(found), int(t.cfg.GetMaxReasons()))] {
		e := t.examples[i]
		out = append(out, Similar{Name: e.name, Similarity: min(1, float64(alike[i])), Scenario: scenarioOf(e.scenario), Ruling: e.ruling})
	}
	return out
}
