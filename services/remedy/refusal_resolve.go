package remedy

import (
	"context"
	"slices"
	"strings"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// unrefused is why a complaint may not end as refused: nobody is refused flatly (REF-1), nor in any other way while a refusal goes on, whose steps
// would be passed over. Nothing for any other outcome of a cycle in which none goes on, and once a refusal of the cycle was accepted or went to its
// last step, unless its letter, which goes out by itself, would say what none should, or our fault is to be compensated by now.
func (s *Service) unrefused(ctx context.Context, complaint Complaint, remedies []Remedy, req *remedyv1.CheckRemediesRequest) ([]string, error) {
	list, err := s.deps.Refusals.Refusals(ctx, RefusalQuery{Complaint: complaint.ID, Limit: mostRemedies})
	if err != nil {
		return nil, err
	}
	var refused *Refusal
	for i := range list {
		r := &list[i]
		if r.Cycle != req.GetCycle() {
			continue
		}
		if r.Open() {
			return []string{r.Name() + " goes on: put its steps on record until the customer accepts it (:endRefusal) or its last step is done, or take it " +
				"back with :endRefusal without accepted."}, nil
		}
		if r.State == remedyv1.Refusal_ACCEPTED || r.State == remedyv1.Refusal_CONTACT_ENDED {
			refused = r // The letter is about the newest.
		}
	}
	switch {
	case req.GetOutcome() != refusedOutcome:
		return nil, nil
	case refused == nil:
		return []string{"Nobody is refused flatly: begin with POST /v1/" + req.GetComplaint() + ":refuse, and go on until the customer accepts it or its " +
			"last step is done. What was explained, and is no refusal, ends as EXPLAINED."}, nil
	}
	all, err := s.unfitOnRecord(ctx, complaint, refused)
	if refused.asked() && s.rules.OurFault(complaint.Facts) && !s.rules.compensated(remedies, refused.Cycle) {
		all = append(all, refused.Name()+" has left out compensation, or what was offered was taken back, and the fault is ours: offer a remedy of this cycle, "+
			"on the basis FAULT and not of words alone, proposed with the customer's history looked at.")
	}
	return all, err
}

// unfitOnRecord objects to words on record that the letter would tell, which were written before they were looked at, or under other rules. Of a
// customer who was erased there are none.
func (s *Service) unfitOnRecord(ctx context.Context, complaint Complaint, r *Refusal) ([]string, error) {
	shown, err := s.reader(ctx).refusal(ctx, r)
	if err != nil {
		return nil, err
	}
	texts := []passage{{"decision", shown.GetDecision()}, {"clause", shown.GetClause()}}
	for _, step := range shown.GetSteps() {
		if step.GetKind() == remedyv1.RefusalStep_REASON_AND_ALTERNATIVE {
			texts = append(texts, passage{"reasons", step.GetEvidence()}, passage{"alternative", step.GetAlternative()})
		}
	}
	c := s.circumstances(complaint)
	texts = slices.DeleteFunc(texts, func(t passage) bool { return len(s.unfit(t.text, c)) == 0 })
	if len(texts) == 0 {
		return nil, nil
	}
	var fields []string
	for _, t := range texts {
		fields = append(fields, t.field)
	}
	return []string{r.Name() + " says what no refusal says (" + strings.Join(fields, ", ") + "), and its letter would go out by itself. :write shows " +
		"what; begin another refusal without it."}, nil
}
