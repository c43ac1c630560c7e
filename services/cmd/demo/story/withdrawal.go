package story

import (
	"context"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// takenBack tells of a customer who withdraws a complaint, and is told of that end as of any other (REM-6): who did not withdraw it notices.
func (s *stage) takenBack(ctx context.Context) error {
	s.begin("taken")
	err := s.another(ctx, "taken", "孙先生", noBill, &intakev1.Target{Kind: policyv1.TargetKind_BILLING, Product: "话费"})
	if err != nil {
		return err
	}
	complaint := &intakev1.Complaint{}
	if err := s.post(ctx, customer, ":withdraw", &intakev1.WithdrawComplaintRequest{Reason: foundBill}, complaint); err != nil {
		return err
	}
	s.open = nil // Nobody owes anything any more.
	s.act(complaint.GetCloseTime().AsTime(), customer, s.words.say("act.withdraw"), "/v1/complaints/…:withdraw")
	s.speak("withdraw", foundBill)
	if err := s.until(ctx, "the letter on the withdrawal", complaint.GetCloseTime().AsTime(), func(h happening) bool {
		return h.payload.GetMessageSent().GetTemplate() == "withdrawn"
	}); err != nil {
		return err
	}
	var draft intakev1.Draft
	if err := s.post(ctx, observer, ":draft", &intakev1.WriteDraftRequest{}, &draft); err != nil {
		return err
	}
	s.paper.quote(draft.GetText())
	s.mean("withdrawn")
	return nil
}
