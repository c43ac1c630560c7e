package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/wording"
)

// CreateImprovement opens one by hand. Errors: SUBJECT_INVALID, AGENT_UNKNOWN, DUE_TIME_INVALID, IMPROVEMENT_OPEN.
func (s *Service) CreateImprovement(ctx context.Context, req *reviewv1.CreateImprovementRequest) (*reviewv1.Improvement, error) {
	sent := req.GetImprovement()
	subject, err := subjectOf(sent.GetSubject())
	if err != nil {
		return nil, err
	}
	i, err := s.Propose(ctx, subject, nil, "", caller(ctx).Subject)
	if err != nil {
		return nil, err
	}
	if i.DueTime, err = s.due("improvement.due_time", i.DueTime, timeOf(sent.GetDueTime())); err != nil {
		return nil, err
	}
	if i.Owner, i.Plan = sent.GetOwner(), sent.GetPlan(); i.Owner != "" {
		if err := s.there(ctx, i.Owner); err != nil {
			return nil, err
		}
	}
	command, _ := idem.FromContext(ctx)
	opened, done, err := s.deps.Improvements.OpenImprovement(ctx, Change{Command: command, Result: i.Name()}, i)
	switch {
	case err != nil:
		return nil, err
	case opened != "":
		return nil, improvementOpen(opened)
	}
	return s.readImprovement(ctx, done.Result)
}

// AssignImprovement says who sees to it, and by when. Errors: RESOURCE_NOT_FOUND, AGENT_UNKNOWN, DUE_TIME_INVALID, ETAG_MISMATCH,
// IMPROVEMENT_STATE_FORBIDS.
func (s *Service) AssignImprovement(ctx context.Context, req *reviewv1.AssignImprovementRequest) (*reviewv1.Improvement, error) {
	if err := s.there(ctx, req.GetOwner()); err != nil {
		return nil, err
	}
	return s.changeImprovement(ctx, req.GetName(), req.GetEtag(), func(i *Improvement) (*eventv1.Payload, error) {
		if i.State != reviewv1.Improvement_OPEN {
			return nil, stateForbids(i)
		}
		due, err := s.due("due_time", i.DueTime, timeOf(req.GetDueTime()))
		if err != nil {
			return nil, err
		}
		if !due.Equal(i.DueTime) || req.GetOwner() != i.Owner {
			i.OverdueTime, i.AboveTime = timeOf(nil), timeOf(nil) // Whoever sees to it is told again if that passes, or has passed, too.
		}
		i.Owner, i.DueTime = req.GetOwner(), due
		if req.GetPlan() != "" {
			i.Plan = req.GetPlan()
		}
		return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementAssigned{ImprovementAssigned: &eventv1.ImprovementAssigned{
			Improvement: i.Name(), Owner: i.Owner, DueTime: timestamp(i.DueTime),
		}}}, nil
	})
}

// CompleteImprovement says that it was done. Its owner does, or a supervisor and above. Errors: RESOURCE_NOT_FOUND, ROLE_NOT_ALLOWED for
// anybody else, LANGUAGE_TWICE, TEXT_UNFIT, ETAG_MISMATCH, IMPROVEMENT_STATE_FORBIDS.
func (s *Service) CompleteImprovement(ctx context.Context, req *reviewv1.CompleteImprovementRequest) (*reviewv1.Improvement, error) {
	texts, err := s.textsOf(req.GetCustomerTexts())
	if err != nil {
		return nil, err
	}
	who := caller(ctx)
	above := who.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
	return s.changeImprovement(ctx, req.GetName(), req.GetEtag(), func(i *Improvement) (*eventv1.Payload, error) {
		switch {
		case !above && i.Owner != who.Subject:
			return nil, notTheOwner(i)
		case i.State != reviewv1.Improvement_OPEN:
			return nil, stateForbids(i)
		}
		i.State, i.CompleteTime, i.Completer, i.Evidence, i.Texts = reviewv1.Improvement_DONE, s.now(), who.Subject, req.GetEvidence(), texts
		i.CheckTime = i.CompleteTime.Add(s.rules().GetCheckAfter().AsDuration())
		done := &eventv1.ImprovementCompleted{Improvement: i.Name(), CheckTime: timestamp(i.CheckTime)}
		for _, text := range texts {
			done.LanguageCodes = append(done.LanguageCodes, text.Language)
		}
		return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementCompleted{ImprovementCompleted: done}}, nil
	})
}

// AbandonImprovement says that it is not done. Errors: RESOURCE_NOT_FOUND, ETAG_MISMATCH, IMPROVEMENT_STATE_FORBIDS.
func (s *Service) AbandonImprovement(ctx context.Context, req *reviewv1.AbandonImprovementRequest) (*reviewv1.Improvement, error) {
	return s.changeImprovement(ctx, req.GetName(), req.GetEtag(), func(i *Improvement) (*eventv1.Payload, error) {
		if i.State != reviewv1.Improvement_OPEN {
			return nil, stateForbids(i)
		}
		i.State, i.AbandonReason = reviewv1.Improvement_ABANDONED, req.GetReason()
		return &eventv1.Payload{Kind: &eventv1.Payload_ImprovementAbandoned{
			ImprovementAbandoned: &eventv1.ImprovementAbandoned{Improvement: i.Name()},
		}}, nil
	})
}

// textsOf reads texts for customers, which nobody reads again before they are sent: so they say nothing that no draft says, whatever was ruled on the
// complaints of those who read them (SAY-1, PROM-2). Errors: LANGUAGE_TWICE, TEXT_UNFIT.
func (s *Service) textsOf(sent []*reviewv1.CustomerText) (texts []Text, err error) {
	for n, m := range sent {
		if slices.ContainsFunc(texts, func(t Text) bool { return t.Language == m.GetLanguageCode() }) {
			return nil, languageTwice(m.GetLanguageCode())
		}
		if found := s.checker.Check(wording.Draft{Text: m.GetText(), LanguageCode: m.GetLanguageCode()}); len(found) > 0 {
			return nil, textUnfit(fmt.Sprintf("customer_texts[%d].text", n), found)
		}
		texts = append(texts, Text{Language: m.GetLanguageCode(), Text: m.GetText()})
	}
	return texts, nil
}

// changeImprovement changes one on the caller's account, and answers with it.
func (s *Service) changeImprovement(
	ctx context.Context, name, etag string, decide func(*Improvement) (*eventv1.Payload, error),
) (*reviewv1.Improvement, error) {
	command, _ := idem.FromContext(ctx)
	change := Change{Improvement: improvementID(name), Actor: caller(ctx).Subject, Command: command, Result: name}
	_, err := s.deps.Improvements.ChangeImprovement(ctx, change, func(i *Improvement) ([]*eventv1.Payload, error) {
		if etag != "" && etag != i.Etag() {
			return nil, stale(i.Etag())
		}
		p, err := decide(i)
		return []*eventv1.Payload{p}, err
	})
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, err
	}
	return s.readImprovement(ctx, name)
}

func improvementID(name string) string { return strings.TrimPrefix(name, "improvements/") }
