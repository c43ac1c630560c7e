package intake

import (
	"context"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/suggest"
)

// Suggester suggests an assessment from similar complaints (ASSESS-2). It keeps
// what it learns in memory only, and is safe for concurrent use.
type Suggester interface {
	// Suggest says what the learnt examples suggest for a text.
	Suggest(text string) suggest.Suggestion
	// Learn takes examples in, each in place of an earlier one of the same name.
	Learn(examples ...suggest.Example)
	// Replace learns these examples and forgets all others.
	Replace(examples []suggest.Example)
}

// Departments says whose matter each scenario is by the rule of routing (ROUTE-1),
// as long as nothing was learnt of it.
func Departments(department func(policyv1.TargetKind) string) map[policyv1.Scenario]string {
	out := map[policyv1.Scenario]string{}
	for scenario, kind := range map[policyv1.Scenario]policyv1.TargetKind{
		policyv1.Scenario_QUALITY: policyv1.TargetKind_PRODUCT, policyv1.Scenario_PRICE: policyv1.TargetKind_BILLING,
		policyv1.Scenario_LOGISTICS: policyv1.TargetKind_DELIVERY, policyv1.Scenario_ATTITUDE: policyv1.TargetKind_STAFF,
		policyv1.Scenario_OTHER: policyv1.TargetKind_TARGET_KIND_UNSPECIFIED,
	} {
		out[scenario] = "departments/" + department(kind)
	}
	return out
}

// SuggestAssessment suggests scenario, department and causes. Nothing is recorded.
func (s *Service) SuggestAssessment(ctx context.Context, req *intakev1.SuggestAssessmentRequest) (*intakev1.Suggestion, error) {
	record, err := s.named(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	filing, _, err := s.open(&record)
	if err != nil {
		return nil, err
	}
	return s.suggestion(&record.Complaint, filing), nil
}

// suggestion is what the suggester says of a complaint, which is no precedent of
// itself.
func (s *Service) suggestion(c *Complaint, filing Filing) *intakev1.Suggestion {
	found := s.suggester.Suggest(filing.Statement)
	out := &intakev1.Suggestion{
		Name: c.Name(), Scenario: toGuess(found.Scenario), Department: toGuess(found.Department), LearnedCount: int32(found.Learned),
	}
	for _, cause := range found.Causes {
		out.Causes = append(out.Causes, toGuess(cause))
	}
	for _, similar := range found.Similar {
		if similar.Name == c.Name() {
			continue
		}
		out.Similar = append(out.Similar, &intakev1.SimilarComplaint{
			Complaint: similar.Name, Similarity: similar.Similarity, Scenario: similar.Scenario, Ruling: similar.Ruling,
		})
	}
	return out
}

// toGuess leaves out a guess without a value.
func toGuess(guess suggest.Guess) *intakev1.Guess {
	if guess.Value == "" {
		return nil
	}
	return &intakev1.Guess{Value: guess.Value, Confidence: guess.Confidence, Terms: guess.Terms}
}

// Relearn learns from the assessed complaints on record, the newest of each
// scenario, and forgets what is not there any more. Complaints of customers who
// were erased are skipped.
func (s *Service) Relearn(ctx context.Context) error {
	limit := int(s.policy.Proto().GetAssessment().GetSuggestions().GetMaxExamples()) / (len(policyv1.Scenario_name) - 1)
	var examples []suggest.Example
	for number, name := range policyv1.Scenario_name {
		if number == 0 {
			continue
		}
		found, err := s.assessed(ctx, name, limit)
		if err != nil {
			return err
		}
		examples = append(examples, found...)
	}
	s.suggester.Replace(examples)
	return nil
}

// assessed reads the newest complaints that were assessed as one scenario.
func (s *Service) assessed(ctx context.Context, scenario string, limit int) (examples []suggest.Example, err error) {
	query := Query{Filter: `scenario = "` + scenario + `"`}
	for query.Limit = min(limit, int(s.policy.Proto().GetLimits().GetMaxPageSize())); len(examples) < limit; {
		records, err := s.store.List(ctx, query)
		if err != nil || len(records) == 0 {
			return examples, err
		}
		for i := range records {
			example, ok, err := s.example(ctx, &records[i])
			if err != nil {
				return nil, err
			}
			if ok && len(examples) < limit {
				examples = append(examples, example)
			}
		}
		query.After = query.Order.PositionOf(&records[len(records)-1].Complaint)
	}
	return examples, nil
}

// example is what is learnt from an assessed complaint; ok is false for one that
// cannot be read. One damaged complaint must not keep all others from being learnt.
func (s *Service) example(ctx context.Context, record *Record) (example suggest.Example, ok bool, err error) {
	filing, ok := s.filed(ctx, record)
	if !ok || filing.Statement == "" { // The customer was erased.
		return example, false, nil
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return example, false, err
	}
	_, entries, err := s.records.Entries(ctx, record.ID, AssessmentEntry)
	if err != nil || len(entries) == 0 {
		return example, false, err
	}
	last, assessment := &entries[len(entries)-1], &intakev1.Assessment{}
	if damaged := readEntry(key, last, assessment); damaged != nil {
		s.logger.ErrorContext(ctx, "an entry cannot be opened", "entry", last.Name())
	}
	return learnt(&record.Complaint, filing, assessment), assessment.GetScenario() != 0, nil
}

// filed is what the customer said when filing; ok is false when it cannot be opened, which is
// logged.
func (s *Service) filed(ctx context.Context, record *Record) (filing Filing, ok bool) {
	filing, _, damaged := s.open(record)
	if damaged != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
	}
	return filing, damaged == nil
}

// learnt is what is learnt from an assessment.
func learnt(c *Complaint, filing Filing, assessment *intakev1.Assessment) suggest.Example {
	return suggest.Example{
		Name: c.Name(), Text: filing.Statement, Scenario: assessment.GetScenario(), Department: assessment.GetDepartment(),
		Causes: assessment.GetCauses(), Ruling: policyv1.Responsibility(c.Ruling),
	}
}

// KeepLearning learns from what is on record, at once and then as often as the
// policy says, until ctx ends: so that what other processes recorded comes in, and
// what was erased goes. A failure is logged, and tried again.
func (s *Service) KeepLearning(ctx context.Context) error {
	const soon = 10 * time.Second
	for {
		wait := s.policy.Proto().GetAssessment().GetSuggestions().GetRefresh().AsDuration()
		if err := s.Relearn(ctx); err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "assessed complaints cannot be read to learn from; suggestions go on with what is known", "error", err)
			wait = min(wait, soon)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
