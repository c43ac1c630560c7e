package remedy

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// recuse has the approvals that wait on somebody who turned out to be complained about, or to stand next to who is, wait on somebody else (APPR-2).
func (s *Service) recuse(c *Case, actor string) error {
	for i := range c.Approvals {
		a := &c.Approvals[i]
		over := s.settleApproval(c, a, actor, s.now())
		passed, err := s.passOn(c, a, actor)
		if err != nil {
			return err
		}
		if passed || over {
			c.putApproval(a)
		}
	}
	return nil
}

// recused are those whose turn ended since they must not judge. Routing may not know of that yet when it is asked for somebody else. The
// last level bars only who is complained about.
func (a *Approval) recused(c *Case, last int) []string {
	var all []string
	for _, s := range a.Steps {
		if s.Outcome != remedyv1.ApprovalStep_RECUSED || slices.Contains(all, s.Approver) {
			continue
		}
		if a.step().Level < last || c.Complaint.Facts.about(s.Approver) {
			all = append(all, s.Approver)
		}
	}
	return all
}

// near tells whether somebody stands directly above or below who is complained about, and must not judge for it (ROUTE-2). At the last level
// that bars nobody: somebody has to decide, and nobody is above.
func (s *Service) near(c *Case, a *Approval, who string) (bool, error) {
	targets := c.Complaint.Facts.targets()
	if len(targets) == 0 || a.step().Level >= s.rules.last() {
		return false, nil
	}
	above, err := c.Above(append([]string{who}, targets...))
	return err == nil && slices.ContainsFunc(targets, func(target string) bool { return above[who] == target || above[target] == who }), err
}

// passOn ends the turn of whoever must not judge, and tells whether it was theirs. The level stays, and has its whole time: routing names
// somebody else there or above.
func (s *Service) passOn(c *Case, a *Approval, actor string) (bool, error) {
	now := s.now()
	ended := a.step()
	if !a.pending() || ended.Approver == "" {
		return false, nil
	}
	if !c.Complaint.Facts.about(ended.Approver) {
		if near, err := s.near(c, a, ended.Approver); err != nil || !near {
			return false, err
		}
	}
	ended.Outcome, ended.EndTime = remedyv1.ApprovalStep_RECUSED, now
	from, next := *ended, s.rules.patience(a.Urgent).step(ended.Level, now)
	a.Steps = append(a.Steps, next)
	c.tell(a.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
		Approval: a.name(), FromLevel: int32(from.Level), Approver: from.Approver, Level: int32(next.Level), DueTime: timestamppb.New(next.DueTime),
		RemindTime: timestamppb.New(next.RemindTime), Recused: true,
	}}})
	return true, nil
}
