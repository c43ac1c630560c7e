package risk

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"strconv"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// A model is what was learned: for each feature, how much it speaks for or against each
// label, in the clause itself and in those right before and after it. It is read from
// text, one feature a line: its kind, its tokens, a tab, and the weights; "T+35" is 35 in
// 64ths for the label T of the clause, "<T+35" for T of the clause after it and ">T+35" of
// the one before. The letters are those of learned.
type model struct {
	// rows are a table with open addressing.
	rows []row
	// all has the weights of all features.
	all []weightOf
}

// row is where the weights of a feature begin and end; its id is 0 where there is none.
type row struct {
	id         uint64
	begin, end uint32
}

// weightOf is a weight for the label of the clause or of a neighbour, by its place in sums.
type weightOf struct{ at, weight int16 }

// sums are scores of a clause, after those of the clause before and before those of the clause after.
type sums [3 * labels]int32

// add counts the weights of a row.
func (m *model) add(to *sums, of row) {
	for _, w := range m.all[of.begin:of.end] {
		to[w.at] += int32(w.weight)
	}
}

// Label is what a clause may be: a kind of signal, or what a message of a kind says.
type Label struct {
	// Letter stands for it in the weights.
	Letter byte
	// Kind is the kind of signal; unset where Message is set.
	Kind policyv1.SignalKind
	// Message is the kind of message.
	Message policyv1.MessageKind
}

// Name is what letters of testdata call it.
func (l Label) Name() string {
	if l.Kind != policyv1.SignalKind_SIGNAL_KIND_UNSPECIFIED {
		return l.Kind.String()
	}
	return l.Message.String()
}

// labels counts them. Of the first, a clause has one at most.
const (
	labels    = 14
	exclusive = 6
)

// Labels are what is learned, in the order of the scores.
func Labels() []Label {
	all := learned()
	return all[:]
}

func learned() [labels]Label {
	return [labels]Label{
		{'T', threat, 0}, {'A', escalated, 0}, {'C', call, 0}, {'O', opponent, 0}, {'H', hypothetical, 0}, {'M', mention, 0},
		{'D', policyv1.SignalKind_DEMAND_RISE, 0}, {'G', policyv1.SignalKind_REPEATED_ISSUE, 0},
		{'R', policyv1.SignalKind_OFFER_REJECTED, 0}, {'P', policyv1.SignalKind_CHASE, 0}, {'E', policyv1.SignalKind_EMOTION, 0},
		{'Y', 0, policyv1.MessageKind_ACCEPTS}, {'K', 0, policyv1.MessageKind_THANKS}, {'W', 0, policyv1.MessageKind_WITHDRAWS},
	}
}

// labelOf is the place of a kind of signal among the labels, or -1.
func labelOf(kind policyv1.SignalKind) int {
	for i, l := range learned() {
		if l.Kind == kind && kind != 0 {
			return i
		}
	}
	return -1
}

// Unit is what weights are counted in: so many make one.
const Unit = 64

// row is that of an id, or the empty one where it would be.
func (m *model) row(id uint64) *row {
	mask := len(m.rows) - 1
	at := int(id>>20) & mask
	for m.rows[at].id != 0 && m.rows[at].id != id {
		at = (at + 1) & mask
	}
	return &m.rows[at]
}

// parseModel reads weights.
func parseModel(text []byte) (*model, error) {
	m := &model{}
	rows := make(map[uint64]row)
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, values, ok := bytes.Cut(line, []byte{'\t'})
		if !ok || len(name) < 3 || name[1] != ' ' {
			return nil, fmt.Errorf("risk: weights, line %d: no feature", number)
		}
		begin := uint32(len(m.all))
		if err := m.values(values); err != nil {
			return nil, fmt.Errorf("risk: weights, line %d: %w", number, err)
		}
		id := seed(name[0])
		for spelt := name[2:]; len(spelt) > 0; {
			one, more, _ := bytes.Cut(spelt, []byte{' '})
			spelt = more
			id = chained(id, tokenOf(one))
			if _, known := rows[id]; !known {
				rows[id] = row{id: id} // A shorter one has no weights, but says that there are longer ones.
			}
		}
		rows[id] = row{id, begin, uint32(len(m.all))}
	}
	m.rows = make([]row, 1<<bits.Len(uint(3*len(rows)/2))) // Dense: a look-up mostly waits for memory.
	for id, known := range rows {
		*m.row(id) = known
	}
	return m, nil
}

// values reads the weights of a line.
func (m *model) values(text []byte) error {
	for _, one := range bytes.Fields(text) {
		at := labels
		switch one[0] {
		case '<':
			at, one = 2*labels, one[1:]
		case '>':
			at, one = 0, one[1:]
		}
		if len(one) < 2 {
			return errors.New("no weight")
		}
		label := -1
		for i, l := range learned() {
			if l.Letter == one[0] {
				label = i
			}
		}
		value, err := strconv.ParseInt(string(one[1:]), 10, 16)
		if err != nil || label < 0 {
			return fmt.Errorf("%q is no weight", one)
		}
		m.all = append(m.all, weightOf{int16(at + label), int16(value)})
	}
	return nil
}
