package intake

import (
	"context"
	"slices"

	"github.com/redress-dev/redress/services/internal/wording"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/internal/errs"
)

// AssessComplaint records what the firm makes of a complaint (ASSESS-1…3). It
// replaces the last assessment, which is kept, and later suggestions learn from it.
func (s *Service) AssessComplaint(ctx context.Context, req *intakev1.AssessComplaintRequest) (*intakev1.Assessment, error) {
	if err := s.checkAssessment(ctx, req.GetAssessment()); err != nil {
		return nil, err
	}
	suggested, err := s.suggested(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	var learn *suggest.Example
	rule := func(e *edit, id string, assessment *intakev1.Assessment) error {
		learn = nil
		if err := e.fresh(req.GetEtag()); err != nil {
			return err
		}
		if err := e.assess(id, assessment, suggested); err != nil {
			return err
		}
		example := learnt(e.Complaint, e.filing, assessment)
		learn = &example
		return nil
	}
	assessment, err := create(ctx, s, req.GetName(), AssessmentEntry, req.GetAssessment(), rule, UnderstandingEntry)
	if err != nil {
		return nil, err
	}
	if learn != nil { // A repeated command was learnt from the first time.
		s.suggester.Learn(*learn)
	}
	return assessment, nil
}

// suggested is what the suggester says of a complaint. It is asked before the
// transaction, which should be short; what the customer said then never changes.
func (s *Service) suggested(ctx context.Context, name string) (suggest.Suggestion, error) {
	record, err := s.named(ctx, "name", name)
	if err != nil {
		return suggest.Suggestion{}, err
	}
	filing, _, err := s.open(&record)
	return s.suggester.Suggest(filing.Statement), err
}

// checkAssessment holds the policy's lists of codes, where it has any, and the
// directory's departments.
func (s *Service) checkAssessment(ctx context.Context, assessment *intakev1.Assessment) error {
	lists := s.policy.Proto().GetAssessment()
	for _, coded := range []struct {
		field, code string
		known       []string
	}{
		{"assessment.product", assessment.GetProduct(), lists.GetProductCodes()},
		{"assessment.fault_code", assessment.GetFaultCode(), lists.GetFaultCodes()},
	} {
		if coded.code != "" && len(coded.known) > 0 && !slices.Contains(coded.known, coded.code) {
			return errs.Invalid(intakev1.ErrorReason_CODE_UNKNOWN.String(), coded.field,
				"The policy's list of codes has no %q.", coded.code).With("code", coded.code)
		}
	}
	if assessment.GetDepartment() == "" {
		return nil
	}
	directory, err := s.directory(ctx)
	if err != nil {
		return err
	}
	if department := assessment.GetDepartment(); !isDepartment(department) || !directory[department].Active {
		return invalid("assessment.department", "must be a department of the directory")
	}
	return nil
}

// assess completes an assessment and tells it.
func (e *edit) assess(id string, a *intakev1.Assessment, suggested suggest.Suggestion) error {
	a.Supersedes = e.nameOfLast(AssessmentEntry)
	a.Suggestions = judge(a, suggested)
	if a.GetDepartment() == "" {
		a.Department = e.Department
	}
	if err := e.needs(a.GetRealNeed()); err != nil {
		return err
	}
	name := entryName(e.ID, AssessmentEntry, id)
	content, err := e.content(name, a)
	if err != nil {
		return err
	}
	e.Scenario, e.Established = int32(a.GetScenario()), int32(a.GetEstablished())
	told := &eventv1.ComplaintAssessed{
		Assessment: name, Established: a.GetEstablished(), Causes: a.GetCauses(), Scenario: a.GetScenario(), Motive: a.GetMotive(),
		Product: a.GetProduct(), FaultCode: a.GetFaultCode(), Department: a.GetDepartment(), Supersedes: a.GetSupersedes(), Content: content,
	}
	for _, suggested := range a.GetSuggestions() {
		told.Suggestions = append(told.Suggestions, &eventv1.SuggestionJudged{
			Field: suggested.GetField(), Accepted: suggested.GetOutcome() == intakev1.SuggestionOutcome_ACCEPTED,
		})
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssessed{ComplaintAssessed: told}})
	return nil
}

// The fields of an assessment that something is suggested for.
const (
	scenarioField   = "scenario"
	departmentField = "department"
	causesField     = "causes"
)

// SuggestedFields are the fields of an assessment that something is suggested for.
func SuggestedFields() []string { return []string{scenarioField, departmentField, causesField} }

// judge compares an assessment with what was suggested. What was not suggested, or
// not assessed, is neither right nor wrong.
func judge(a *intakev1.Assessment, found suggest.Suggestion) (out []*intakev1.SuggestionOutcome) {
	add := func(field string, guess suggest.Guess, assessed, same bool) {
		if guess.Value == "" || !assessed {
			return
		}
		outcome := intakev1.SuggestionOutcome_CORRECTED
		if same {
			outcome = intakev1.SuggestionOutcome_ACCEPTED
		}
		out = append(out, &intakev1.SuggestionOutcome{Field: field, Suggested: guess.Value, Confidence: guess.Confidence, Outcome: outcome})
	}
	add(scenarioField, found.Scenario, true, found.Scenario.Value == a.GetScenario().String())
	add(departmentField, found.Department, a.GetDepartment() != "", found.Department.Value == a.GetDepartment())
	if len(found.Causes) > 0 {
		likeliest := found.Causes[0]
		cause := policyv1.Cause(policyv1.Cause_value[likeliest.Value])
		add(causesField, likeliest, len(a.GetCauses()) > 0, slices.Contains(a.GetCauses(), cause))
	}
	return out
}

// needs puts the real need on record, where it is kept apart from what was
// demanded (REC-2).
func (e *edit) needs(need string) error {
	if wording.Blank(need) {
		return nil
	}
	now := &intakev1.Understanding{}
	if entry := e.entry(UnderstandingEntry, "1"); entry != nil {
		if err := readEntry(e.key, entry, now); err != nil {
			return err
		}
	}
	if now.GetRealNeed() == need {
		return nil
	}
	now.RealNeed = need
	return e.understand(now, []string{"real_need"})
}
