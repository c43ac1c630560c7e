package routing

import (
	"context"
	"fmt"
	"slices"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Turn is a step of an approval: somebody's turn to decide.
type Turn struct {
	// Approval is the approval's id.
	Approval string
	// Step counts the turns, from 1.
	Step int32
}

// Approver is who was named for a turn. It never changes.
type Approver struct {
	// Turn is the turn.
	Turn Turn
	// Agent is the agent's id; empty for nobody.
	Agent string
	// Level is the level of approvals at which the person stands, from 1.
	Level int32
	// Passed are those who would have decided before.
	Passed []Passed
	// Urgent is true when what is told of it is not held back in quiet hours.
	Urgent bool
}

// ApproverStore keeps who was named to decide.
type ApproverStore interface {
	// ChooseApprover answers who was named for a turn. The first time it reads the complaint, lets decide name somebody, and writes that with
	// what decide put into Changes: all of it or, when decide or the store fails, nothing. While it runs the complaint does not change.
	ChooseApprover(ctx context.Context, complaint string, turn Turn, decide func(*Case) (Approver, error)) (Approver, error)
	// Approver reads who was named for a turn; ErrUnknown before anybody, or nobody, was.
	Approver(ctx context.Context, turn Turn) (Approver, error)
}

// approver finds who decides from a level on (APPR-2, APPR-3): whoever stands there for the complaint, or the delegate of an absence. Passed
// over is a level at which nobody stands, or can now, or may: who proposed it, who approved below, whom the complaint recuses, and a delegate
// who stands too low. At the last level somebody has to, so whoever stands there does, also directly above or below the person complained
// about, but never that person. Nobody up to the last level leaves the level as it is.
func (s *Service) approver(d *Directory, c Complaint, from int, excluded []string) Approver {
	judge := s.choice(d, c, s.now())
	levels := s.deps.Policy.Proto().GetRemedies().GetApprovals().GetLevels()
	found := Approver{Level: int32(from)}
	for level := from; level <= len(levels); level++ {
		holder, recused := s.holder(d, c, levels[level-1].GetRole()), judge.recused
		if level == len(levels) {
			recused = judge.recusedBut(holder)
		}
		agent, passed := judge.reach(holder, func(agent *routingv1.Agent) bool {
			return recused(agent) || slices.Contains(excluded, agent.GetName()) || s.tooLow(d, agent, holder, level)
		})
		for _, p := range passed {
			p.Level = int32(level)
			found.Passed = append(found.Passed, withheld(p, excluded))
		}
		if agent != "" {
			found.Agent, found.Level = agentID(agent), int32(level)
			return found
		}
	}
	return found
}

// noticeID is the id of what somebody is told of a turn.
func (t Turn) noticeID(word string) string {
	return fmt.Sprintf("approval-%s-%d-%s", t.Approval, t.Step, word)
}

// tellTimely has somebody told, of anything that is not urgent when quiet hours are over.
func (s *Service) tellTimely(ctx context.Context, n *Notice, urgent bool) {
	now := s.now()
	if awake := s.deps.Policy.Awake(now); !urgent && awake.After(now) {
		n.SendTime, n.HoldTime = time.Time{}, awake
		if n.private() {
			s.hold(n, awake)
		}
		return
	}
	s.tell(ctx, n)
}
