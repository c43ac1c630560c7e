package routing

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/arrival"
)

// heard is what becomes of a fact of another service that concerns people: it is brought before the ladder, takes what was brought there
// off it, or somebody is told of it. Any of these may be.
type heard struct {
	// raises is why it is brought before the ladder; unset for what is not.
	raises routingv1.Escalation_Reason
	// settles is why something was brought before the ladder that is over by it; unset for nothing.
	settles routingv1.Escalation_Reason
	// resolution is how that ended.
	resolution routingv1.Escalation_Resolution
	// about tells it from others of the same reason in the cycle, in small letters, digits and hyphens; empty when there is one at a time.
	about string
	// versions is true when it settles what was brought there of any version of what about tells.
	versions bool
	// notice is what somebody is told of by itself; unset for nothing.
	notice routingv1.Notice_About
	// recalls are of what nobody is told any more who was not told yet.
	recalls []routingv1.Notice_About
	// word says what about it is told, in small letters: with about it tells the notice from others.
	word string
	// of is what the notice is about, where that is less than about tells: one matter before the ladder may be news several times.
	of string
	// recipient finds the id of the agent who is told.
	recipient func(s *Service, d *Directory, c Complaint) string
	// due is by when something is to be done; zero for never.
	due time.Time
	// afterEnd is true for what is so only once its cycle has ended. Heard before the end is, it would end with the cycle.
	afterEnd bool
}

// RemedyTypes are the types of remedy's events that routing hears.
func RemedyTypes() []string {
	return slices.Concat([]string{
		"approval_moved_up", "approval_decided", "approval_voided",
		"claim_overdue",
		"offer_made", "offer_reminded", "offer_lapsed", "offer_answered", "offer_words_heard", "remedy_revised", "remedy_withdrawn",
	}, refusalTypes(), deductionTypes())
}

// PromiseTypes are the types of followup's events that routing hears besides those of what is owed.
func PromiseTypes() []string {
	return []string{"promise_made", "promise_broken", "promise_kept", "promise_released", "duty_warned"}
}

// heardOf is what becomes of a fact that somebody caused; nil for one of which nothing does. This is the whole table.
func heardOf(actor string, p *eventv1.Payload) *heard {
	switch k := p.GetKind().(type) {
	case *eventv1.Payload_ApprovalMovedUp:
		moved := k.ApprovalMovedUp
		if moved.GetSeconded() || moved.GetRecused() || moved.GetLeft() || moved.GetAbsent() || moved.GetLevel() > moved.GetFromLevel() {
			return nil // Somebody else has been asked. Only when nobody is left above is it the last level again, or one below.
		}
		return &heard{raises: routingv1.Escalation_APPROVAL_OVERDUE, about: approvalPart(moved.GetApproval()), due: moved.GetDueTime().AsTime()}
	case *eventv1.Payload_ApprovalDecided:
		decided := k.ApprovalDecided
		return &heard{
			settles: routingv1.Escalation_APPROVAL_OVERDUE, resolution: routingv1.Escalation_DECIDED, about: approvalPart(decided.GetApproval()),
			notice: routingv1.Notice_APPROVAL, word: "decided", recipient: proposer(decided.GetProposer()),
		}
	case *eventv1.Payload_ApprovalVoided:
		return &heard{
			settles: routingv1.Escalation_APPROVAL_OVERDUE, resolution: routingv1.Escalation_NOT_NEEDED,
			about: approvalPart(k.ApprovalVoided.GetApproval()),
		}
	default:
		if h := heardOfPromises(actor, p); h != nil {
			return h
		}
		for _, of := range []func(*eventv1.Payload) *heard{
			heardOfOffers, heardOfMessages, heardOfClaims, heardOfExtensions, heardOfDeduction,
		} {
			if h := of(p); h != nil {
				return h
			}
		}
		return heardOfRefusal(p)
	}
}

// approvalPart is the id of an approval, as it stands in the ids of what is about it.
func approvalPart(approval string) string { return strings.TrimPrefix(approval, "approvals/") }

// proposer is told what became of what they proposed; when they have left, whoever is in charge.
func proposer(name string) func(*Service, *Directory, Complaint) string {
	return func(s *Service, d *Directory, c Complaint) string {
		if isActive(d.agent(name)) {
			return agentID(name)
		}
		return s.inCharge(d, c)
	}
}

// hear does what becomes of a fact, in the transaction that accepts it: once, however often it is delivered.
func (s *Service) hear(ctx context.Context, c *Case, e *eventv1.Event, h *heard) error {
	if c.Complaint.ID == "" {
		return ErrUnknown // Its beginning is still to come: the relay delivers the fact again.
	}
	if h.afterEnd && !c.over(h.id(h.raises, e.GetCycle())) {
		return arrival.Early(e.GetSubject(), "That the cycle has ended is not known here yet. Try again.")
	}
	directory, err := c.Look()
	if err != nil {
		return err
	}
	c.Directory = directory
	if h.settles != routingv1.Escalation_REASON_UNSPECIFIED {
		if standing := h.settled(c, e.GetCycle()); standing != nil {
			standing.resolve(s.now(), "", h.resolution)
			c.Changes.Escalation = standing
		}
	}
	h.recall(c)
	if h.raises != routingv1.Escalation_REASON_UNSPECIFIED {
		s.bringUp(ctx, c, e.GetCycle(), h)
	}
	if h.notice != routingv1.Notice_ABOUT_UNSPECIFIED {
		id := h.noticeID(e.GetCycle())
		if who := h.recipient(s, directory, c.Complaint); who != "" && !c.Told(id) { // Whoever was told of it is told once.
			n := Notice{ID: id, Complaint: c.Complaint.ID, About: h.notice, Recipient: who, DueTime: h.due}
			s.tellTimely(ctx, &n, c.Complaint.Severity == policyv1.Severity_URGENT || s.dueBeforeAwake(n))
			c.Changes.Further = append(c.Changes.Further, n)
		}
	}
	return nil
}

// dueBeforeAwake is true of what somebody owes a customer before quiet hours are over.
func (s *Service) dueBeforeAwake(n Notice) bool {
	return n.About == routingv1.Notice_PROMISE && n.DueTime.Before(s.deps.Policy.Awake(s.now()))
}

// recall has nobody told any more of what it settles, where that waits to be told with others or for quiet hours to end.
func (h *heard) recall(c *Case) {
	for _, id := range c.Waiting {
		_, kind, _ := strings.Cut(id, "-")
		for _, about := range h.recalls {
			if strings.HasPrefix(kind, strings.ToLower(about.String())+"-") {
				c.Changes.Recalled = append(c.Changes.Recalled, id)
			}
		}
	}
}

// settled is what stands before the ladder and is over by it; nil for nothing.
func (h *heard) settled(c *Case, cycle int32) *Escalation {
	id := h.id(h.settles, cycle)
	if !h.versions {
		_, standing := c.numbered(id)
		return standing
	}
	for i := range c.Escalations {
		if e := &c.Escalations[i]; !e.resolved() && strings.HasPrefix(e.ID, id+"-") {
			return e
		}
	}
	return nil
}

// bringUp brings what was heard before the first level of the ladder, unless it stands there already (ROUTE-4). The workflow of its cycle
// hears of it and has it climb, as it does with what somebody asks for; what comes after the end of its cycle climbs by itself.
func (s *Service) bringUp(ctx context.Context, c *Case, cycle int32, h *heard) {
	id, standing := c.numbered(h.id(h.raises, cycle))
	if standing != nil {
		return
	}
	raising := &routingv1.RaiseEscalationRequest{Reason: h.raises, NoticeNumber: 1}
	raised := s.raise(c, id, raising, lowest)
	notice := s.toTell(ctx, c.Complaint, raised, raising)
	if notice != nil {
		notice.DueTime = h.due
	}
	draft := escalated(ctx, c.Complaint, raising, raised)
	if !raised.Adrift {
		draft = s.onEscalation(ctx, c, raised, asking(c.Complaint.ID, raised))
	}
	c.Changes.Escalation, c.Changes.Notice = &raised, notice
	c.Changes.Drafts = append(c.Changes.Drafts, draft)
}

// asking is the event of what was brought before the ladder and its workflow has climb from now on.
func asking(complaint string, raised Escalation) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_EscalationAsked{EscalationAsked: &eventv1.EscalationAsked{
		Escalation: escalationName(complaint, raised.ID), Reason: raised.Reason.String(), Level: raised.Level,
		Recipient: agentName(raised.Recipient), ClimbTime: timestamp(raised.ClimbTime), Passed: passedFacts(raised.Passed),
	}}}
}

// id is the id of the first escalation of this in the cycle: "1-approval-overdue-01jb3p5v9x7k2m4n6q8r0t1w3y-2".
func (h *heard) id(reason routingv1.Escalation_Reason, cycle int32) string {
	id := reasonID(cycle, reason)
	if h.about != "" {
		id += "-" + h.about
	}
	return id
}

// noticeID is the id of what somebody is told of it.
func (h *heard) noticeID(cycle int32) string {
	id := strconv.Itoa(int(cycle)) + "-" + strings.ToLower(h.notice.String()) + "-" + h.word
	if about := cmp.Or(h.of, h.about); about != "" {
		id += "-" + about
	}
	return id
}

// applyHeard has a fact dealt with that is in the table.
func (s *Service) applyHeard(ctx context.Context, e *eventv1.Event, h *heard) (bool, error) {
	complaint, _, _ := strings.Cut(complaintID(e.GetSubject()), "/deductions/")
	change := Change{Complaint: complaint, Event: e, Ladder: true, Notices: true}
	first, err := s.deps.Store.Change(ctx, change, func(c *Case) error { return s.hear(ctx, c, e, h) })
	return first, s.unknown(err, change.Complaint)
}
