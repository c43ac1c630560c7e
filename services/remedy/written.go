package remedy

import (
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/amount"
)

// beyondMeasure is what words in another currency count as: nobody below the last level knows what it comes to.
const beyondMeasure = 1_000_000_000_000

// written is the most money that a text says is given, but for the thresholds of coupons that it says as such, and whether it speaks of cash.
func (s *Service) written(text string, thresholds ...Money) (most Amount, cash bool) {
	for _, sum := range s.rules.spoken.Read(text) {
		value := Amount{sum.Value}
		if sum.Currency != s.rules.Currency {
			value = Amount{decimal.NewFromInt(beyondMeasure)}
		}
		known := func(m Money) bool { return sum.Threshold && m != (Money{}) && s.rules.Of(m).Compare(value) == 0 }
		if at := slices.IndexFunc(thresholds, known); at >= 0 {
			thresholds = slices.Delete(slices.Clone(thresholds), at, at+1)
			continue
		}
		most = largest(most, value)
	}
	text = amount.Seen(text)
	lower := strings.ToLower(text)
	return most, strings.Contains(lower, "cash") || strings.Contains(text, "现金") || strings.Contains(text, "現金")
}

// worded is what the words of an option promise beyond its amounts (PROM-2); none when they promise no more. It counts as compensation that
// nobody has a reason for, since the customer is told of money and not of a kind.
func (s *Service) worded(o Option, contents ...string) []Part {
	var sum Amount
	inCash := false
	for i, text := range contents {
		var thresholds []Money
		if i < len(o.Parts) && o.Parts[i].Kind == remedyv1.Option_COUPON {
			thresholds = []Money{o.Parts[i].Threshold}
		}
		most, cash := s.written(text, thresholds...)
		sum, inCash = sum.Add(most), inCash || cash && most.Positive()
	}
	sum = Amount{sum.Sub(s.rules.sum(o)).value.RoundUp(s.rules.Digits)}
	if !sum.Positive() {
		return nil
	}
	sum = smallest(sum, Amount{decimal.NewFromInt(beyondMeasure)})
	return []Part{{Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_GOODWILL, Amount: s.rules.Money(sum), Cash: inCash}}
}

// listen puts into a remedy what the words promise that it is shown with.
func (s *Service) listen(r *Remedy, options []*remedyv1.Option, fallback string) {
	for i, o := range options[:min(len(options), len(r.Options))] {
		r.Options[i].Words, r.Options[i].Vague = s.worded(r.Options[i], texts(o)...), s.vague(o)
	}
	r.FallbackWords = s.worded(Option{}, fallback)
}

// vague tells whether the words of a part without an amount give something that is worth money, and do not say how much.
func (s *Service) vague(o *remedyv1.Option) bool {
	return slices.ContainsFunc(partsOf(o), func(p *remedyv1.Part) bool {
		return p.GetAmount() == nil && s.rules.spoken.Untold(p.GetContents())
	})
}

// texts are the words of the parts of an option, in their order.
func texts(o *remedyv1.Option) []string {
	var all []string
	for _, part := range partsOf(o) {
		all = append(all, part.GetContents())
	}
	return all
}

// shown is a remedy on record as the caller may read it.
func (s *Service) shown(ctx context.Context, complaint, id string) (*remedyv1.Remedy, error) {
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	stored, err := s.deps.Store.Remedy(ctx, complaint, id)
	if err != nil {
		return nil, s.noRemedy(err, remedyName(complaint, id))
	}
	return s.reader(ctx).message(ctx, known.Complaint, &stored)
}

// modest refuses words of an offer that promise more money than any option of it, or than words that were judged when it was proposed
// (PROM-2). Errors: WORDS_ABOVE_GRANT.
func (s *Service) modest(ctx context.Context, name, words string) error {
	if most, _ := s.written(words); !most.Positive() {
		return nil
	}
	complaint, id := remedyIDs(name)
	m, err := s.shown(ctx, complaint, id)
	if err != nil {
		return err
	}
	granted, _ := s.written(m.GetFallback())
	var thresholds []Money
	for _, o := range offered(m) {
		var sum Amount
		for _, part := range partsOf(o) {
			threshold := moneyOf(part.GetCoupon().GetThreshold())
			thresholds = append(thresholds, threshold)
			said, _ := s.written(part.GetContents(), threshold)
			sum, granted = sum.Add(s.rules.Of(moneyOf(part.GetAmount()))), largest(granted, said)
		}
		granted = largest(granted, sum)
	}
	if most, _ := s.written(words, thresholds...); most.Compare(granted) > 0 {
		return wordsAboveGrant(most, granted)
	}
	return nil
}

// loud warns of a fallback whose words promise money that its proposer may not grant.
func (s *Service) loud(fallback, language string) []*remedyv1.Warning {
	level := s.rules.Level(Option{Words: s.worded(Option{}, fallback)})
	if level == 0 {
		return nil
	}
	advice := wordsIn(language).above(int32(level))
	return []*remedyv1.Warning{warning(&remedyv1.Warning{}, remedyv1.Warning_ABOVE_AUTHORITY, "", advice)}
}
