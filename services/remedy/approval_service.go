package remedy

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// decision is what somebody says.
type decision struct {
	who     auth.Identity
	at      time.Time
	etag    string
	comment *eventv1.Sealed
}

// NameApprover notes whom routing has named for a turn, once; for a turn that is over, or of an approval that is, it changes nothing. Errors:
// RESOURCE_NOT_FOUND, INVALID_FIELD for a level that the policy does not have.
func (s *Service) NameApprover(ctx context.Context, req *remedyv1.NameApproverRequest) (*remedyv1.Approval, error) {
	err := s.onApproval(ctx, req.GetName(), func(c *Case, a *Approval) error {
		at := a.step()
		if !a.pending() || int(req.GetStep()) != len(a.Steps) || at.Named {
			return nil
		}
		if level := int(req.GetLevel()); req.GetApprover() != "" {
			if level < at.Level || level > s.rules.last() {
				return invalidField("level", "It is below the level that is to decide, or above the last one.")
			}
			at.Level = level
		}
		at.Approver, at.Named, at.Passed = req.GetApprover(), true, passedApprovers(req.GetPassed())
		chosen := &eventv1.ApproverChosen{
			Approval: a.name(), Level: int32(at.Level), Approver: at.Approver, DueTime: timestamppb.New(at.DueTime),
		}
		for _, p := range at.Passed {
			chosen.Passed = append(chosen.Passed, &eventv1.PassedOverApprover{Level: p.Level, Agent: p.Agent, Cause: p.Cause.String()})
		}
		c.tell(a.Cycle, caller(ctx).Subject, s.now(), &eventv1.Payload{Kind: &eventv1.Payload_ApproverChosen{ApproverChosen: chosen}})
		_, err := s.passOn(c, a, caller(ctx).Subject) // Routing may not have heard yet whom the complaint is about.
		c.putApproval(a)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.readApproval(ctx, approvalID(req.GetName()))
}

// SettleApproval says how an approval stands, and moves it up when a level's time is over (CLK-1). Whoever is absent, as routing has found, loses the turn.
// Errors: RESOURCE_NOT_FOUND.
func (s *Service) SettleApproval(ctx context.Context, req *remedyv1.SettleApprovalRequest) (*remedyv1.SettleApprovalResponse, error) {
	resp := &remedyv1.SettleApprovalResponse{}
	err := s.onApproval(ctx, req.GetName(), func(c *Case, a *Approval) error {
		over := s.settleApproval(c, a, caller(ctx).Subject, s.now())
		if absent := req.GetAbsent(); absent != "" && a.pending() && a.step().Approver == absent {
			s.passFrom(c, a, remedyv1.ApprovalStep_ABSENT, caller(ctx).Subject)
			over = true
		}
		if over {
			c.putApproval(a)
		}
		resp.Reset()
		resp.State, resp.Overdue = a.State, a.Overdue
		if a.pending() {
			at := a.step()
			resp.Step, resp.Level, resp.Approver = int32(len(a.Steps)), int32(at.Level), at.Approver
			resp.DueTime, resp.RemindTime, resp.Excluded = timestamppb.New(at.DueTime), timestamppb.New(at.RemindTime), a.excluded()
			resp.Recused = a.recused(c, s.rules.last())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// onApproval changes an approval on the account of a timer.
func (s *Service) onApproval(ctx context.Context, name string, change func(c *Case, a *Approval) error) error {
	known, err := s.deps.Approvals.Approval(ctx, approvalID(name))
	if err != nil {
		return s.noApproval(err, name)
	}
	_, err = s.deps.Store.Change(ctx, Change{Complaint: known.Complaint, Remedies: true, Approval: known.ID}, func(c *Case) error {
		a := c.approval(known.ID)
		if a == nil {
			return notFound(name)
		}
		return change(c, a)
	})
	return err
}

func passedApprovers(sent []*remedyv1.ApproverPassedOver) []PassedApprover {
	var all []PassedApprover
	for _, p := range sent {
		all = append(all, PassedApprover{Level: p.GetLevel(), Agent: p.GetAgent(), Cause: p.GetCause()})
	}
	return all
}
