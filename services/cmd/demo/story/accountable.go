package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

const (
	// ruler rules on the broken promise, decider is the other one of HR, colleague has nothing to do with it.
	ruler, decider, colleague = "agents/sun", "agents/hr-second", "agents/wu"
	// monthPay is a month's performance pay, lowered what HR confirms in the end.
	monthPay, lowered = 12_000, 20
)

// accountable tells who answers for the promise that was broken: what is deducted is suggested, heard, appealed, confirmed and exported, and
// nobody else sees it (ACC-1).
func (s *stage) accountable(ctx context.Context) error {
	s.begin("accountable")
	if err := s.cast(); err != nil {
		return err
	}
	ruling, err := s.rule(ctx)
	if err != nil {
		return err
	}
	deduction, err := s.suggestDeduction(ctx, ruling)
	if err != nil {
		return err
	}
	if err := s.unseen(ctx, deduction); err != nil {
		return err
	}
	for _, next := range []func(context.Context, *remedyv1.Deduction) error{s.tooEarly, s.heard, s.appealed, s.confirmed, s.exported} {
		if err := s.pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
		if err := next(ctx, deduction); err != nil {
			return err
		}
	}
	return nil
}

// cast lets those in who act in the chapter.
func (s *stage) cast() error {
	s.names[personnel], s.names[decider] = s.words.say("hr.first"), s.words.say("hr.second")
	return errors.Join(s.admit(ruler, authv1.Role_MANAGER), s.admit(personnel, authv1.Role_HR), s.admit(decider, authv1.Role_HR),
		s.admit(colleague, authv1.Role_AGENT))
}

// rule has the matter looked into, and ruled on: nothing is suggested before.
func (s *stage) rule(ctx context.Context) (*intakev1.Ruling, error) {
	err := s.post(ctx, s.assignee, "/investigationSteps", &intakev1.InvestigationStep{
		Findings: lookedInto, OwnProcessCheck: &intakev1.OwnProcessCheck{Done: true, Result: noReminder},
	}, &intakev1.InvestigationStep{})
	if err != nil {
		return nil, err
	}
	err = s.post(ctx, s.assignee, ":assess", &intakev1.AssessComplaintRequest{Assessment: &intakev1.Assessment{
		Established: policyv1.Establishment_ESTABLISHED, Scenario: policyv1.Scenario_ATTITUDE, Causes: []policyv1.Cause{policyv1.Cause_STAFF_COLD},
		Reasons: lookedInto,
	}}, &intakev1.Assessment{})
	if err != nil {
		return nil, err
	}
	ruling := &intakev1.Ruling{}
	err = s.post(ctx, ruler, ":rule", &intakev1.RuleComplaintRequest{Ruling: &intakev1.Ruling{
		Responsibility: policyv1.Responsibility_RESPONSIBLE, ReasonCode: policyv1.RulingReason_PROMISE_NOT_KEPT, Concerned: []string{s.assignee},
		Reason: forgotten,
	}}, ruling)
	if err != nil {
		return nil, err
	}
	s.act(s.serverTime(), ruler, s.words.say("act.rule", "agent", s.called(s.assignee)), "/v1/complaints/…:rule")
	s.speak("rule", forgotten)
	return ruling, nil
}

// suggestDeduction suggests what the published rule says, and prints how it was computed.
func (s *stage) suggestDeduction(ctx context.Context, ruling *intakev1.Ruling) (*remedyv1.Deduction, error) {
	req := &remedyv1.SuggestDeductionsRequest{
		Ruling: ruling.GetName(), Month: s.serverTime().UTC().Format("2006-01"), LanguageCode: s.words.language,
		Pays: []*remedyv1.MonthPay{{Agent: s.assignee, Pay: &money.Money{CurrencyCode: "CNY", Units: monthPay}}},
	}
	suggested := &remedyv1.SuggestDeductionsResponse{}
	err := s.soon(ctx, func() error { // Remedy hears of the ruling in a moment.
		return s.post(ctx, ruler, "/deductions:suggest", req, suggested)
	})
	if err != nil {
		return nil, err
	}
	if len(suggested.GetDeductions()) != 1 {
		return nil, fmt.Errorf("%s was ruled on, and %d deductions are suggested instead of one", s.complaint.GetName(), len(suggested.GetDeductions()))
	}
	deduction := suggested.GetDeductions()[0]
	s.act(deduction.GetCreateTime().AsTime(), ruler, s.words.say("act.suggest", "agent", s.called(s.assignee)), "/v1/complaints/…/deductions:suggest")
	for _, line := range deduction.GetComputation() {
		s.paper.below(plain, "· "+line)
	}
	return deduction, nil
}

// unseen requires that somebody else neither lists nor reads it.
func (s *stage) unseen(ctx context.Context, deduction *remedyv1.Deduction) error {
	list := &remedyv1.ListDeductionsResponse{}
	if err := s.server.get(ctx, s.tokens[colleague], "/v1/"+s.complaint.GetName()+"/deductions", list); err != nil {
		return err
	}
	err := s.server.get(ctx, s.tokens[colleague], "/v1/"+deduction.GetName(), &remedyv1.Deduction{})
	if len(list.GetDeductions()) > 0 || !refusedWith(err, errorv1.Reason_RESOURCE_NOT_FOUND) {
		return fmt.Errorf("a deduction is to be seen by somebody whom it does not concern: %w", err)
	}
	s.paper.below(plain, s.words.say("act.unseen", "agent", s.called(colleague)))
	return nil
}

// tooEarly has HR try to confirm what nobody was heard about, and requires that this is refused.
func (s *stage) tooEarly(ctx context.Context, deduction *remedyv1.Deduction) error {
	err := s.deduct(ctx, decider, deduction, ":confirm", &remedyv1.ConfirmDeductionRequest{Reason: lenient})
	if !refusedWith(err, remedyv1.ErrorReason_HEARING_OPEN) {
		return fmt.Errorf("a deduction was to be confirmed before anybody was heard, and the answer was not HEARING_OPEN: %w", err)
	}
	s.paper.below(plain, s.words.say("act.tooearly", "answer", err.Error()))
	return nil
}

// heard has the person say what there is to say.
func (s *stage) heard(ctx context.Context, deduction *remedyv1.Deduction) error {
	if err := s.deduct(ctx, s.assignee, deduction, ":answer", &remedyv1.AnswerDeductionRequest{Answer: explains}); err != nil {
		return err
	}
	s.act(deduction.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.heard"), "/v1/complaints/…/deductions/…:answer")
	s.speak("heard", explains)
	return nil
}

// appealed has the person appeal, once, and HR decide that.
func (s *stage) appealed(ctx context.Context, deduction *remedyv1.Deduction) error {
	if err := s.deduct(ctx, s.assignee, deduction, ":appeal", &remedyv1.AppealDeductionRequest{Grounds: objects}); err != nil {
		return err
	}
	s.act(deduction.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.appeal"), "/v1/complaints/…/deductions/…:appeal")
	s.speak("appeal", objects)
	if err := s.deduct(ctx, personnel, deduction, ":decideAppeal", &remedyv1.DecideDeductionAppealRequest{Reason: stands}); err != nil {
		return err
	}
	s.act(deduction.GetUpdateTime().AsTime(), personnel, s.words.say("act.decideappeal"), "/v1/complaints/…/deductions/…:decideAppeal")
	s.speak("decideappeal", stands)
	return nil
}

// confirmed has somebody else of HR confirm less than was suggested.
func (s *stage) confirmed(ctx context.Context, deduction *remedyv1.Deduction) error {
	err := s.deduct(ctx, decider, deduction, ":confirm", &remedyv1.ConfirmDeductionRequest{
		Reason: lenient, Amount: &money.Money{CurrencyCode: "CNY", Units: lowered},
	})
	if err != nil {
		return err
	}
	s.act(deduction.GetUpdateTime().AsTime(), decider, s.words.say("act.confirm",
		"amount", s.words.say("yuan", "amount", fmt.Sprint(deduction.GetAmount().GetUnits()))), "/v1/complaints/…/deductions/…:confirm")
	s.speak("confirm", lenient)
	return nil
}

// exported has HR take over what was confirmed for the month, and requires that it is handed out once: now, or to whoever else exported.
func (s *stage) exported(ctx context.Context, deduction *remedyv1.Deduction) error {
	err := s.server.post(ctx, s.tokens[decider], "/v1/deductions:export", &remedyv1.ExportDeductionsRequest{Month: deduction.GetMonth()},
		&remedyv1.ExportDeductionsResponse{})
	if err != nil {
		return err
	}
	if err := s.server.get(ctx, s.tokens[decider], "/v1/"+deduction.GetName(), deduction); err != nil {
		return err
	}
	if deduction.GetState() != remedyv1.Deduction_EXPORTED {
		return fmt.Errorf("%s was confirmed, and is %s after the export", deduction.GetName(), deduction.GetState())
	}
	s.act(deduction.GetUpdateTime().AsTime(), decider, s.words.say("act.export", "month", deduction.GetMonth()), "/v1/deductions:export")
	return nil
}

// deduct makes a call on a deduction as somebody, and notes what it has become.
func (s *stage) deduct(ctx context.Context, who string, deduction *remedyv1.Deduction, verb string, body proto.Message) error {
	return s.server.post(ctx, s.tokens[who], "/v1/"+deduction.GetName()+verb, body, deduction)
}
