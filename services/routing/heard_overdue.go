package routing

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// ReviewTypes are the types of review's events that routing hears.
func ReviewTypes() []string { return []string{"improvement_overdue"} }

// heardOfClaims is the part of the table about claims on third parties: whoever pursues one that is overdue is told, and later whoever stands
// above (REM-7). Nil for any other fact.
func heardOfClaims(p *eventv1.Payload) *heard {
	k, ok := p.GetKind().(*eventv1.Payload_ClaimOverdue)
	if !ok {
		return nil
	}
	overdue := k.ClaimOverdue
	return &heard{
		notice: routingv1.Notice_CLAIM_OVERDUE, word: whom(overdue.GetAbove()), about: path.Base(overdue.GetClaim()),
		recipient: func(s *Service, d *Directory, c Complaint) string {
			return s.answerable(s.choice(d, c, s.now()), overdue.GetOwner(), overdue.GetAbove())
		},
		due: overdue.GetDueTime().AsTime(),
	}
}

// heardOfExtensions is the part of the table about more time that is asked for what is owed by law: whoever decides at the level is told, and
// whoever asked what was decided (CLK-3, APPR-3). Nil for any other fact.
func heardOfExtensions(p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ExtensionReminded:
		r := k.ExtensionReminded
		return &heard{
			notice: routingv1.Notice_EXTENSION, word: fmt.Sprintf("%d-%d", r.GetRequest(), r.GetNumber()), about: path.Base(r.GetDuty()),
			recipient: func(s *Service, d *Directory, c Complaint) string {
				return s.approver(d, c, int(r.GetLevel()), []string{r.GetRequester()}).Agent
			},
			due: r.GetDecideTime().AsTime(),
		}
	case *eventv1.Payload_ExtensionDecided:
		return &heard{
			recalls: []routingv1.Notice_About{routingv1.Notice_EXTENSION},
			notice:  routingv1.Notice_EXTENSION, word: fmt.Sprintf("%d-decided", k.ExtensionDecided.GetRequest()), about: path.Base(k.ExtensionDecided.GetDuty()),
			recipient: proposer(k.ExtensionDecided.GetRequester()),
		}
	default:
		return nil
	}
}

// whom tells the notice to an owner from that to whoever stands above, in ids.
func whom(above bool) string {
	if above {
		return "above"
	}
	return "owner"
}

// applyOverdue has whoever sees to an improvement told that it is overdue, or whoever stands above, in the transaction that accepts the fact
// (REV-2). It is about no complaint, and so on no ladder.
func (s *Service) applyOverdue(ctx context.Context, e *eventv1.Event, overdue *eventv1.ImprovementOverdue) (bool, error) {
	id := strings.TrimPrefix(overdue.GetImprovement(), "improvements/")
	change := Change{Complaint: id, Event: e, Ladder: true, Notices: true}
	return s.deps.Store.Change(ctx, change, func(c *Case) error {
		d, err := c.Look()
		if err != nil {
			return err
		}
		due := overdue.GetDueTime().AsTime()
		n := Notice{
			ID: strings.Join([]string{
				"overdue", whom(overdue.GetAbove()), agentID(overdue.GetOwner()), strconv.FormatInt(due.UnixMicro(), 10),
			}, "-"),
			Complaint: id, About: routingv1.Notice_IMPROVEMENT_OVERDUE, DueTime: due,
			Recipient: s.answerable(s.choice(d, Complaint{}, s.now()), overdue.GetOwner(), overdue.GetAbove()),
		}
		if n.Recipient == "" || c.Told(n.ID) {
			return nil
		}
		s.tellTimely(ctx, &n, false)
		c.Changes.Further = append(c.Changes.Further, n)
		return nil
	})
}

// answerable is the id of who is told of what somebody sees to, or, with above, of who stands above: the person, or the delegate of an absence,
// or whoever stands above that. At last it is the firm's executive. Nobody is told who is recused, but for the executive when there is
// nobody else.
func (s *Service) answerable(judge choice, owner string, above bool) string {
	d, name := judge.directory, owner
	if above {
		name = superior(d, owner)
	} else if person := d.agent(owner); isActive(person) && !judge.recused(person) {
		if agent, _ := judge.reach(owner, judge.recused); agent != "" {
			return agentID(agent)
		}
		return agentID(owner) // Off shift, or absent with nobody in the place: it is theirs all the same.
	}
	var asked []string // A reporting line has no circle, but this ends even if one did.
	for ; name != "" && !slices.Contains(asked, name); name = superior(d, name) {
		if agent, _ := judge.reach(name, judge.recused); agent != "" && agent != owner {
			return agentID(agent)
		}
		asked = append(asked, name)
	}
	executive := agentName(s.deps.Policy.Proto().GetDirectory().GetExecutive())
	if !isActive(d.agent(executive)) || judge.accused(executive) {
		return ""
	}
	return agentID(executive)
}

// superior is the name of who stands above somebody: in the reporting line, or as manager of the department; empty for nobody.
func superior(d *Directory, name string) string {
	if above := d.agent(name).GetSupervisor(); above != "" {
		return above
	}
	manager := d.department(departmentID(d.DepartmentOf(name))).GetManager()
	if manager == name {
		return ""
	}
	return manager
}
