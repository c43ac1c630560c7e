package remedy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// relievedAtOnce is how many approvals are read at a time that wait on somebody.
const relievedAtOnce = 100

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

// recused are those whose turn ended since they must not judge, or have left. Routing may not know of that yet when it is asked for somebody else. The
// last level bars of the recused only who is complained about.
func (a *Approval) recused(c *Case, last int) []string {
	var all []string
	for _, s := range a.Steps {
		barred := s.Outcome == remedyv1.ApprovalStep_LEFT ||
			s.Outcome == remedyv1.ApprovalStep_RECUSED && (a.step().Level < last || c.Complaint.Facts.about(s.Approver))
		if barred && !slices.Contains(all, s.Approver) {
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

// relieve has what waits on somebody of whom the directory tells something new, or on whoever stands above them now, wait on somebody else if
// they have left, or stand next to who is complained about. It may be repeated.
func (s *Service) relieve(ctx context.Context, changed *eventv1.DirectoryChanged, actor string) error {
	if !strings.HasPrefix(changed.GetResource(), "agents/") {
		return nil
	}
	for _, who := range []string{changed.GetResource(), changed.GetSupervisor()} {
		if who == "" {
			continue
		}
		query := ApprovalQuery{Filter: fmt.Sprintf("state = %q AND approver = %q", remedyv1.Approval_PENDING, who), Digits: s.rules.Digits, Limit: relievedAtOnce}
		for {
			list, err := s.deps.Approvals.Approvals(ctx, query)
			if err != nil {
				return err
			}
			for i := range list {
				err := s.onApproval(ctx, list[i].name(), func(c *Case, a *Approval) error {
					passed, err := s.passOn(c, a, actor)
					if passed {
						c.putApproval(a)
					}
					return err
				})
				if err != nil {
					return err
				}
			}
			if len(list) < relievedAtOnce {
				break
			}
			last := list[len(list)-1]
			query.After = &ApprovalPosition{DueTime: last.step().DueTime, ID: last.ID}
		}
	}
	return nil
}

// barredFrom is how the turn of somebody ends who must not judge any more: they have left, are complained about, or stand next to who is.
// Unspecified for anybody else.
func (s *Service) barredFrom(c *Case, a *Approval, who string) (remedyv1.ApprovalStep_Outcome, error) {
	left, err := c.Left(who)
	switch {
	case err != nil:
		return 0, err
	case left:
		return remedyv1.ApprovalStep_LEFT, nil
	case c.Complaint.Facts.about(who):
		return remedyv1.ApprovalStep_RECUSED, nil
	}
	if near, err := s.near(c, a, who); err != nil || !near {
		return 0, err
	}
	return remedyv1.ApprovalStep_RECUSED, nil
}

// passOn ends the turn of whoever must not judge, or has left, and tells whether it was theirs. The level stays, and has its whole time: routing names
// somebody else there or above.
func (s *Service) passOn(c *Case, a *Approval, actor string) (bool, error) {
	ended := a.step()
	if !a.pending() || ended.Approver == "" {
		return false, nil
	}
	outcome, err := s.barredFrom(c, a, ended.Approver)
	if err != nil || outcome == remedyv1.ApprovalStep_OUTCOME_UNSPECIFIED {
		return false, err
	}
	s.passFrom(c, a, outcome, actor)
	return true, nil
}

// passFrom ends the turn that goes on with an outcome that is no decision, and begins another one at its level.
func (s *Service) passFrom(c *Case, a *Approval, outcome remedyv1.ApprovalStep_Outcome, actor string) {
	now, ended := s.now(), a.step()
	ended.Outcome, ended.EndTime = outcome, now
	from, next := *ended, s.rules.patience(a.Urgent).step(ended.Level, now)
	a.Steps = append(a.Steps, next)
	c.tell(a.Cycle, actor, now, &eventv1.Payload{Kind: &eventv1.Payload_ApprovalMovedUp{ApprovalMovedUp: &eventv1.ApprovalMovedUp{
		Approval: a.name(), FromLevel: int32(from.Level), Approver: from.Approver, Level: int32(next.Level), DueTime: timestamppb.New(next.DueTime),
		RemindTime: timestamppb.New(next.RemindTime), Recused: outcome == remedyv1.ApprovalStep_RECUSED,
		Left: outcome == remedyv1.ApprovalStep_LEFT, Absent: outcome == remedyv1.ApprovalStep_ABSENT,
	}}})
}
