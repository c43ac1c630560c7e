package routing

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// RaiseEscalation brings a broken duty, a signal of risk (RISK-5), a complaint of which nobody is in charge, or what is before it
// already, before the next level of the ladder (ROUTE-4). Asking again with a number that was told answers the escalation as it
// stands, and so does asking for one that was acknowledged in time or is resolved: then nobody is told. What was recorded since it was
// looked at first is judged again by whoever holds the complaint's lock.
func (s *Service) RaiseEscalation(ctx context.Context, req *routingv1.RaiseEscalationRequest) (*routingv1.Escalation, error) {
	complaint, id := escalatedIDs(req)
	known, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	if req.GetEscalation() != "" && known.Escalation(id) == nil {
		return nil, notThere(req.GetEscalation())
	}
	if standing := s.standing(known, id, req); standing != nil {
		return raisedProto(known.Complaint, *standing), s.settleEscalation(ctx, complaint, *standing)
	}
	least, err := s.begin(ctx, known, id)
	if err != nil {
		return nil, err
	}
	raised := s.raise(known, id, req, least)
	// It is recorded to be told even if the caller gave up meanwhile: asking again then finds it.
	notice := s.toTell(ctx, known.Complaint, raised, req)
	answer, of := raised, known.Complaint
	_, err = s.deps.Store.Change(context.WithoutCancel(ctx), Change{Complaint: complaint}, func(c *Case) error {
		c.Directory, of = known.Directory, c.Complaint
		if standing := s.standing(c, id, req); standing != nil { // Acknowledged, told or seen to since we looked.
			answer = *standing
			if e := c.Escalation(id); e != nil && answer.resolved() && !e.resolved() {
				c.Changes.Escalation = &answer
			}
			return nil
		}
		made, told := raised, notice
		if c.over(id) != known.over(id) || c.changedHands(known) {
			made = s.raise(c, id, req, least)
			told = s.toTell(ctx, c.Complaint, made, req)
		}
		answer = made
		c.Changes.Escalation, c.Changes.Notice = &made, told
		c.Changes.Drafts = append(c.Changes.Drafts, escalated(ctx, c.Complaint, req, made))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return raisedProto(of, answer), nil
}

// settleEscalation has an escalation be on record as resolved that is not yet, because its cause went away.
func (s *Service) settleEscalation(ctx context.Context, complaint string, standing Escalation) error {
	if !standing.resolved() || standing.NoticeNumber == 0 {
		return nil
	}
	_, err := s.deps.Store.Change(ctx, Change{Complaint: complaint}, func(c *Case) error {
		if e := c.Escalation(standing.ID); e != nil && !e.resolved() {
			e.resolve(standing.ResolveTime, standing.Resolver, standing.Resolution)
			c.Changes.Escalation = e
		}
		return nil
	})
	return err
}

// escalatedIDs are the ids of the complaint and of the escalation that a request is about.
func escalatedIDs(req *routingv1.RaiseEscalationRequest) (complaint, id string) {
	if signal := req.GetSignal(); signal != nil {
		return complaintID(signal.GetComplaint()), signalID(signal.GetCycle(), signal.GetKind())
	}
	if unassigned := req.GetUnassigned(); unassigned != nil {
		return complaintID(unassigned.GetComplaint()), reasonID(unassigned.GetCycle(), routingv1.Escalation_UNASSIGNED)
	}
	if name := req.GetEscalation(); name != "" {
		return escalationIDs(name)
	}
	return dutyIDs(req.GetDuty())
}

// standing is what is answered when nobody is to be told now; nil when somebody is. What decides is when something was recorded, not
// when it is asked for (CLK-1).
func (s *Service) standing(c *Case, id string, req *routingv1.RaiseEscalationRequest) *Escalation {
	e := c.Escalation(id)
	if e != nil && e.NoticeNumber >= req.GetNoticeNumber() {
		return e
	}
	if reasonOf(e, req) == routingv1.Escalation_UNASSIGNED {
		if answer := s.unassigned(c, e, id); answer != nil {
			return answer
		}
	}
	switch {
	case e == nil || e.resolved() && reopens(*e):
		return nil
	case e.resolved():
		return e
	case e.AcknowledgeTime.IsZero():
		return nil
	case e.ClimbTime.IsZero() || !e.Adrift && s.now().Before(e.ClimbTime):
		return e
	default:
		return nil
	}
}

// unassigned is the answer when somebody is in charge, or nobody is for so short a time that it is no case for the ladder.
func (s *Service) unassigned(c *Case, e *Escalation, id string) *Escalation {
	answer := Escalation{ID: id, Reason: routingv1.Escalation_UNASSIGNED}
	if e != nil {
		answer = *e
	}
	if c.Complaint.Assignee != "" || c.over(id) {
		answer.resolve(s.now(), "", routingv1.Escalation_ASSIGNED)
		return &answer
	}
	at := c.Complaint.UnassignedSince.Add(s.deps.Policy.UnassignedWithin())
	if (e == nil || e.resolved()) && s.now().Before(at) {
		answer.ClimbTime, answer.ResolveTime = at, time.Time{}
		return &answer
	}
	if e != nil && !e.resolved() && !e.Adrift && s.now().Before(e.ClimbTime) {
		return &answer // It moved from one queue to another: whoever was told has the time that there is.
	}
	return nil
}

// toTell is what the recipient is told; nil when there is nobody who may hear of it.
func (s *Service) toTell(ctx context.Context, c Complaint, raised Escalation, req *routingv1.RaiseEscalationRequest) *Notice {
	if raised.Recipient == "" {
		return nil
	}
	notice := &Notice{
		ID: raised.ID + "#" + strconv.Itoa(int(raised.NoticeNumber)), Complaint: c.ID, Duty: raised.ID, Recipient: raised.Recipient,
		Reason: raised.Reason, Level: raised.Level, SendTime: raised.NotifyTime,
	}
	if due := req.GetDueTime(); due != nil {
		notice.DueTime = due.AsTime()
	}
	s.tellAwake(ctx, notice, raised)
	return notice
}

// tellAwake tells the recipient, unless quiet hours hold the notice back: then it waits for their end with those that are told together.
func (s *Service) tellAwake(ctx context.Context, notice *Notice, raised Escalation) {
	if awake := s.awake(raised); awake.After(raised.NotifyTime) {
		notice.SendTime, notice.HoldTime, notice.About = time.Time{}, awake, routingv1.Notice_ESCALATION
		return
	}
	s.tell(ctx, notice)
}

// awake is from when on somebody may be told of it.
func (s *Service) awake(e Escalation) time.Time {
	if e.Urgent {
		return e.NotifyTime
	}
	return s.deps.Policy.Awake(e.NotifyTime)
}

// escalated is the event of an escalation, on the cycle of the duty or the signal.
func escalated(ctx context.Context, c Complaint, req *routingv1.RaiseEscalationRequest, raised Escalation) eventlog.Draft {
	return eventlog.Draft{
		Subject: complaintName(c.ID), Cycle: cycleOf(raised.ID, c.Cycle), Actor: actorOrSelf(ctx), RecordTime: raised.NotifyTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_EscalationRaised{EscalationRaised: &eventv1.EscalationRaised{
			Escalation: escalationName(c.ID, raised.ID), Duty: req.GetDuty(), Kind: raised.Kind, Level: raised.Level,
			Recipient: agentName(raised.Recipient), Reason: raised.Reason.String(), Signal: raised.Signal(), Passed: passedFacts(raised.Passed),
		}}},
	}
}

// lowest is the first level.
const lowest = 1

// begin is the level at which an escalation begins at least: that a manager has not decided is for somebody above that one.
func (s *Service) begin(ctx context.Context, c *Case, id string) (int, error) {
	number := decisionNumber(id)
	if number == 0 {
		return lowest, nil
	}
	with, err := s.deps.HandOffs.HandOffs(ctx, c.Complaint.ID)
	if err != nil {
		return 0, err
	}
	h := with.find(number)
	for level := s.deps.Policy.Levels(); h != nil && level >= lowest; level-- {
		role, _, _ := s.deps.Policy.Climb(level)
		holder, decider := s.holder(with.Directory, with.Complaint, role), agentName(h.Decider)
		if holder == decider || with.Directory.above(decider, holder) { // Who decides need not stand on a level.
			return level + 1, nil
		}
	}
	return lowest, nil
}

// raise decides whom the notice tells and when the next one is due. It begins at the least level, or above it.
func (s *Service) raise(c *Case, id string, req *routingv1.RaiseEscalationRequest, least int) Escalation {
	now, earlier := s.now(), c.Escalation(id)
	raised := Escalation{
		ID: id, Kind: req.GetKind(), Reason: reasonOf(earlier, req), NoticeNumber: req.GetNoticeNumber(), CreateTime: now, NotifyTime: now,
		Cycle: cycleOf(id, c.Complaint.Cycle),
	}
	urgent, first := s.deps.Policy.Reason(raised.Reason.String())
	first = max(first, least)
	raised.Urgent = urgent || c.Complaint.Severity == policyv1.Severity_URGENT
	from := first + int(req.GetNoticeNumber()) - 1
	switch {
	case earlier != nil && earlier.resolved():
		from = first + int(req.GetNoticeNumber()-earlier.NoticeNumber) - 1
	case earlier != nil:
		raised.CreateTime, raised.Kind = earlier.CreateTime, earlier.Kind
		// A level that was passed over because nobody stood there is not gone back to.
		from = int(earlier.Level + req.GetNoticeNumber() - earlier.NoticeNumber)
	}
	told := s.rung(c.Directory, c.Complaint, from)
	raised.Recipient, raised.Level, raised.Passed = told.agent, told.level, told.passed
	raised.Peak = raised.Level
	if earlier != nil {
		raised.Peak = max(raised.Peak, earlier.Peak)
	}
	raised.ClimbTime = s.climbTime(raised, told)
	raised.Adrift = c.over(id)
	if raised.Adrift && raised.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED {
		// Nothing of it is owed any more, but that it was broken is told.
		raised.Adrift = false
		if !outlives(raised.Kind) {
			raised.resolve(now, "", routingv1.Escalation_CYCLE_ENDED)
		}
	}
	return raised
}

// outlives is true for what is owed although its cycle has ended: the reply to an authority (REC-6), and asking the customer whether the
// resolution held (FUP-1). Their workflows tell the ladder when they are owed no more.
func outlives(kind policyv1.DutyKind) bool {
	return kind == policyv1.DutyKind_AUTHORITY_REPLY || kind == policyv1.DutyKind_FOLLOW_UP
}

// climbTime is when the next level is told: once the time to acknowledge is over, counted from when the notice may be sent, and for what
// climbs whatever is acknowledged no later than the level's time. At the top, the level's time is when it is told again.
func (s *Service) climbTime(e Escalation, at rung) time.Time {
	limit := e.NotifyTime.Add(at.climb)
	if int(at.level) == s.deps.Policy.Levels() {
		return limit
	}
	due := s.awake(e).Add(s.deps.Policy.AcknowledgeWithin(int(at.level), e.Urgent))
	if e.persistent() && limit.Before(due) {
		return limit
	}
	return due
}

// slowly is when an escalation climbs that was acknowledged; zero for never.
func (s *Service) slowly(e Escalation) time.Time {
	if !e.persistent() {
		return time.Time{}
	}
	_, climb, _ := s.deps.Policy.Climb(int(e.Level))
	return e.NotifyTime.Add(climb)
}

// persistent is true for what climbs until its cause is gone, whatever is acknowledged: a callback that is owed (CALL-2), a promise that
// was broken (PROM-1), and a complaint of which nobody is in charge.
func (e *Escalation) persistent() bool {
	return e.Kind == policyv1.DutyKind_CALLBACK || e.Reason == routingv1.Escalation_UNASSIGNED || e.promised()
}

// promised is true for a promise that is owed, whether the workflow keeps its time or it was owed after its cycle was resolved.
func (e *Escalation) promised() bool {
	return e.Kind == policyv1.DutyKind_PROMISE || e.Reason == routingv1.Escalation_PROMISE_BROKEN
}

// resolved is true once its cause is gone or somebody said what was done.
func (e *Escalation) resolved() bool { return !e.ResolveTime.IsZero() }

// resolve ends the climb.
func (e *Escalation) resolve(at time.Time, by string, how routingv1.Escalation_Resolution) {
	if !e.resolved() {
		e.ResolveTime, e.Resolver, e.Resolution, e.ClimbTime, e.Adrift = at, by, how, time.Time{}, false
	}
}

// reopens is true for an escalation whose cause may come back: a complaint may be given back to the queue.
func reopens(e Escalation) bool { return e.Reason == routingv1.Escalation_UNASSIGNED }

// reasonOf is why: as it was first, if it is there already.
func reasonOf(e *Escalation, req *routingv1.RaiseEscalationRequest) routingv1.Escalation_Reason {
	if req.GetUnassigned() != nil {
		return routingv1.Escalation_UNASSIGNED
	}
	if e != nil && req.GetEscalation() != "" {
		return e.Reason
	}
	return req.GetReason()
}

// changedHands is true when somebody else is in charge than when it was looked at before, it waits elsewhere, or it is about somebody else.
func (c *Case) changedHands(known *Case) bool {
	return c.Complaint.Assignee != known.Complaint.Assignee || c.Complaint.Department != known.Complaint.Department ||
		!slices.Equal(c.Complaint.targets(), known.Complaint.targets())
}

// over is true when the cycle of an escalation has ended.
func (c *Case) over(id string) bool {
	cycle := cycleOf(id, c.Complaint.Cycle)
	return cycle < c.Complaint.Cycle || cycle == c.Complaint.Cycle && c.Complaint.Ended
}

// reasonID is the id within its complaint of an escalation of which neither a duty nor a signal is the reason: "1-asked-for".
func reasonID(cycle int32, reason routingv1.Escalation_Reason) string {
	return strconv.Itoa(int(cycle)) + "-" + strings.ReplaceAll(strings.ToLower(reason.String()), "_", "-")
}

// escalationIDs takes the ids out of "complaints/{complaint}/escalations/{escalation}", whose form validation has checked.
func escalationIDs(name string) (complaint, id string) {
	parent, id, _ := strings.Cut(name, "/escalations/")
	return complaintID(parent), id
}

// passedFacts is who was passed over, as events tell it.
func passedFacts(passed []Passed) []*eventv1.PassedOver {
	var facts []*eventv1.PassedOver
	for _, p := range passed {
		facts = append(facts, &eventv1.PassedOver{Level: p.Level, Agent: agentName(p.Agent), Cause: p.Cause.String()})
	}
	return facts
}

// ListEscalations lists the escalations of a complaint, oldest first.
func (s *Service) ListEscalations(ctx context.Context, req *routingv1.ListEscalationsRequest) (*routingv1.ListEscalationsResponse, error) {
	complaint := complaintID(req.GetParent())
	c, err := s.deps.Store.Case(ctx, complaint)
	if err != nil {
		return nil, s.unknown(err, complaint)
	}
	resp := &routingv1.ListEscalationsResponse{}
	for _, e := range c.Escalations {
		resp.Escalations = append(resp.Escalations, escalationProto(c.Complaint, e))
	}
	return resp, nil
}
