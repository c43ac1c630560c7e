package risk

import (
	"cmp"
	"math"
	"unicode"
	"unicode/utf8"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// opinion is the second one about a text: what a linear model, learned from letters,
// holds of each clause. The grammar's findings are among what it looks at.
type opinion struct {
	*model

	// least is the score from which on a clause has a label, bare the same for a clause
	// without a word of turning elsewhere, alone for one in which the grammar finds no
	// such thing; asked tells for which labels there is one.
	least, bare, alone [labels]float64
	asked              [labels]bool
	// clauses is how many a letter may have before more is asked for; 0 for any number.
	clauses int
}

// newOpinion reads weights and the policy's thresholds; it is nil when the policy asks for none.
func newOpinion(weights []byte, policy *policyv1.RiskOpinion) (*opinion, error) {
	if !policy.GetEnabled() {
		return nil, nil //nolint:nilnil // No opinion is what the policy may want.
	}
	model, err := parseModel(weights)
	if err != nil {
		return nil, err
	}
	o := &opinion{model: model, clauses: int(policy.GetClauses())}
	for _, t := range policy.GetThresholds() {
		for i, l := range learned() {
			if l.Kind == t.GetKind() && l.Message == t.GetMessage() {
				o.asked[i] = true
				o.least[i] = logit(t.GetPercent())
				o.bare[i] = logit(cmp.Or(t.GetPercentBare(), t.GetPercent()))
				o.alone[i] = logit(cmp.Or(t.GetPercentAlone(), t.GetPercent()))
			}
		}
	}
	return o, nil
}

// rise is how much more is asked for in a letter of many clauses.
func (o *opinion) rise(clauses int) float64 {
	if o.clauses == 0 || clauses <= o.clauses {
		return 0
	}
	return math.Log(float64(clauses) / float64(o.clauses))
}

// logit is the score of a probability.
func logit(percent int32) float64 {
	p := float64(percent) / 100
	return math.Log(p / (1 - p))
}

// score is what the model holds of each clause, by label.
func (r *reader) score(m *model) []int32 {
	// A clause of room before and after, for the weights of neighbours that there are none of.
	r.scores = zeros(r.scores, (len(r.clauses)+2)*labels)
	all := r.scores
	var letter sums
	r.observe(func(clause int, _ byte, id uint64, _ []token) bool {
		of, to := m.row(id), &letter
		if clause != everywhere {
			to = (*sums)(all[clause*labels:])
		}
		m.add(to, *of)
		return of.id == id
	})
	for i := range r.clauses {
		for k, s := range letter {
			all[i*labels+k] += s
		}
	}
	return all[labels : len(all)-labels]
}

// Compete turns the scores of a clause into those that thresholds are for: a clause has
// one label of escalation, or none, so what speaks for one speaks against the others.
func Compete(scores [labels]float64) [labels]float64 {
	all := scores
	for k := range exclusive {
		others := 1.0
		for j := range exclusive {
			if j != k {
				others += math.Exp(scores[j])
			}
		}
		all[k] -= math.Log(others)
	}
	return all
}

// belief tells which labels each clause has, and how strongly.
func (r *reader) belief() [][labels]float64 {
	scores := r.score(r.opinion.model)
	r.beliefs = zeros(r.beliefs, len(r.clauses))
	all := r.beliefs
	for i := range all {
		maybe := false
		for k, s := range scores[i*labels : (i+1)*labels] {
			all[i][k] = float64(s) / Unit
			maybe = maybe || r.opinion.asked[k] && all[i][k] >= min(r.opinion.least[k], r.opinion.bare[k])
		}
		if maybe { // To compete makes none stronger.
			all[i] = Compete(all[i])
		}
	}
	return all
}

// reconsider lets the second opinion confirm or drop what the grammar found, and add
// what it did not find: the clause that has the label most.
func (r *reader) reconsider() {
	if len(r.clauses) == 0 {
		return
	}
	belief := r.belief()
	rise := r.opinion.rise(len(r.clauses))
	has := func(i, label int, alone bool) bool {
		o, held := r.opinion, belief[i][label]
		if alone { // What the grammar found as well is no accident of many clauses.
			held -= rise
		}
		switch {
		case !o.asked[label] || held < min(o.least[label], o.bare[label]), alone && held < o.alone[label]:
			return false
		case r.bare(i) >= 2:
			return held >= o.bare[label]
		default:
			return held >= o.least[label]
		}
	}
	r.found = zeros(r.found, len(r.clauses))
	found := func(i, label int) bool { return r.found[i]&(1<<label) != 0 }
	kept, places := r.signals[:0], r.places[:0]
	for n, s := range r.signals {
		i, label := r.clauseAt(r.places[n].start), labelOf(s.Kind)
		if label >= 0 && r.opinion.asked[label] {
			if !has(i, label, false) {
				continue
			}
			r.found[i] |= 1 << label
		}
		kept, places = append(kept, s), append(places, r.places[n])
	}
	r.signals, r.places = kept, places
	for i := range r.clauses {
		for label, l := range learned() {
			if found(i, label) || !has(i, label, true) || l.Kind == policyv1.SignalKind_OFFER_REJECTED && r.agreed(i) {
				continue
			}
			if l.Kind == threat && belief[i][label]-rise < (r.opinion.bare[label]+r.opinion.alone[label])/2 && !r.turns(i) {
				continue // A threat that names neither whom nor a step has to be clearer, if not as clear as one without any word of turning elsewhere.
			}
			clearer := func(j int) bool { // What stands next may say it more clearly.
				return j >= 0 && j < len(r.clauses) && r.clauses[j].sentence == r.clauses[i].sentence &&
					(found(j, label) || belief[j][label] > belief[i][label])
			}
			if l.Kind == policyv1.SignalKind_SIGNAL_KIND_UNSPECIFIED {
				r.messages |= 1 << l.Message
				continue
			}
			if start, end := r.trimmed(i); start < end && !clearer(i-1) && !clearer(i+1) {
				r.signal(l.Kind, r.aim(i, l.Kind), start, end, "learned")
			}
		}
	}
}

// turns tells whether whom one turns to, or a step, is named in a clause or beside it in the same sentence. Verbs are not enough:
// "file" and "complain" are what one does at the firm as well.
func (r *reader) turns(i int) bool {
	from, to := i, i
	if i > 0 && r.clauses[i-1].sentence == r.clauses[i].sentence {
		from--
	}
	if i+1 < len(r.clauses) && r.clauses[i+1].sentence == r.clauses[i].sentence {
		to++
	}
	return r.has(r.clauses[from].first, r.clauses[to].last, rolesOf(
		policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_VAGUE_BODY, policyv1.RiskRole_ANNOUNCEMENT,
		policyv1.RiskRole_STEP, policyv1.RiskRole_STEP_DONE, policyv1.RiskRole_CONDITIONAL_STEP, policyv1.RiskRole_CALL)) >= 0
}

// trimmed is a clause without the blanks and marks around it.
func (r *reader) trimmed(i int) (int, int) {
	start, end := r.clauses[i].start, r.clauses[i].end
	idle := func(c rune) bool { return unicode.IsSpace(c) || unicode.IsPunct(c) }
	for start < end {
		c, size := utf8.DecodeRune(r.plain[start:])
		if !idle(c) {
			break
		}
		start += size
	}
	for end > start {
		c, size := utf8.DecodeLastRune(r.plain[start:end])
		if !idle(c) {
			break
		}
		end -= size
	}
	return start, end
}

// aim is the target that is named in a clause, or beside it in the same sentence.
func (r *reader) aim(i int, kind policyv1.SignalKind) policyv1.SignalTarget {
	if kind > mention {
		return policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED
	}
	parts := []policyv1.RiskRole{
		policyv1.RiskRole_BODY, policyv1.RiskRole_OFFICE, policyv1.RiskRole_ANNOUNCEMENT, policyv1.RiskRole_STEP, policyv1.RiskRole_STEP_DONE,
		policyv1.RiskRole_CONDITIONAL_STEP, policyv1.RiskRole_VAGUE_BODY, policyv1.RiskRole_CALL,
	}
	for _, j := range []int{i, i - 1, i + 1} {
		if j < 0 || j >= len(r.clauses) || r.clauses[j].sentence != r.clauses[i].sentence {
			continue
		}
		for _, h := range r.hits[r.clauses[j].first:r.clauses[j].last] {
			if target := h.target(parts...); target != 0 {
				return target
			}
		}
	}
	return policyv1.SignalTarget_SIGNAL_TARGET_UNSPECIFIED
}
