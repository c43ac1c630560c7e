package sqlstore

import (
	"math"

	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/figures"
)

// writing knows how the faults of products were written first, of those that are counted: what differs by case or white space alone is one.
type writing struct {
	first map[review.Subject]wrote
}

// wrote is how a fault was written, and the place of the first record in which it was.
type wrote struct {
	as       review.Subject
	sequence int64
}

func newWriting() *writing { return &writing{first: map[review.Subject]wrote{}} }

// note takes note of how a fault is written in records of which one has that place, and returns it as it is counted: empty unless it has both words.
func (w *writing) note(product, fault string, sequence int64) (countedProduct, countedFault string) {
	as := review.Subject{Product: product, Fault: fault}
	if !as.Valid() {
		return "", ""
	}
	counted := as.Folded()
	if w.of(counted).sequence > sequence {
		w.first[counted] = wrote{as: as, sequence: sequence}
	}
	return counted.Product, counted.Fault
}

// of is how a fault was written first, as it is counted.
func (w *writing) of(counted review.Subject) wrote {
	if first, ok := w.first[counted]; ok {
		return first
	}
	return wrote{as: counted, sequence: math.MaxInt64}
}

// show writes the faults of sums as they were written first.
func (w *writing) show(sums *figures.Sums) {
	for i := range sums.Faults {
		cell := &sums.Faults[i]
		as := w.of(review.Subject{Product: cell.Product, Fault: cell.Fault}).as
		cell.Product, cell.Fault = as.Product, as.Fault
	}
	shown := make(map[figures.Subject]int64, len(sums.Usual.Subjects))
	for subject, n := range sums.Usual.Subjects {
		if subject.Category == 0 {
			subject = figures.Subject(w.of(review.Subject(subject)).as)
		}
		shown[subject] = n
	}
	sums.Usual.Subjects = shown
}
