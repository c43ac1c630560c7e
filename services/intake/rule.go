package intake

import (
	"context"
	"errors"
	"slices"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// RuleComplaint records who answers for a complaint (ASSESS-4). It replaces the last
// ruling of this cycle, unless that was appealed; all are kept.
func (s *Service) RuleComplaint(ctx context.Context, req *intakev1.RuleComplaintRequest) (*intakev1.Ruling, error) {
	ruling := req.GetRuling()
	if err := checkRuling(ruling); err != nil {
		return nil, err
	}
	directory, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkConcerned(directory, ruling.GetConcerned()); err != nil {
		return nil, err
	}
	if directory.concerned(caller(ctx).Subject, ruling.GetConcerned()) {
		return nil, rulerConcerned()
	}
	if err := s.checkPrecedents(ctx, req.GetName(), ruling.GetPrecedents()); err != nil {
		return nil, err
	}
	return create(ctx, s, req.GetName(), RulingEntry, ruling, func(e *edit, id string, ruling *intakev1.Ruling) error {
		if err := e.fresh(req.GetEtag()); err != nil {
			return err
		}
		return e.rule(id, ruling)
	}, InvestigationEntry, AssessmentEntry, AppealEntry)
}

// checkRuling holds that a ruling agrees with itself (ASSESS-4).
func checkRuling(r *intakev1.Ruling) error {
	fault := r.GetReasonCode() != policyv1.RulingReason_NO_FAULT
	switch {
	case r.GetResponsibility() == policyv1.Responsibility_RESPONSIBLE && !fault:
		return invalid("ruling.reason_code", "must be a fault, since somebody is responsible")
	case r.GetResponsibility() == policyv1.Responsibility_RESPONSIBLE && len(r.GetConcerned()) == 0:
		return invalid("ruling.concerned", "must say who is responsible")
	case r.GetResponsibility() == policyv1.Responsibility_NOT_RESPONSIBLE && fault:
		return invalid("ruling.reason_code", "must be NO_FAULT, since nobody is responsible")
	case r.GetRefusal() != nil && r.GetResponsibility() == policyv1.Responsibility_NOT_RESPONSIBLE && !faultless(r.GetRefusal()):
		return refusalAtFault()
	}
	return nil
}

// faultless holds ASSESS-4: a refusal is no fault if made by the rules and without an
// attitude issue.
func faultless(refusal *intakev1.RefusalCheck) bool {
	return refusal.GetByTheRules() && refusal.GetWithoutAttitudeIssue()
}

// checkConcerned wants everybody to be in the directory, or to have been.
func checkConcerned(directory directory, names []string) error {
	for _, name := range names {
		if _, known := directory[name]; !known {
			return invalid("ruling.concerned", "must be people and departments of the directory; "+name+" is none")
		}
	}
	return nil
}

// checkPrecedents wants other complaints that were ruled. A ruling is never undone,
// so that what is read here still holds when it is written.
func (s *Service) checkPrecedents(ctx context.Context, complaint string, names []string) error {
	for _, name := range names {
		id, err := complaintID("ruling.precedents", name)
		if err != nil {
			return err
		}
		record, err := s.store.Get(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound) || err == nil && (record.Ruling == 0 || name == complaint):
			return precedentInvalid(name)
		case err != nil:
			return err
		}
	}
	return nil
}

// rule completes a ruling and tells it.
func (e *edit) rule(id string, ruling *intakev1.Ruling) error {
	if e.Outcome == RefusedDemand && ruling.GetRefusal() == nil {
		return invalid("ruling.refusal", "must say how the refusal was made, since the complaint ended so; the assessment's refusal_on_record tells what was confirmed")
	}
	if err := e.investigated(); err != nil {
		return err
	}
	if e.last(AssessmentEntry) == nil {
		return assessmentMissing()
	}
	if e.last(AppealEntry) != nil {
		return rulingAppealed()
	}
	ruling.Supersedes = e.nameOfLast(RulingEntry)
	name := entryName(e.ID, RulingEntry, id)
	content, err := e.content(name, ruling)
	if err != nil {
		return err
	}
	e.Ruling = int32(ruling.GetResponsibility())
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ResponsibilityRuled{ResponsibilityRuled: &eventv1.ResponsibilityRuled{
		Ruling: name, Responsibility: ruling.GetResponsibility(), Reason: ruling.GetReasonCode(), Concerned: ruling.GetConcerned(),
		Supersedes: ruling.GetSupersedes(), Content: content,
	}}})
	e.concerns(slices.DeleteFunc(slices.Clone(ruling.GetConcerned()), isDepartment), name) // None of whom judges it any more (ROUTE-2).
	return nil
}
