package train

import (
	"math"
)

// settings are how the weights are learned: follow the regularised leader (FTRL-proximal), one
// logistic regression for each label, all over the same clauses.
type settings struct {
	// alpha and beta are the rate; l1 makes weights zero, l2 small.
	alpha, beta, l1, l2 float64
	epochs              int
	// least is in how many clauses a feature must be.
	least int
	// skip is the error from which on a clause teaches.
	skip float64
	// weak is the weight, in the units of the file, below which one is left out of it.
	weak int
}

func standard() settings {
	return settings{alpha: 0.05, beta: 1, l1: 0.5, l2: 1, epochs: 8, least: 4, skip: 0.01, weak: 3}
}

// labels is how many there are.
const labels = 14

// places: in the clause itself, in the one before, in the one after.
const places = 3

// fitted are weights: by place, feature and label.
type fitted struct {
	*corpus
	settings

	weights []float64
	known   []bool
}

// row is where the weights of a feature begin.
func (f *fitted) row(place int, feature int32) int {
	return (place*len(f.names) + int(feature)) * labels
}

// active lists the rows of what is seen from a clause.
func (f *fitted) active(rows []int, l *letter, at int) []int {
	for _, id := range l.clauses[at].features {
		if f.known[id] {
			rows = append(rows, f.row(0, id))
		}
	}
	if at > 0 {
		for _, id := range l.clauses[at-1].near {
			if f.known[id] {
				rows = append(rows, f.row(1, id))
			}
		}
	}
	if at+1 < len(l.clauses) {
		for _, id := range l.clauses[at+1].near {
			if f.known[id] {
				rows = append(rows, f.row(2, id))
			}
		}
	}
	return rows
}

// score adds up the weights of rows.
func (f *fitted) score(rows []int) [labels]float64 {
	var sum [labels]float64
	for _, row := range rows {
		w := f.weights[row : row+labels]
		for k := range sum {
			sum[k] += w[k]
		}
	}
	return sum
}

// fit learns from the letters that are chosen.
func (c *corpus) fit(s settings, chosen func(*letter) bool) *fitted {
	f := &fitted{corpus: c, settings: s, known: make([]bool, len(c.names)), weights: make([]float64, places*len(c.names)*labels)}
	type where struct {
		*letter

		at int
	}
	var all []where
	counts := make([]int, len(c.names))
	last := make([]int, len(c.names))
	for i := range c.letters {
		l := &c.letters[i]
		if !chosen(l) {
			continue
		}
		for at := range l.clauses {
			all = append(all, where{l, at})
			for _, id := range l.clauses[at].features {
				if last[id] != len(all) {
					last[id] = len(all)
					counts[id]++
				}
			}
		}
	}
	for id, n := range counts {
		f.known[id] = n >= s.least
	}
	leader := newLeader(s, f.weights)
	rows := make([]int, 0, 4096)
	for epoch := range s.epochs {
		shuffle(uint64(epoch+1), len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, w := range all {
			rows = f.active(rows[:0], w.letter, w.at)
			sum := f.score(rows)
			var errs [labels]float64
			var wrong []int
			for k := range labels {
				if epoch == 0 && w.clauses[w.at].unknown[k] || epoch > 0 && w.clauses[w.at].unknown[k] && !f.best(w.letter, w.at, k) {
					continue
				}
				y := 0.0
				if w.clauses[w.at].is[k] || w.clauses[w.at].unknown[k] {
					y = 1
				}
				e := sigmoid(sum[k]) - y
				if math.Abs(e) >= s.skip {
					errs[k] = e
					wrong = append(wrong, k)
				}
			}
			if len(wrong) > 0 {
				leader.learn(rows, wrong, &errs)
			}
		}
	}
	return f
}

// best tells whether a clause is the one of its letter that has a label most, as far as is learned.
func (f *fitted) best(l *letter, at, label int) bool {
	var rows []int
	most, place := math.Inf(-1), -1
	for i := range l.clauses {
		if l.clauses[i].is[label] {
			return false
		}
		rows = f.active(rows[:0], l, i)
		if s := f.score(rows)[label]; s > most {
			most, place = s, i
		}
	}
	return place == at
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// shuffle is the same on each machine and in each version of Go.
func shuffle(seed uint64, n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		seed = seed*6364136223846793005 + 1442695040888963407
		swap(i, int((seed>>33)%uint64(i+1)))
	}
}

// leader is the state of FTRL.
type leader struct {
	settings

	weights, z, n []float64
}

func newLeader(s settings, weights []float64) *leader {
	return &leader{s, weights, make([]float64, len(weights)), make([]float64, len(weights))}
}

// learn moves the weights of rows. The conversions keep the compiler from fusing, which
// would give other last digits on other machines.
func (l *leader) learn(rows, wrong []int, errs *[labels]float64) {
	for _, row := range rows {
		for _, k := range wrong {
			at, g := row+k, errs[k]
			before := l.n[at]
			l.n[at] = before + float64(g*g)
			root := math.Sqrt(l.n[at])
			l.z[at] += g - float64((root-math.Sqrt(before))/l.alpha*l.weights[at])
			z := l.z[at]
			switch {
			case z > l.l1:
				l.weights[at] = (l.l1 - z) / ((l.beta+root)/l.alpha + l.l2)
			case z < -l.l1:
				l.weights[at] = (-l.l1 - z) / ((l.beta+root)/l.alpha + l.l2)
			default:
				l.weights[at] = 0
			}
		}
	}
}
