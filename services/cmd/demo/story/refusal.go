package story

import (
	"context"
	"fmt"
	"time"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// refused tells of a demand that nobody can meet, and how it is refused: step by step, and never flatly (REF-1).
func (s *stage) refused(ctx context.Context) error {
	s.begin("refused")
	err := s.another(ctx, "refused", "钱先生", unreasonable, &intakev1.Target{Kind: policyv1.TargetKind_SERVICE, Product: "客服热线"})
	if err != nil {
		return err
	}
	refusal := &remedyv1.Refusal{}
	if err := s.post(ctx, s.assignee, ":refuse", &remedyv1.BeginRefusalRequest{Decision: cannot, Clause: byClause}, refusal); err != nil {
		return err
	}
	s.act(refusal.GetCreateTime().AsTime(), s.assignee, s.words.say("act.refuse"), "/v1/complaints/…:refuse")
	s.speak("refuse", cannot)
	if err := s.tooFast(ctx, refusal.GetName()); err != nil {
		return err
	}
	for _, step := range []*remedyv1.RecordRefusalStepRequest{
		{Kind: remedyv1.RefusalStep_SET_EXPECTATIONS, Evidence: whatCan},
		{Kind: remedyv1.RefusalStep_SOOTHE, Evidence: hears},
		{Kind: remedyv1.RefusalStep_REASON_AND_ALTERNATIVE, Evidence: whyNot, Alternative: alternative},
		{Kind: remedyv1.RefusalStep_COMPENSATE, Reason: noLoss},
		{Kind: remedyv1.RefusalStep_SUPPORT, Evidence: supported, Party: "agents/zhao"},
	} {
		if err := s.stepOf(ctx, refusal.GetName(), step); err != nil {
			return err
		}
	}
	if err := s.write(ctx, customer, "gives.in", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, givesIn); err != nil {
		return err
	}
	yes := &remedyv1.EndRefusalRequest{Accepted: true, Words: givesIn, Evidence: s.message}
	if err := s.soon(ctx, func() error { // Where the customer said so may not have been heard of everywhere yet.
		return s.server.post(ctx, s.tokens[s.assignee], "/v1/"+refusal.GetName()+":endRefusal", yes, refusal)
	}); err != nil {
		return err
	}
	s.act(refusal.GetEndTime().AsTime(), s.assignee, s.words.say("act.accepted"), "/v1/complaints/…/refusals/…:endRefusal")
	return s.ended(ctx, "refused.resolution", intakev1.Complaint_REFUSED, cannot)
}

// tooFast tries to end the contact at once, and requires that this is refused.
func (s *stage) tooFast(ctx context.Context, refusal string) error {
	err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+refusal+":recordStep", &remedyv1.RecordRefusalStepRequest{
		Kind: remedyv1.RefusalStep_END_CONTACT, Evidence: cannot, ByTheRules: true, WithoutAttitudeIssue: true,
	}, &remedyv1.Refusal{})
	if !refusedWith(err, remedyv1.ErrorReason_STEP_OUT_OF_ORDER) {
		return fmt.Errorf("the contact was to be ended as the first step, and the answer was not STEP_OUT_OF_ORDER: %w", err)
	}
	s.paper.below(plain, s.words.say("act.toofast", "answer", err.Error()))
	return nil
}

// stepOf puts the next step of a refusal on record.
func (s *stage) stepOf(ctx context.Context, refusal string, step *remedyv1.RecordRefusalStepRequest) error {
	if err := s.pause(ctx, 300*time.Millisecond); err != nil {
		return err
	}
	answer := &remedyv1.Refusal{}
	if err := s.server.post(ctx, s.tokens[s.assignee], "/v1/"+refusal+":recordStep", step, answer); err != nil {
		return err
	}
	done := answer.GetSteps()[len(answer.GetSteps())-1]
	s.act(done.GetCreateTime().AsTime(), s.assignee, s.words.name("step", step.GetKind().String()), "/v1/complaints/…/refusals/…:recordStep")
	s.speak("step."+step.GetKind().String(), step.GetEvidence()+step.GetReason()+step.GetAlternative())
	return nil
}
