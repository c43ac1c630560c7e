package intake

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// CloseComplaint ends a resolved complaint, or one that is none (REC-1), to whose customer nothing was promised that is still owed.
func (s *Service) CloseComplaint(ctx context.Context, req *intakev1.CloseComplaintRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if err := e.recused(); err != nil {
			return err
		}
		if err := e.Close(Outcome(req.GetOutcome()), e.now); err != nil {
			return err
		}
		if Outcome(req.GetOutcome()) == NotAComplaint {
			if err := e.settledFirst(); err != nil {
				return err
			}
			// What was said before at first contact settled nothing.
			e.details.Resolution, e.details.Spam = req.GetAnswer(), req.GetSpam()
		}
		e.remark("close", req.GetReason())
		e.tell(closed(e.Outcome))
		return nil
	})
}

// WithdrawComplaint ends a complaint that the customer takes back (CLK-4). What was promised is given up by the customer alone: with this call
// through a front end, or else promise by promise before it (PROM-1).
func (s *Service) WithdrawComplaint(ctx context.Context, req *intakev1.WithdrawComplaintRequest) (*intakev1.Complaint, error) {
	return s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if err := e.recused(); err != nil {
			return err
		}
		if err := e.Withdraw(e.now); err != nil {
			return err
		}
		if err := e.settledFirst(); err != nil && staff(caller(ctx)) { // Who takes it back through a front end is the customer.
			return err
		}
		// A resolution that was only asked for is not what the customer was told.
		e.details.Resolution = ""
		e.remark("withdraw", req.GetReason())
		e.tell(closed(e.Outcome))
		return nil
	})
}

// ReopenComplaint begins a new cycle with its own clocks (CLK-4). A merged
// complaint goes on in another one and is not opened again.
func (s *Service) ReopenComplaint(ctx context.Context, req *intakev1.ReopenComplaintRequest) (*intakev1.Complaint, error) {
	complaint, err := s.change(ctx, req.GetName(), req.GetEtag(), func(e *edit) error {
		if e.MergedInto != "" {
			return &mergedError{complaint: e.Name(), into: e.MergedInto}
		}
		if err := e.recused(); err != nil {
			return err
		}
		return s.reopen(e, req.GetReason())
	})
	return complaint, s.survivorOf(ctx, err)
}

// reopen begins a new cycle of a complaint.
func (s *Service) reopen(e *edit, why string) error {
	targets, err := s.policy.Targets(policyv1.Severity(e.Severity), e.now)
	if err != nil {
		return err
	}
	ended := e.end()
	if err := e.Reopen(targets, e.now); err != nil {
		return err
	}
	e.details.Ended = append(e.details.Ended, ended)
	e.details.Resolution, e.details.Objections, e.details.Spam = "", nil, false
	e.remark("reopen", why)
	reason, err := e.sealed(why, reopeningPlace(e.Name(), e.Cycle))
	if err != nil {
		return err
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintReopened{ComplaintReopened: &eventv1.ComplaintReopened{
		Severity: policyv1.Severity(e.Severity), ReopenTime: stamp(e.now), Targets: declared(targets),
		PolicyVersion: s.policy.Version(), Reason: reason, TargetKind: policyv1.TargetKind(e.TargetKind),
		Reference: e.Reference, Customer: e.Customer, LanguageCode: e.Language,
		TargetAgent: targetAgent(e.person()),
	}}})
	return nil
}

// closed is the event of a complaint that ended.
func closed(outcome Outcome) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintClosed{ComplaintClosed: &eventv1.ComplaintClosed{
		Outcome: intakev1.Complaint_Outcome(outcome).String(),
	}}}
}
