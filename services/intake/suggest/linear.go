package suggest

import (
	"math"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// vector is a text in the terms that the model weighs: of unit length, by rising
// index.
type vector struct {
	at     []int32
	weight []float32
}

// sample is a vector with what is known of it.
type sample struct {
	vector *vector
	class  int
	// offset is what the seeds say of each class before the terms do.
	offset []float64
}

// linear weighs terms for classes that exclude each other: logistic regression.
type linear struct {
	// weights are those of each class, the last one for no term at all.
	weights [][]float32
}

const (
	// bias is the weight of the term that every text has.
	bias = 0.1
	// mostDecay bounds how far weights are drawn back at a step.
	mostDecay = 0.05
)

// fit learns from samples, in their order: stochastic gradient descent whose steps
// grow smaller, with weights drawn back to zero all the time, so that what few
// examples have in common by chance does not outvote the seeds.
func fit(samples []sample, classes, terms int, cfg *policyv1.Suggestions) *linear {
	l := &linear{weights: make([][]float32, classes)}
	for k := range classes {
		l.weights[k] = make([]float32, terms+1)
	}
	if classes < 2 {
		return l
	}
	// The weights are kept divided by a scale, so that all shrink by one product.
	scale, step := 1.0, 0
	decay := min(cfg.GetDecay()/float64(max(len(samples), 1)), mostDecay)
	for range cfg.GetPasses() {
		for i := range samples {
			step++
			rate := cfg.GetRate() / (1 + cfg.GetRate()*decay*float64(step))
			p := l.scaled(samples[i].vector, samples[i].offset, scale)
			scale *= 1 - rate*decay
			l.move(&samples[i], p, rate/scale)
		}
	}
	for _, weights := range l.weights {
		for at := range weights {
			weights[at] *= float32(scale)
		}
	}
	return l
}

// move moves the weights towards what is known of one sample.
func (l *linear) move(s *sample, p []float64, rate float64) {
	for k, weights := range l.weights {
		wrong := p[k]
		if k == s.class {
			wrong--
		}
		by := float32(rate * wrong)
		for i, at := range s.vector.at {
			weights[at] -= by * s.vector.weight[i]
		}
		weights[len(weights)-1] -= by * bias
	}
}

// probabilities are how likely each class is.
func (l *linear) probabilities(v *vector, offset []float64) []float64 { return l.scaled(v, offset, 1) }

// scaled is probabilities for weights that are divided by a scale.
func (l *linear) scaled(v *vector, offset []float64, scale float64) []float64 {
	scores := make([]float64, len(l.weights))
	highest := math.Inf(-1)
	for k, weights := range l.weights {
		sum := bias * float64(weights[len(weights)-1])
		for i, at := range v.at {
			sum += float64(weights[at]) * float64(v.weight[i])
		}
		scores[k] = sum*scale + offset[k]
		highest = max(highest, scores[k])
	}
	var total float64
	for k := range scores {
		scores[k] = math.Exp(scores[k] - highest)
		total += scores[k]
	}
	for k := range scores {
		scores[k] /= total
	}
	return scores
}

// speaks is how much the i-th term of a vector speaks for a class rather than for
// the others.
func (l *linear) speaks(v *vector, i, class int) float64 {
	if len(l.weights) < 2 {
		return 0
	}
	var others float64
	for k, weights := range l.weights {
		if k != class {
			others += float64(weights[v.at[i]])
		}
	}
	return float64(v.weight[i]) * (float64(l.weights[class][v.at[i]]) - others/float64(len(l.weights)-1))
}
