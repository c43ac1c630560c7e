package train

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/intake/risk"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// familiar tells whether the grammar was made from an author's letters: it is right there
// more often than elsewhere, so nothing may be learned from how right it is, nor measured.
func familiar(author string) bool { return strings.HasPrefix(author, "development") }

// Validation is what may be expected of letters by somebody else: each author's are read
// with what the others' letters teach.
type Validation struct {
	Measurement

	// ByAuthor are the same letters, author by author.
	ByAuthor map[string]*Measurement
	// Curves are, for each label, the thresholds that one may choose.
	Curves map[string][]Point
}

// Point is what a threshold gives.
type Point struct {
	Percent int
	Score
}

// groups is in how many groups authors are left out. To leave them out one by one
// teaches a little more each time, and takes as much longer.
const groups = 5

// Validate leaves the authors out who are not familiar to the grammar, a group at a time.
func Validate(a *risk.Analyser, letters []Letter, thresholds *policyv1.RiskOpinion) (*Validation, error) {
	c := newCorpus(a, letters)
	v := &Validation{ByAuthor: make(map[string]*Measurement), Curves: make(map[string][]Point)}
	var judged []judged
	all := authors(letters)
	for first := range min(groups, len(all)) {
		var group []string
		for at := first; at < len(all); at += groups {
			group = append(group, all[at])
		}
		f := c.fit(standard(), func(l *letter) bool { return !slices.Contains(group, l.Author) })
		other, err := a.With(f.text(), thresholds)
		if err != nil {
			return nil, err
		}
		for _, author := range group {
			own := slices.DeleteFunc(slices.Clone(letters), func(l Letter) bool { return l.Author != author })
			v.ByAuthor[author] = &Measurement{}
			v.ByAuthor[author].Measure(other, own)
			v.Measure(other, own)
		}
		for i := range c.letters {
			if slices.Contains(group, c.letters[i].Author) {
				judged = append(judged, f.judge(&c.letters[i]))
			}
		}
	}
	for k, label := range risk.Labels() {
		v.Curves[label.Name()] = curve(judged, k)
	}
	return v, nil
}

// authors lists those that the grammar does not know.
func authors(letters []Letter) []string {
	var all []string
	for _, l := range letters {
		if !familiar(l.Author) && !slices.Contains(all, l.Author) {
			all = append(all, l.Author)
		}
	}
	slices.Sort(all)
	return all
}

// judged is a letter with the most that any clause has of each label.
type judged struct {
	*letter

	most [labels]float64
}

func (f *fitted) judge(l *letter) judged {
	j := judged{letter: l}
	for k := range j.most {
		j.most[k] = math.Inf(-1)
	}
	for at := range l.clauses {
		for k, s := range risk.Compete(f.score(f.active(nil, l, at))) {
			j.most[k] = max(j.most[k], s)
		}
	}
	return j
}

// curve counts what each threshold gives for a label.
func curve(all []judged, label int) []Point {
	var points []Point
	for percent := 2; percent < 100; percent += 2 {
		p := Point{Percent: percent}
		for _, j := range all {
			found := sigmoid(j.most[label]) >= float64(percent)/100
			p.Texts, p.Found, p.Right = p.Texts+count(j.has[label]), p.Found+count(found), p.Right+count(found && j.has[label])
		}
		points = append(points, p)
	}
	return points
}

// Best is the point with the highest F1 among those of at least some precision; with none, the most precise.
func Best(points []Point, precision float64) Point {
	return slices.MaxFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(min(a.Precision(), precision), min(b.Precision(), precision)), cmp.Compare(a.F1(), b.F1()))
	})
}
