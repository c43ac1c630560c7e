package intake

import (
	"cmp"
	"context"
	"slices"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/intake/words"
)

const (
	// slack is how much less similar than the policy wants sketches may seem: they
	// are wrong by about 0.04.
	slack = 0.1
	// shownWords is how many words a reason tells.
	shownWords = 8
)

// ListDuplicates lists complaints that may be about the same matter (REC-6): of
// the same customer by a keyed look-up, and with similar words by their sketches.
// Each candidate's words are compared before it is shown.
func (s *Service) ListDuplicates(ctx context.Context, req *intakev1.ListDuplicatesRequest) (*intakev1.ListDuplicatesResponse, error) {
	record, err := s.named(ctx, "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	of, err := s.subject(&record)
	if err != nil {
		return nil, err
	}
	others, err := s.others(ctx, &record, of)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for i := range others {
		c, err := s.compare(of, &others[i])
		if err != nil {
			s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", others[i].Name())
			continue
		}
		if c.sameCustomer || c.sameOrder || c.similarity >= s.policy.Proto().GetMatters().GetMinSimilarity() {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(b.record.ID, a.record.ID))
	})
	found = found[:min(len(found), int(s.policy.Proto().GetMatters().GetMaxCandidates()))]
	out := &intakev1.ListDuplicatesResponse{}
	for i := range found {
		out.Candidates = append(out.Candidates, &intakev1.DuplicateCandidate{
			Complaint: s.view(ctx, found[i].record), Score: found[i].score, Similarity: found[i].similarity,
			Reasons: found[i].reasons(seesPersonalData(caller(ctx))),
		})
	}
	return out, nil
}

// subject is what a complaint is compared by.
type subject struct {
	customer, order string
	statement       string
	terms           []string
}

// subject opens a complaint for comparison. It is empty but for the customer when
// the customer's key was destroyed.
func (s *Service) subject(record *Record) (subject, error) {
	filing, _, err := s.open(record)
	return subject{
		customer: record.Customer, order: orderNumber(filing.Target.Order), statement: filing.Statement,
		terms: s.index.comparer.Terms(filing.Statement),
	}, err
}

// orderNumber is an order's number as it is compared: without what people write
// between its parts.
func orderNumber(order string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(order, func(r rune) bool { return strings.ContainsRune(" -_./#", r) }), ""))
}

// candidate is a complaint that may be about the same matter.
type candidate struct {
	record                  *Record
	sameCustomer, sameOrder bool
	score, similarity       float64
	// matter is the similarity without what the customer says every time.
	matter float64
	both   []string
}

// compare tells how far another complaint is about the same matter. Each reason
// takes its part of what is missing to certainty.
func (s *Service) compare(of subject, record *Record) (candidate, error) {
	other, err := s.subject(record)
	if err != nil {
		return candidate{}, err
	}
	c := candidate{record: record, sameCustomer: of.customer == other.customer, sameOrder: of.order != "" && of.order == other.order}
	c.similarity, c.both = words.Similarity(of.terms, other.terms)
	if c.sameCustomer {
		c.matter = s.index.comparer.Matter(of.statement, other.statement)
	}
	doubt := 1 - c.similarity
	if c.sameCustomer {
		doubt *= 1 - s.policy.Proto().GetMatters().GetSameCustomer()
	}
	if c.sameOrder {
		doubt *= 1 - s.policy.Proto().GetMatters().GetSameOrder()
	}
	c.score = 1 - doubt
	return c, nil
}

// reasons are why it is a candidate; words only for those who see personal data.
func (c *candidate) reasons(wordsToo bool) (reasons []string) {
	if c.sameCustomer {
		reasons = append(reasons, "same customer")
	}
	if c.sameOrder {
		reasons = append(reasons, "same order number")
	}
	switch {
	case len(c.both) == 0:
	case wordsToo:
		reasons = append(reasons, "similar words: "+strings.Join(c.both[:min(len(c.both), shownWords)], ", "))
	default:
		reasons = append(reasons, "similar words")
	}
	return reasons
}

// others are the complaints that are compared with one: the latest of the same
// customer, and those with the most similar sketches, within the window. Merged
// ones go on elsewhere and are left out.
func (s *Service) others(ctx context.Context, record *Record, of subject) ([]Record, error) {
	most := int(s.policy.Proto().GetMatters().GetMaxCandidates())
	history, err := s.matters.History(ctx, record.Customer, Position{}, 2*most)
	if err != nil {
		return nil, err
	}
	similar, err := s.similar(ctx, record, of, 2*most)
	if err != nil {
		return nil, err
	}
	var others []Record
	seen := map[string]bool{record.ID: true}
	length := s.policy.Proto().GetMatters().GetWindow().AsDuration()
	for _, other := range slices.Concat(history.Records, similar) {
		apart := other.ReceiveTime.Sub(record.ReceiveTime).Abs()
		if seen[other.ID] || other.Outcome == Merged || apart > length {
			continue
		}
		seen[other.ID] = true
		others = append(others, other)
	}
	return others, nil
}

// similar reads the complaints with the most similar sketches.
func (s *Service) similar(ctx context.Context, record *Record, of subject, most int) ([]Record, error) {
	if len(of.terms) == 0 {
		return nil, nil
	}
	own := sketch.Of(s.index.key.Hashes(bounded(of.terms, s.index.maxTerms)))
	farthest := sketch.Farthest(s.policy.Proto().GetMatters().GetMinSimilarity() - slack)
	found, err := s.index.window.nearest(ctx, &own, record.ReceiveTime, s.now(), farthest, most)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(found))
	for i := range found {
		numbers[i] = found[i].number
	}
	owners, err := s.index.sketches.Owners(ctx, numbers)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, owner := range owners {
		ids = append(ids, owner)
	}
	return s.matters.Records(ctx, ids)
}

// bounded is the first of some terms.
func bounded(terms []string, most int) []string { return terms[:min(len(terms), most)] }
