package review

import (
	"context"
	"errors"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// GetImprovement reads one. Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetImprovement(ctx context.Context, req *reviewv1.GetImprovementRequest) (*reviewv1.Improvement, error) {
	return s.readImprovement(ctx, req.GetName())
}

// ListImprovements lists them, the latest opened first. Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListImprovements(ctx context.Context, req *reviewv1.ListImprovementsRequest) (*reviewv1.ListImprovementsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	query := ImprovementQuery{Filter: req.GetFilter(), Now: s.now(), Limit: int(size) + 1}
	bind := "improvements\x00" + query.Filter
	at, id, err := s.after(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if id != "" {
		query.After = &ImprovementPosition{CreateTime: at, ID: id}
	}
	list, err := s.deps.Improvements.Improvements(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &reviewv1.ListImprovementsResponse{}
	if len(list) == query.Limit {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.CreateTime, last.ID), bind)
	}
	for i := range list {
		resp.Improvements = append(resp.Improvements, s.improvement(&list[i]))
	}
	return resp, nil
}

// ListCustomerTexts tells what was improved for complaints like one: of its category and its fault of its product, the latest first. A text
// that is not in the customer's language is not told.
func (s *Service) ListCustomerTexts(ctx context.Context, req *reviewv1.ListCustomerTextsRequest) (*reviewv1.ListCustomerTextsResponse, error) {
	var subjects []Subject
	if req.GetProduct() != "" && req.GetFaultCode() != "" {
		subjects = append(subjects, Subject{Product: req.GetProduct(), Fault: req.GetFaultCode()})
	}
	if req.GetCategory() != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		subjects = append(subjects, Subject{Category: req.GetCategory()})
	}
	resp := &reviewv1.ListCustomerTextsResponse{}
	if len(subjects) == 0 {
		return resp, nil
	}
	list, err := s.deps.Improvements.Improved(ctx, subjects, timeOf(req.GetAfterTime()), mostImproved)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, text := range list[i].Texts {
			if text.Language == req.GetLanguageCode() && len(resp.GetTexts()) < int(s.rules().GetToldAtMost()) {
				resp.Texts = append(resp.Texts, &reviewv1.ImprovedText{
					Improvement: list[i].Name(), Text: text.Text, CompleteTime: timestamp(list[i].CompleteTime),
				})
			}
		}
	}
	return resp, nil
}

// mostImproved is how far back texts in a customer's language are looked for.
const mostImproved = 100

// readImprovement is the one of a name.
func (s *Service) readImprovement(ctx context.Context, name string) (*reviewv1.Improvement, error) {
	i, err := s.deps.Improvements.Improvement(ctx, improvementID(name))
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, err
	}
	return s.improvement(&i), nil
}

// improvement is one as it is told.
func (s *Service) improvement(i *Improvement) *reviewv1.Improvement {
	m := &reviewv1.Improvement{
		Name: i.Name(), State: i.State, Owner: i.Owner, Plan: i.Plan, Opener: i.Opener, Etag: i.Etag(),
		Subject: &reviewv1.Subject{Category: i.Subject.Category, Product: i.Subject.Product, FaultCode: i.Subject.Fault},
		DueTime: timestamp(i.DueTime), Overdue: i.Overdue(s.now()), OverdueTime: timestamp(i.OverdueTime), CreateTime: timestamp(i.CreateTime),
		CompleteTime: timestamp(i.CompleteTime), Completer: i.Completer, Evidence: i.Evidence, CheckTime: timestamp(i.CheckTime),
		AbandonReason: i.AbandonReason, Effect: effectOf(i.Effect),
	}
	for _, text := range i.Texts {
		m.CustomerTexts = append(m.CustomerTexts, &reviewv1.CustomerText{LanguageCode: text.Language, Text: text.Text})
	}
	if f := i.Figures; f != nil {
		m.Figures = &reviewv1.Figures{
			StartTime: timestamp(f.StartTime), EndTime: timestamp(f.EndTime), Count: f.Count, Total: f.Total, Share: f.Share,
			UsualShare: f.UsualShare, Escalated: f.Escalated,
		}
	}
	return m
}

// effectOf is what was found; nil for nothing yet.
func effectOf(e *Effect) *reviewv1.Effect {
	if e == nil {
		return nil
	}
	rate := func(t Tally) *reviewv1.Rate {
		between := t.Wilson(e.Confidence)
		return &reviewv1.Rate{Count: t.Count, Escalated: t.Escalated, Rate: t.Rate(), Low: between.Low, High: between.High, Open: t.Open}
	}
	difference, between := e.Difference()
	return &reviewv1.Effect{
		Before: rate(e.Before), After: rate(e.After), Difference: difference, DifferenceLow: between.Low, DifferenceHigh: between.High,
		Confidence: e.Confidence, Finding: e.Finding, CheckTime: timestamp(e.CheckTime),
	}
}
