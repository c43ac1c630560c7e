package wording

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// Draft is what somebody is about to send.
type Draft struct {
	// Text is the draft.
	Text string
	// LanguageCode is the language in which findings are explained.
	LanguageCode string
	// Ruling is what was ruled on responsibility, which may then be said; unset while nothing was.
	Ruling policyv1.Responsibility
	// Kind is what the draft is for; unset for none of the letters.
	Kind policyv1.LetterTemplate_Kind
}

// Finding is something that should not be said.
type Finding struct {
	// Kind says what is wrong with it.
	Kind policyv1.WordingRule_Kind
	// Rule is the id of the rule.
	Rule string
	// Start and End are offsets in characters of the draft; End is the one after the last.
	Start, End int
	// Quote is what stands there.
	Quote string
	// Why and Instead explain it, in the language of the draft.
	Why, Instead string
}

// Checker finds what drafts must not say. It never changes and is safe for concurrent use.
type Checker struct {
	lexicon *lexicon
	rules   []rule
	reports []pattern
	moments []moment
	// reportWithin is how far apart the words of a report may be.
	reportWithin int
}

// rule is a compiled rule.
type rule struct {
	*policyv1.WordingRule
	patterns []pattern
	unless   []context
	needs    []context
	// alone are the lists beside whose words a text has to say something for it not to be wrong.
	alone set
}

// context is a word list and where it counts.
type context struct {
	list  set
	scope policyv1.WordingRule_Scope
}

// New makes a checker of a policy's section. It fails for one that names word lists that there are not; policies are checked for
// that when they are read.
func New(section *policyv1.Wording) (*Checker, error) {
	lexicon, err := newLexicon(section.GetWords())
	if err != nil {
		return nil, err
	}
	c := &Checker{lexicon: lexicon, reportWithin: int(section.GetReportWithin())}
	for _, written := range section.GetReports() {
		p, err := lexicon.newPattern(written)
		if err != nil {
			return nil, err
		}
		c.reports = append(c.reports, p)
	}
	c.moments, err = lexicon.newMoments(section.GetTimes())
	if err != nil {
		return nil, err
	}
	for _, message := range section.GetRules() {
		if message.GetOff() {
			continue
		}
		r, err := lexicon.newRule(message)
		if err != nil {
			return nil, err
		}
		c.rules = append(c.rules, r)
	}
	return c, nil
}

func (l *lexicon) newRule(message *policyv1.WordingRule) (rule, error) {
	r := rule{WordingRule: message}
	for _, written := range message.GetPatterns() {
		p, err := l.newPattern(written)
		if err != nil {
			return rule{}, err
		}
		r.patterns = append(r.patterns, p)
	}
	for _, name := range message.GetAlone() {
		list, ok := l.number[name]
		if !ok {
			return rule{}, fmt.Errorf("wording: there is no word list %q", name)
		}
		r.alone = r.alone.with(list)
	}
	var err error
	if r.unless, err = l.newContexts(message.GetUnless()); err != nil {
		return rule{}, err
	}
	r.needs, err = l.newContexts(message.GetNeeds())
	return r, err
}

// newContexts reads the words that count around a place.
func (l *lexicon) newContexts(written map[string]policyv1.WordingRule_Scope) ([]context, error) {
	var all []context
	for _, name := range slices.Sorted(maps.Keys(written)) {
		list, ok := l.number[name]
		if !ok {
			return nil, fmt.Errorf("wording: there is no word list %q", name)
		}
		all = append(all, context{set{}.with(list), written[name]})
	}
	return all, nil
}

// Check finds what a draft must not say, in the order of the text. Findings of one kind that overlap are one.
func (c *Checker) Check(draft Draft) []Finding {
	v := c.lexicon.newView(read(draft.Text))
	c.reported(v)
	dues := v.dues(c.moments)
	var found []place
	for i := range c.rules {
		r := &c.rules[i]
		if slices.Contains(r.GetRuled(), draft.Ruling) || slices.Contains(r.GetExcept(), draft.Kind) {
			continue
		}
		if len(r.GetAlone()) > 0 && !v.saysOnly(r.alone) {
			continue
		}
		v.each(r.patterns, int(r.GetWithin()), func(clause int, at meeting) {
			if v.foreign[at.start] || r.innocent(v, clause, &at) {
				return
			}
			if where, wrong := r.tooSoon(v, dues, clause, at.span); wrong {
				found = append(found, place{where, r})
			}
		})
	}
	return findings(v.text, []rune(draft.Text), draft.LanguageCode, joined(found))
}

// innocent tells whether the words around a place make it so.
func (r *rule) innocent(v *view, clause int, at *meeting) bool {
	stands := func(c context) bool { return v.stands(c, clause, at, int(r.GetWithin())) }
	return slices.ContainsFunc(r.unless, stands) || slices.ContainsFunc(r.needs, func(c context) bool { return !stands(c) })
}

// tooSoon tells whether a rule's time stands beside a place and is too short, and where both are; a rule without a time is about
// the place alone.
func (r *rule) tooSoon(v *view, dues []due, clause int, at span) (span, bool) {
	if r.GetSoonerThan() == nil {
		return at, true
	}
	d := v.nearest(dues, clause, at, int(r.GetWithin()))
	if d == nil || d.long >= r.GetSoonerThan().AsDuration() {
		return span{}, false
	}
	return span{min(at.start, d.start), max(at.end, d.end)}, true
}

// place is where a rule found something.
type place struct {
	span
	rule *rule
}

// joined makes one of what overlaps and is of the same kind, under the rule that found the most of it, and sorts by the text.
func joined(found []place) []place {
	slices.SortStableFunc(found, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.rule.GetKind(), b.rule.GetKind()), cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var kept []place
	most := 0 // The length of the longest in the last one kept.
	for _, p := range found {
		n := len(kept)
		if n == 0 || kept[n-1].rule.GetKind() != p.rule.GetKind() || p.start >= kept[n-1].end {
			kept, most = append(kept, p), p.end-p.start
			continue
		}
		if p.end-p.start > most {
			kept[n-1].rule, most = p.rule, p.end-p.start
		}
		kept[n-1].end = max(kept[n-1].end, p.end)
	}
	slices.SortStableFunc(kept, func(a, b place) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	return kept
}

// findings words what was found.
func findings(t *text, draft []rune, language string, found []place) []Finding {
	var all []Finding
	for _, p := range found {
		start, end := t.origin[p.start], t.origin[p.end-1]+1
		all = append(all, Finding{
			Kind: p.rule.GetKind(), Rule: p.rule.GetId(), Start: start, End: end, Quote: string(draft[start:end]),
			Why: p.rule.GetWhy()[language], Instead: p.rule.GetInstead()[language],
		})
	}
	return all
}
