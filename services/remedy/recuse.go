package remedy

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// recuse has the approvals that wait on somebody who turned out to be complained about wait on somebody else (APPR-2).
func (s *Service) recuse(c *Case, actor string) {
	for i := range c.Approvals {
		a := &c.Approvals[i]
		over := s.settleApproval(c, a, actor, s.now())
		if s.passOn(c, a, actor) || over {
			c.putApproval(a)
		}
	}
}

// recused are those whose turn ended since they are complained about. Routing may not know of that yet when it is asked for somebody else.
func (a *Approval) recused() []string {
	var all []string
	for _, s := range a.Steps {
		if s.Outcome == remedyv1.ApprovalStep_RECUSED && !slices.Contains(all, s.Approver) {
			all = append(all, s.Approver)
		}
	}
	return all
}

// passOn ends the turn of whoever is complained about, and tells whether it was theirs. The level stays, and has its whole time: routing names
// somebody else there or above.
func (s *Service) passOn(c *Case, a *Approval, actor string) bool {
	now := s.now()
	ended := a.step()
	if !a.pending() || ended.Approver == "" || !c.Complaint.Facts.about(ended.Approver) {
		return false
	}
	ended.Outcome, ended.EndTime = remedyv1.ApprovalStep_RECUSED, now
	from, next := *ended, s.rules.patience(a.Urgent).step(ended.Level, now)
	a.Steps = append(a.Steps, next)
	c.tell(a.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
		Approval: a.name(), FromLevel: int32(from.Level), Approver: from.Approver, Level: int32(next.Level), DueTime: timestamppb.New(next.DueTime),
		RemindTime: timestamppb.New(next.RemindTime), Recused: true,
	}}})
	return true
}
