package suggest

import (
	"cmp"
	"math"
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// trained is what was learnt of a set of examples. It never changes.
type trained struct {
	cfg *policyv1.Suggestions
	// index has the place of each term that is weighed, and rarity its weight.
	index  map[uint32]int32
	rarity []float32

	scenarioNames   []string
	scenario        *linear
	departmentNames []string
	department      *linear
	causeNames      []string
	// causes tells for each cause whether it is one.
	causes []*linear

	examples []*example
	// having lists for each term the examples that have it.
	having [][]posting
}

// posting is that an example has a term, and with what weight.
type posting struct {
	example int32
	weight  float32
}

// rareTerms is from how many examples on a term that only one has is left out, and
// unlikely the score of a cause that nothing speaks for.
const (
	rareTerms = 40
	unlikely  = -3.0
)

// empty tells whether nothing was learnt.
func (t *trained) empty() bool { return len(t.examples) == 0 }

// train learns all examples. They are brought into an order that their names decide
// but that has nothing to do with time.
func (m *Model) train() *trained {
	t := &trained{cfg: m.cfg, index: map[uint32]int32{}}
	for _, e := range m.examples {
		t.examples = append(t.examples, e)
	}
	slices.SortFunc(t.examples, func(a, b *example) int {
		return cmp.Or(cmp.Compare(hash(a.name), hash(b.name)), cmp.Compare(a.name, b.name))
	})
	t.count()
	vectors := make([]vector, len(t.examples))
	t.having = make([][]posting, len(t.rarity))
	for i, e := range t.examples {
		vectors[i] = t.vector(e.hashes)
		for j, at := range vectors[i].at {
			t.having[at] = append(t.having[at], posting{int32(i), vectors[i].weight[j]})
		}
	}
	t.learnScenarios(vectors)
	t.learnDepartments(vectors, m.departments)
	t.learnCauses(vectors, m.causes.labels)
	return t
}

// count chooses the terms that are weighed: those that most examples have.
func (t *trained) count() {
	in := map[uint32]int{}
	for _, e := range t.examples {
		for _, h := range e.hashes {
			in[h]++
		}
	}
	var chosen []uint32
	for h, n := range in {
		if n > 1 || len(t.examples) < rareTerms {
			chosen = append(chosen, h)
		}
	}
	slices.SortFunc(chosen, func(a, b uint32) int { return cmp.Or(cmp.Compare(in[b], in[a]), cmp.Compare(a, b)) })
	chosen = chosen[:min(len(chosen), int(t.cfg.GetMaxTerms()))]
	t.rarity = make([]float32, len(chosen))
	for i, h := range chosen {
		t.index[h] = int32(i)
		t.rarity[i] = float32(math.Log(float64(len(t.examples)+1) / float64(in[h]+1)))
	}
}

// vector is a text of these terms as the model sees it.
func (t *trained) vector(hashes []uint32) vector {
	var v vector
	var sum float64
	for _, h := range hashes {
		at, ok := t.index[h]
		if !ok || t.rarity[at] == 0 {
			continue
		}
		v.at = append(v.at, at)
		v.weight = append(v.weight, t.rarity[at])
		sum += float64(t.rarity[at]) * float64(t.rarity[at])
	}
	length := float32(math.Sqrt(sum))
	for i := range v.weight {
		v.weight[i] /= length
	}
	return v
}

func (t *trained) learnScenarios(vectors []vector) {
	for number := range int32(len(policyv1.Scenario_name)) {
		if number > 0 {
			t.scenarioNames = append(t.scenarioNames, policyv1.Scenario(number).String())
		}
	}
	samples := make([]sample, len(t.examples))
	for i, e := range t.examples {
		samples[i] = sample{&vectors[i], slices.Index(t.scenarioNames, e.scenario), t.offset(t.scenarioNames, e.byScenario)}
	}
	t.scenario = fit(samples, len(t.scenarioNames), len(t.rarity), t.cfg)
}

// offset is what votes say of labels in their order.
func (t *trained) offset(labels []string, votes map[string]float64) []float64 {
	out := make([]float64, len(labels))
	for i, label := range labels {
		out[i] = t.cfg.GetSeedWeight() * votes[label]
	}
	return out
}

// learnDepartments learns whose matter it is: that of the scenario's department, and
// what the terms say against that.
func (t *trained) learnDepartments(vectors []vector, of map[string]string) {
	known := map[string]bool{}
	for _, department := range of {
		known[department] = true
	}
	for _, e := range t.examples {
		known[e.department] = true
	}
	delete(known, "")
	for department := range known {
		t.departmentNames = append(t.departmentNames, department)
	}
	slices.Sort(t.departmentNames)
	var samples []sample
	for i, e := range t.examples {
		if class := slices.Index(t.departmentNames, e.department); class >= 0 {
			samples = append(samples, sample{&vectors[i], class, t.byScenario(t.offset(t.scenarioNames, e.byScenario), of)})
		}
	}
	t.department = fit(samples, len(t.departmentNames), len(t.rarity), t.cfg)
}

// byScenario is what the scores of scenarios say of departments.
func (t *trained) byScenario(scores []float64, of map[string]string) []float64 {
	const little = 0.01
	out := make([]float64, len(t.departmentNames))
	var total float64
	for k, scenario := range t.scenarioNames {
		share := math.Exp(scores[k])
		total += share
		if at := slices.Index(t.departmentNames, of[scenario]); at >= 0 {
			out[at] += share
		}
	}
	for i := range out {
		out[i] = math.Log(little + out[i]/total)
	}
	return out
}

// learnCauses learns for each cause by itself whether it is one: there may be several.
func (t *trained) learnCauses(vectors []vector, all []string) {
	known := map[string]bool{}
	for _, cause := range all {
		known[cause] = true
	}
	for _, e := range t.examples {
		for _, cause := range e.causes {
			known[cause] = true
		}
	}
	for cause := range known {
		t.causeNames = append(t.causeNames, cause)
	}
	slices.Sort(t.causeNames)
	for _, cause := range t.causeNames {
		var samples []sample
		seen := false
		for i, e := range t.examples {
			class := 0
			if slices.Contains(e.causes, cause) {
				class, seen = 1, true
			}
			samples = append(samples, sample{&vectors[i], class, t.likely(e.byWhat[cause])})
		}
		if !seen {
			samples = nil // That nobody named it yet says nothing against the seeds.
		}
		t.causes = append(t.causes, fit(samples, 2, len(t.rarity), t.cfg))
	}
}

// likely is the offset of one cause: unlikely but for the seeds.
func (t *trained) likely(vote float64) []float64 {
	return []float64{0, unlikely + 2*t.cfg.GetSeedWeight()*vote}
}

func scenarioOf(name string) policyv1.Scenario {
	return policyv1.Scenario(policyv1.Scenario_value[name])
}
