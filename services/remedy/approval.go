package remedy

import (
	"slices"
	"strings"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// Approval is a revision of a proposal that somebody has to approve (APPR-1…3).
type Approval struct {
	// ID is the remedy's id and the revision.
	ID string
	// Complaint and Remedy are the ids of what it is about.
	Complaint, Remedy string
	// Revision is the one that is to be approved.
	Revision int32
	// Cycle is the complaint's.
	Cycle int32
	// Customer is "customers/{customer}", whose data key seals the texts.
	Customer string
	// State is where it stands.
	State remedyv1.Approval_State
	// Needed is how many levels have to approve.
	Needed int32
	// Cash is true when some of it is cash, Urgent when the short deadline holds, Beyond when nobody below the last level grants it.
	Cash, Urgent, Beyond bool
	// Overdue is true once the last level has run out of time.
	Overdue bool
	// Most is the most that any option costs, in the smallest unit of the currency.
	Most int64
	// Proposer is "agents/{agent}".
	Proposer string
	// Authors are who else wrote a part of it, which was taken over from an earlier version: each "agents/{agent}".
	Authors []string
	// Department is whose budget it takes: "departments/{department}".
	Department string
	// CreateTime is when it was requested, and EndTime when it was decided or became void.
	CreateTime, EndTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
	// Evidence is what it was decided by, sealed; empty before, and when the customer was erased.
	Evidence []byte
	// Steps are whose turn it was, the oldest first. There is one at least, and only the last one can be without an end.
	Steps []Step
	// Kept is how many of the steps are on record as they will stay.
	Kept int
}

// Step is somebody's turn.
type Step struct {
	// Level is the level, from 1.
	Level int
	// Approver is "agents/{agent}"; empty for nobody.
	Approver string
	// Named is true once routing has said who it is, or that it is nobody.
	Named bool
	// Passed are those who would have decided before.
	Passed []PassedApprover
	// BeginTime, DueTime and RemindTime are when it began, by when it is to be decided and when the approver is reminded.
	BeginTime, DueTime, RemindTime time.Time
	// EndTime is when it ended, and Outcome how; neither while it goes on.
	EndTime time.Time
	Outcome remedyv1.ApprovalStep_Outcome
	// Decider is "agents/{agent}"; empty when nobody decided.
	Decider string
	// Comment is what the decider said, sealed; empty for nothing.
	Comment []byte
}

// PassedApprover is somebody who would have decided, and does not.
type PassedApprover struct {
	// Level is the level, from 1.
	Level int32 `json:"level"`
	// Agent is "agents/{agent}"; empty for nobody.
	Agent string `json:"agent"`
	// Cause is why.
	Cause remedyv1.ApproverPassedOver_Cause `json:"cause"`
}

// terms of time of an approval: how long a level has, after which part of that the approver is reminded, and how many levels there are.
type patience struct {
	within  time.Duration
	percent int32
	last    int
}

// patience is what the policy gives an approval.
func (r *Rules) patience(urgent bool) patience {
	said := r.policy.GetApprovals()
	p := patience{within: said.GetWithin().AsDuration(), percent: said.GetRemindPercent(), last: r.last()}
	if urgent {
		p.within = said.GetUrgentWithin().AsDuration()
	}
	return p
}

// step is a turn that begins at a moment. Times have the precision of the databases.
func (p patience) step(level int, begin time.Time) Step {
	return Step{
		Level: level, BeginTime: begin, DueTime: begin.Add(p.within).Truncate(time.Microsecond),
		RemindTime: begin.Add(p.within / 100 * time.Duration(p.percent)).Truncate(time.Microsecond),
	}
}

// name is the approval's resource name.
func (a *Approval) name() string { return approvalName(a.ID) }

// remedy is the name of what is to be approved.
func (a *Approval) remedy() string { return remedyName(a.Complaint, a.Remedy) }

// step is the turn that goes on, or was the last.
func (a *Approval) step() *Step { return &a.Steps[len(a.Steps)-1] }

// pending is true while somebody is to decide.
func (a *Approval) pending() bool { return a.State == remedyv1.Approval_PENDING }

// clone shares nothing that changes with the approval.
func (a Approval) clone() Approval {
	a.Steps = slices.Clone(a.Steps)
	return a
}

// moved is a turn that is over, and the next one.
type moved struct{ from, to Step }

// settle is what time has made of an approval, and goes by what is on record alone: it comes to the same whenever it is asked for, and
// however often (CLK-1). A level whose time is over has not approved. The next level's begins then; after the last one it is the last one's
// turn again, for ever, since nothing is approved by silence (APPR-3). Where an executive has approved in place of a level below, the last
// level has spoken, and nobody may be left there to second it: the levels below it are asked in turn. It answers whose turns are over by it.
func (a *Approval) settle(now time.Time, p patience) (over []moved) {
	first, top := p.last, p.last
	if level := a.stoodIn(); level > 0 && level < p.last {
		first, top = level, p.last-1
	}
	round := p.within * time.Duration(top-first+1)
	for a.pending() && !now.Before(a.step().DueTime) {
		ended := a.step()
		ended.Outcome, ended.EndTime = remedyv1.ApprovalStep_EXPIRED, ended.DueTime
		next := p.step(ended.Level+1, ended.DueTime)
		if ended.Level >= top {
			a.Overdue = true
			// What nobody was there to ask for is no turn of anybody: the round that goes on now is the next one.
			missed := now.Sub(ended.DueTime) / round
			next = p.step(first, ended.DueTime.Add(missed*round))
		}
		from := *ended
		a.Steps = append(a.Steps, next)
		over = append(over, moved{from: from, to: next})
	}
	return over
}

// end ends the turn and the approval.
func (a *Approval) end(state remedyv1.Approval_State, outcome remedyv1.ApprovalStep_Outcome, at time.Time) {
	a.State, a.EndTime = state, at
	last := a.step()
	last.Outcome, last.EndTime = outcome, at
}

// approvedBelow tells whether somebody has approved it at an earlier turn.
func (a *Approval) approvedBelow(who string) bool {
	return slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Outcome == remedyv1.ApprovalStep_APPROVED && s.Decider == who })
}

// stoodIn is the level in whose place an executive has approved, who stands above; 0 for none. Below the last level nobody else decides
// in somebody's place.
func (a *Approval) stoodIn() int {
	for i, s := range a.Steps[:len(a.Steps)-1] {
		if s.Outcome == remedyv1.ApprovalStep_APPROVED && (s.Decider != s.Approver || a.Steps[i+1].Level == s.Level) {
			return s.Level
		}
	}
	return 0
}

// approvals is how many have approved.
func (a *Approval) approvals() int32 {
	var count int32
	for _, s := range a.Steps {
		if s.Outcome == remedyv1.ApprovalStep_APPROVED {
			count++
		}
	}
	return count
}

// wrote tells whether somebody proposed it, or wrote a part of it.
func (a *Approval) wrote(who string) bool {
	return who == a.Proposer || slices.Contains(a.Authors, who)
}

// excluded must not decide besides whom the complaint recuses: the proposer first, then who else wrote a part of it, then who approved below.
func (a *Approval) excluded() []string {
	all := append([]string{a.Proposer}, a.Authors...)
	for _, s := range a.Steps {
		if s.Outcome == remedyv1.ApprovalStep_APPROVED && !slices.Contains(all, s.Decider) {
			all = append(all, s.Decider)
		}
	}
	return all
}

// turn is the last turn that somebody had, or has; nil for none.
func (a *Approval) turn(who string) *Step {
	for i := len(a.Steps) - 1; i >= 0; i-- {
		if a.Steps[i].Approver == who {
			return &a.Steps[i]
		}
	}
	return nil
}

// approvalID takes the id out of "approvals/{approval}".
func approvalID(name string) string { return strings.TrimPrefix(name, "approvals/") }
