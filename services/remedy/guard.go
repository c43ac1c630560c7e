package remedy

import (
	"context"
	"errors"
	"slices"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/wording"
)

// mostWarnings bounds an answer: a proposal with more is not worth correcting piece by piece.
const mostWarnings = 100

// guard warns of what is promised and is too much (PROM-2): words that nobody can be sure of, times that are too short, more than the
// proposer may grant, and what the playbooks say never to say. It refuses nothing.
type guard struct {
	checker *wording.Checker
	book    *playbook.Book
	terms   terms
	// soon are the rules of wording that are about times.
	soon map[string]bool
}

func newGuard(checker *wording.Checker, book *playbook.Book, terms terms, rules []*policyv1.WordingRule) *guard {
	g := &guard{checker: checker, book: book, terms: terms, soon: make(map[string]bool)}
	for _, rule := range rules {
		g.soon[rule.GetId()] = rule.GetSoonerThan() != nil
	}
	return g
}

// warnings are what is too much in a proposal, as the caller may see it: what the caller may not read is not quoted. Times are held
// against when it was proposed, so that a promise does not come too soon by growing old.
func (s *Service) warnings(complaint Complaint, stored *Remedy, shown *remedyv1.Remedy, asked Request) []*remedyv1.Warning {
	c := s.circumstances(complaint)
	all := s.guard.warnings(shown, c, s.approval, stored.ReviseTime)
	all = append(all, s.loud(shown.GetFallback(), c.Language)...)
	all = append(all, s.awaited(all, stored, asked, c.Language)...)
	all = append(all, s.doubts(complaint, stored, c.Language)...)
	return all[:min(len(all), mostWarnings)]
}

// askedOf is what is still asked of the approval that a proposal waits for; zero for none.
func (s *Service) askedOf(ctx context.Context, stored *Remedy) (Request, error) {
	if stored.State != remedyv1.Remedy_PROPOSED || stored.Approval == "" {
		return Request{}, nil
	}
	if stored.asked.Level > 0 { // It is only asked what would be.
		return stored.asked, nil
	}
	a, err := s.deps.Approvals.Approval(ctx, stored.Approval)
	if errors.Is(err, ErrUnknown) || err == nil && !a.pending() { // It was decided since the proposal was read.
		return Request{}, nil
	}
	if err != nil {
		return Request{}, err
	}
	asked := Request{Level: a.step().Level, Needed: a.Needed, Beyond: a.Beyond}
	for _, step := range a.Steps {
		if step.Outcome == remedyv1.ApprovalStep_APPROVED {
			asked.Needed--
		}
	}
	return asked, nil
}

// awaited has warnings tell whom a proposal waits for: who has to agree depends on more than each option by itself, such as what the complaint
// has already, the caps, and who proposes it. Where no option needs it by itself, whatever costs something is warned of; or else the first one.
func (s *Service) awaited(found []*remedyv1.Warning, stored *Remedy, asked Request, language string) (more []*remedyv1.Warning) {
	if asked.Level == 0 || len(stored.Options) == 0 {
		return nil
	}
	advice, told := wordsIn(language).asks(asked), false
	for _, w := range found {
		if w.GetKind() == remedyv1.Warning_ABOVE_AUTHORITY && w.GetQuote() == "" {
			w.Advice, told = advice, true
		}
	}
	if told {
		return nil
	}
	for i, o := range stored.Options {
		costs := func(p Part) bool { return s.rules.Of(p.Amount).Positive() }
		if n := slices.IndexFunc(o.Parts, costs); n >= 0 {
			place := &remedyv1.Warning{Option: int32(o.number(i)), Part: int32(n + 1)}
			more = append(more, warning(place, remedyv1.Warning_ABOVE_AUTHORITY, "", advice))
		}
	}
	if len(more) == 0 {
		place := &remedyv1.Warning{Option: int32(stored.Options[0].number(0)), Part: 1}
		more = append(more, warning(place, remedyv1.Warning_ABOVE_AUTHORITY, "", advice))
	}
	return more
}

// warnings are those of a proposal, in the order of its options and their parts; those of the fallback come last, under option 0:
// under a part of it, or under none where it is words alone.
func (g *guard) warnings(shown *remedyv1.Remedy, c Circumstances, judge Judge, now time.Time) []*remedyv1.Warning {
	var all []*remedyv1.Warning
	for i, option := range offered(shown) {
		level, number := judge(option), int32(i+1)
		if i == len(shown.GetOptions()) {
			number = 0
		}
		for j, part := range partsOf(option) {
			place := remedyv1.Warning{Option: number, Part: int32(j + 1)}
			all = append(all, g.words(part.GetContents(), c, &place)...)
			all = append(all, g.time(part, c, now, &place)...)
			if level > 0 && j == exceeding(option, judge) {
				all = append(all, warning(&place, remedyv1.Warning_ABOVE_AUTHORITY, "", wordsIn(c.Language).above(level)))
			}
		}
	}
	all = append(all, g.words(shown.GetFallback(), c, &remedyv1.Warning{})...)
	return all[:min(len(all), mostWarnings)]
}

// partsOf are the parts of an option; the first one is the option's own.
func partsOf(o *remedyv1.Option) []*remedyv1.Part {
	own := &remedyv1.Part{
		Kind: o.GetKind(), Basis: o.GetBasis(), Contents: o.GetContents(), Amount: o.GetAmount(), FulfilTime: o.GetFulfilTime(), Cash: o.GetCash(),
		Coupon: o.GetCoupon(), Owner: o.GetOwner(),
	}
	return append([]*remedyv1.Part{own}, o.GetParts()...)
}

// exceeding is the first part that alone needs approval; the first one when it takes several together.
func exceeding(o *remedyv1.Option, judge Judge) int {
	for i, part := range partsOf(o) {
		alone := &remedyv1.Option{
			Kind: part.GetKind(), Basis: part.GetBasis(), Contents: part.GetContents(), Amount: part.GetAmount(), Cash: part.GetCash(),
			Coupon: part.GetCoupon(),
		}
		if judge(alone) > 0 {
			return i
		}
	}
	return 0
}

// words warns of a text.
func (g *guard) words(text string, c Circumstances, place *remedyv1.Warning) []*remedyv1.Warning {
	if text == "" {
		return nil
	}
	var all []*remedyv1.Warning
	draft := wording.Draft{Text: text, LanguageCode: c.Language, Ruling: c.Ruling, Kind: policyv1.LetterTemplate_REMEDY}
	for _, found := range g.checker.Check(draft) {
		switch {
		case found.Kind == policyv1.WordingRule_ABSOLUTE_PROMISE:
			all = append(all, warning(place, remedyv1.Warning_TOO_ABSOLUTE, found.Quote, found.Instead))
		case found.Kind == policyv1.WordingRule_OVER_PROMISE && g.soon[found.Rule]:
			all = append(all, warning(place, remedyv1.Warning_TOO_SOON, found.Quote, found.Instead))
		case found.Kind == policyv1.WordingRule_OVER_PROMISE: // What nobody has decided yet.
			all = append(all, warning(place, remedyv1.Warning_ABOVE_AUTHORITY, found.Quote, found.Instead))
		}
	}
	for _, said := range g.book.NeverSaid(c.Matter, text) {
		all = append(all, warning(place, remedyv1.Warning_NEVER_SAY, said.Quote, g.book.Validation(c.Matter, c.Language)))
	}
	return all
}

// time warns of a due time that is sooner than the least that the policy allows for the kind.
func (g *guard) time(part *remedyv1.Part, c Circumstances, now time.Time, place *remedyv1.Warning) []*remedyv1.Warning {
	earliest := now.Add(g.terms.leads[part.GetKind()].GetAtLeast().AsDuration())
	if part.GetFulfilTime() == nil || !part.GetFulfilTime().AsTime().Before(earliest) {
		return nil
	}
	advice := wordsIn(c.Language).soon(letter.When(c.Language, earliest.In(g.terms.zone), g.terms.zone))
	return []*remedyv1.Warning{warning(place, remedyv1.Warning_TOO_SOON, "", advice)}
}

func warning(place *remedyv1.Warning, kind remedyv1.Warning_Kind, quote, advice string) *remedyv1.Warning {
	return &remedyv1.Warning{Kind: kind, Option: place.GetOption(), Part: place.GetPart(), Quote: quote, Advice: advice}
}
