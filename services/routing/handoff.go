package routing

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/vault"
)

// HandOff is a complaint that one department offers to another one (ROUTE-3).
type HandOff struct {
	// Complaint is the complaint's id.
	Complaint string
	// Number counts the complaint's hand-offs from 1.
	Number int32
	// Cycle is the complaint's cycle.
	Cycle int32
	// State is where it stands on record. One that nobody has put on record yet as expired or ended is PROPOSED: see stands.
	State routingv1.HandOff_State
	// FromDepartment and ToDepartment are ids.
	FromDepartment, ToDepartment string
	// Giver is the id of the agent who was in charge; empty when it waited in the queue.
	Giver string
	// Proposer is who proposed it, as in "agents/{agent}".
	Proposer string
	// ToAgent is the id of the agent who is meant; empty for anybody.
	ToAgent string
	// Items are what is named of the complaint; none for all of it.
	Items []HandedItem
	// Customer is "customers/{customer}", whose data key seals the texts.
	Customer string
	// Note is what the receiver must know, sealed; empty when nothing was said.
	Note []byte
	// ReturnReason is why it was returned, sealed; empty when it was not.
	ReturnReason []byte
	// Call is how it is known that the customer was called; the zero value when the customer was not.
	Call Call
	// CreateTime is when it was proposed.
	CreateTime time.Time
	// DueTime is by when it has to be accepted or returned.
	DueTime time.Time
	// SettleTime is when it was answered or withdrawn, or expired; zero before.
	SettleTime time.Time
	// Settler is who did that, as in "agents/{agent}"; empty when nobody did.
	Settler string
	// ReturnCount is how often hand-offs of the cycle had come back with it, since a manager decided last.
	ReturnCount int32
	// Decider is the id of the agent who is to decide where the complaint stays; empty when nobody has to.
	Decider string
	// DecideTime is when that was decided; zero before.
	DecideTime time.Time
	// DecideDueTime is by when; zero when nobody has to.
	DecideDueTime time.Time
	// Version grows with every change; callers see it as the etag.
	Version int64
}

// HandedItem is one thing that is handed over.
type HandedItem struct {
	// Name is the item's or demand's resource name.
	Name string `json:"name"`
	// State is what became of it.
	State routingv1.HandedItem_State `json:"state"`
}

// Call is how it is known that a customer was called.
type Call struct {
	// Attempt is the resource name of the attempt on record; empty when somebody says so.
	Attempt string
	// Caller is the id of the agent who called.
	Caller string
	// Time is when; zero for an attempt.
	Time time.Time
}

// Name is the hand-off's resource name.
func (h *HandOff) Name() string {
	return complaintName(h.Complaint) + "/handOffs/" + strconv.Itoa(int(h.Number))
}

// Duty is the id of the duty to accept or return it, under which it is escalated.
func (h *HandOff) Duty() string { return dutyOf(h.Cycle, h.Number) }

// Decision is the id of the duty to decide where the complaint stays; empty when nobody has to.
func (h *HandOff) Decision() string {
	if h.DecideDueTime.IsZero() {
		return ""
	}
	return h.Duty() + decisionSuffix
}

// decisionSuffix tells the duty to decide from the one to answer.
const decisionSuffix = "-decision"

// decisionNumber is the number of the hand-off on which a duty wants a decision; 0 for any other duty.
func decisionNumber(duty string) int32 {
	duty, found := strings.CutSuffix(duty, decisionSuffix)
	if !found {
		return 0
	}
	n, err := strconv.ParseInt(duty[strings.LastIndexByte(duty, '-')+1:], 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// noticeID is the id of a notice of the hand-off.
func (h *HandOff) noticeID(what string) string { return h.Duty() + "#" + what }

func dutyOf(cycle, number int32) string {
	return strconv.Itoa(int(cycle)) + "-hand-off-" + strconv.Itoa(int(number))
}

// Undecided is true while a manager is to decide where the complaint stays.
func (h *HandOff) Undecided() bool { return h.Decider != "" && h.DecideTime.IsZero() }

// came is true when it came back to the giver.
func (h *HandOff) came() bool {
	return h.State == routingv1.HandOff_RETURNED || h.State == routingv1.HandOff_EXPIRED
}

// stands is where it stands at a moment: its due time passes whether or not anybody puts that on record (CLK-1).
func (h *HandOff) stands(c Complaint, now time.Time) routingv1.HandOff_State {
	switch {
	case h.State != routingv1.HandOff_PROPOSED:
		return h.State
	case c.Ended || c.Cycle != h.Cycle:
		return routingv1.HandOff_ENDED
	case now.After(h.DueTime):
		return routingv1.HandOff_EXPIRED
	}
	return routingv1.HandOff_PROPOSED
}

// HandOffStore keeps hand-offs. Each method is one transaction.
type HandOffStore interface {
	// ChangeHandOff reads a complaint and its hand-offs, lets decide judge them, and writes what decide put into Changes and Put, with
	// the drafted events: all of it or, when decide or the store fails, nothing. While it runs no other change of the
	// same complaint does. When the command was carried out before, decide is not called, repeated is true and result is that of the
	// first time.
	ChangeHandOff(ctx context.Context, cause eventlog.Cause, complaint string, decide func(*HandOffCase) error) (result string, repeated bool, err error)
	// HandOffs reads a complaint with its hand-offs and the ends of its cycles; ErrUnknown when there is none. Its Candidates cannot
	// be used.
	HandOffs(ctx context.Context, complaint string) (*HandOffCase, error)
	// Unheard tells which of these names of items, demands and attempts are of none that a complaint has. Nothing was told of them to
	// complaints that are older than this question; what is named of such a complaint counts as there.
	Unheard(ctx context.Context, complaint string, names []string) ([]string, error)
}

// HandOffCase is a complaint with its hand-offs as one transaction sees them, and what the transaction shall write.
type HandOffCase struct {
	Case

	// HandOffs are the complaint's, oldest first.
	HandOffs []HandOff
	// Ends are when the complaint's cycles ended, where they did; none in a change.
	Ends map[int32]time.Time
	// Put are written over those of their numbers, or are new, in this order.
	Put []HandOff
	// Recipient is the id of the agent whom a notice on record is for; empty when there is no such notice. Usable only inside of a change.
	Recipient func(notice string) (string, error)
}

// find is the hand-off of a number; nil when there is none.
func (c *HandOffCase) find(number int32) *HandOff {
	if number < 1 || int(number) > len(c.HandOffs) {
		return nil
	}
	return &c.HandOffs[number-1]
}

// returns counts how often hand-offs of the cycle came back since a manager decided last.
func (c *HandOffCase) returns(cycle int32) (count int32) {
	for _, h := range c.HandOffs {
		switch {
		case h.Cycle != cycle:
		case !h.DecideTime.IsZero():
			count = 0
		case h.came():
			count++
		}
	}
	return count
}

// asOffered is true while the complaint is with who gave it, or waits because that person has left. The directory is read already.
func (c *HandOffCase) asOffered(h *HandOff) bool {
	left := h.Giver != "" && !isActive(c.Directory.agent(agentName(h.Giver)))
	return c.Complaint.Department == h.FromDepartment && (c.Complaint.Assignee == h.Giver || left)
}

// offered is the hand-off that is open, or waits for a manager's decision; nil when there is none.
func (c *Case) offered(now time.Time) *HandOff {
	if len(c.Offers) == 0 {
		return nil
	}
	last := &c.Offers[len(c.Offers)-1]
	if last.stands(c.Complaint, now) == routingv1.HandOff_PROPOSED || (last.Undecided() && last.Cycle == c.Complaint.Cycle && !c.Complaint.Ended) {
		return last
	}
	return nil
}

// write has a hand-off written, and remembers it as it is.
func (c *HandOffCase) write(h HandOff) {
	h.Version++
	if existing := c.find(h.Number); existing != nil {
		*existing = h
	} else {
		c.HandOffs = append(c.HandOffs, h)
	}
	c.Put = append(c.Put, h)
}

// move puts somebody else in charge.
func (c *HandOffCase) move(ctx context.Context, department, assignee, reason string, now time.Time) {
	next := c.Complaint
	c.load(next.Assignee, -1)
	c.load(assignee, 1)
	if department != next.Department { // No rule chose that one, nor what it takes there.
		next.RuleSet, next.Rule, next.Needs = 0, "", nil
	}
	next.Department, next.Assignee, next.Reason, next.AssignTime = department, assignee, reason, next.reassignTime(now)
	c.Changes.Taken = assignee
	c.put(next)
	c.Changes.Drafts = append(c.Changes.Drafts, reassigned(ctx, c.Directory, next))
}

// tellOf has somebody told of a hand-off. Nothing waits for that.
func (s *Service) tellOf(c *HandOffCase, h *HandOff, recipient, what string) {
	due := h.DueTime
	if what == deciding {
		due = h.DecideDueTime
	}
	s.notify(&c.Case, Notice{
		ID: h.noticeID(what), Complaint: h.Complaint, About: routingv1.Notice_HAND_OFF, Duty: h.Duty(), Kind: handOffKind,
		Recipient: recipient, DueTime: due,
	})
}

const (
	// offered is what the receiver is told.
	offered = "offered"
	// deciding is what the decider is told.
	deciding = "decide"
)

// owner is the id of who hears what becomes of a complaint that somebody has: that person, unless the person is recused.
func (s *Service) owner(c *HandOffCase, agent string) string {
	if person := c.Directory.agent(agentName(agent)); person != nil && s.choiceOf(c).recused(person) {
		return s.inCharge(c.Directory, c.Complaint)
	}
	return agent
}

// arbiter is who decides where a complaint stays that two departments do not want: the manager of the nearest department above both,
// else the giver's, else the executive, who then decides also on somebody directly above or below. Nobody decides on a complaint about
// themselves.
func (s *Service) arbiter(c *HandOffCase, h *HandOff) string {
	from, to := departmentName(h.FromDepartment), departmentName(h.ToDepartment)
	executive := agentName(s.deps.Policy.Proto().GetDirectory().GetExecutive())
	judge := s.choiceOf(c)
	managers := []string{c.Directory.common(from, to), c.Directory.department(h.FromDepartment).GetManager()}
	for _, name := range managers {
		if manager := c.Directory.agent(name); isActive(manager) && !judge.recused(manager) {
			return agentID(name)
		}
	}
	if judge.accused(executive) {
		return agentID(s.last(judge))
	}
	return agentID(executive)
}

// reachable is the id of who hears what is meant for somebody who must hear it: that person, if nobody in the place of that one can.
func (s *Service) reachable(c *HandOffCase, agent string) string {
	judge, name := s.choiceOf(c), agentName(agent)
	if deputy, _ := judge.reach(name, judge.recusedBut(name)); deputy != "" {
		return agentID(deputy)
	}
	return agent
}

func (s *Service) choiceOf(c *HandOffCase) choice { return s.choice(c.Directory, c.Complaint, s.now()) }

// common is the manager of the nearest department that is above, or is, both; empty when there is none.
func (d *Directory) common(a, b string) string {
	above := d.line(a)
	for _, name := range d.line(b) {
		if slices.Contains(above, name) {
			return d.department(departmentID(name)).GetManager()
		}
	}
	return ""
}

// line is a department and all above it, the nearest first.
func (d *Directory) line(department string) []string {
	var names []string
	for department != "" && !slices.Contains(names, department) {
		names = append(names, department)
		department = d.department(departmentID(department)).GetParent()
	}
	return names
}

// above tells whether one person stands anywhere above another one.
func (d *Directory) above(boss, name string) bool {
	for range len(d.resources) {
		if name = d.agent(name).GetSupervisor(); name == "" || name == boss {
			return name == boss
		}
	}
	return false
}

// The places that sealed texts are bound to.
func notePlace(handOff string) string     { return handOff + "#note" }
func returnPlace(handOff string) string   { return handOff + "#return-reason" }
func decisionPlace(handOff string) string { return handOff + "#decision" }

// Keys finds the data key of a customer. In production it is a vault.Cache over intake's GetDataKey; a key that was destroyed is
// intake's DATA_KEY_NOT_FOUND.
type Keys interface {
	// Key returns the customer's data key.
	Key(ctx context.Context, customer string) (*vault.DataKey, error)
}

// handOffIDs takes complaint and number out of "complaints/{complaint}/handOffs/{number}", whose form validation has checked.
func handOffIDs(name string) (complaint string, number int32) {
	parent, id, _ := strings.Cut(name, "/handOffs/")
	n, err := strconv.ParseInt(id, 10, 32)
	if err != nil {
		return complaintID(parent), 0
	}
	return complaintID(parent), int32(n)
}
