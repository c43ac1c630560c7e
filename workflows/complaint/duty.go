package complaint

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// duty is one thing owed, with the clock that its coroutine keeps.
type duty struct {
	*workflowv1.DutyState
	// changed wakes the coroutine when what it waits for has moved or is gone.
	changed workflow.Channel
	// askTime is when to settle, after an answer that it is not due yet; zero for the due time.
	askTime time.Time
	// earlyCount counts those answers.
	earlyCount int
}

func newDuty(ctx workflow.Context, state *workflowv1.DutyState) *duty {
	return &duty{DutyState: state, changed: workflow.NewNamedBufferedChannel(ctx, "changed", 1)}
}

// kind names what is owed, as search attributes do: "first-response".
func (d *duty) kind() string { return kindName(d.GetKind()) }

// what names it to people, who want to tell two duties of a kind apart.
func (d *duty) what() string {
	if d.GetDecision() {
		return "decision on a hand-off"
	}
	return d.kind()
}

func kindName(kind policyv1.DutyKind) string {
	return strings.ReplaceAll(strings.ToLower(kind.String()), "_", "-")
}

// owed is true until it is kept or released; broken is true while it is owed although its time has passed.
func (d *duty) owed() bool   { return !d.GetDone() }
func (d *duty) broken() bool { return d.owed() && d.GetVerdict() == policyv1.Verdict_MISSED }

// wake lets the duty's coroutine look again. One pending wake-up is as good as many.
func (d *duty) wake() { d.changed.SendAsync(true) }

// missed keeps the duty's clock up to its due time, with the warnings on the way, and has followup settle it then. True:
// it is broken and still owed. False: nothing is owed any more, or the run ends.
func (c *cycle) missed(ctx workflow.Context, d *duty) bool {
	for d.owed() && !d.broken() && ctx.Err() == nil {
		if warnTime, ok := d.nextWarning(); ok {
			if await(ctx, d, warnTime, "Warning: "+d.kind()+" due "+stamp(d.GetDueTime().AsTime())) && d.warnsAt(warnTime) {
				c.warn(ctx, d)
			}
			continue
		}
		if await(ctx, d, d.settleTime(), title(d.what())+" due "+stamp(d.GetDueTime().AsTime())) {
			c.settle(ctx, d)
		}
	}
	return d.broken()
}

// nextWarning returns the first warn time that was not used, and whether there is one before the due time.
func (d *duty) nextWarning() (time.Time, bool) {
	given, all := int(d.GetWarningsGiven()), d.GetWarnTimes()
	if given >= len(all) || !all[given].AsTime().Before(d.GetDueTime().AsTime()) {
		return time.Time{}, false
	}
	return all[given].AsTime(), true
}

// warnsAt is true when the next warning is the one of this time. A timer that rings for a duty that moved meanwhile, as at a pause, which
// wakes nobody, warns of nothing: the next look waits for the warning's new time.
func (d *duty) warnsAt(warnTime time.Time) bool {
	at, ok := d.nextWarning()
	return ok && at.Equal(warnTime)
}

// reschedule moves the clock. Warnings up to the last one that was given are not given again.
func (d *duty) reschedule(fact *workflowv1.RescheduleFact) {
	var last time.Time
	if given := int(d.GetWarningsGiven()); given > 0 && given <= len(d.GetWarnTimes()) {
		last = d.GetWarnTimes()[given-1].AsTime()
	}
	if risk := d.GetRiskTime(); risk != nil {
		d.RiskTime = timestamppb.New(fact.GetDueTime().AsTime().Add(risk.AsTime().Sub(d.GetDueTime().AsTime())))
	}
	if paused := fact.GetPausedUntil(); paused != nil && !paused.AsTime().Equal(d.GetPausedUntil().AsTime()) {
		d.Pauses++
	}
	d.Moves, d.PausedUntil, d.Extensions = fact.GetMoves(), fact.GetPausedUntil(), max(d.GetExtensions(), fact.GetExtensions())
	d.DueTime, d.WarnTimes, d.WarningsGiven, d.askTime = fact.GetDueTime(), fact.GetWarnTimes(), 0, time.Time{}
	for _, at := range d.GetWarnTimes() {
		if !at.AsTime().After(last) {
			d.WarningsGiven++
		}
	}
}

// settleTime is when followup is to be asked: at the due time, or when it said that it would know.
func (d *duty) settleTime() time.Time {
	if d.askTime.IsZero() {
		return d.GetDueTime().AsTime()
	}
	return d.askTime
}

// warn tells the person in charge that the due time comes near, and then has followup note that they were told, or will be. Neither
// holds up the clock.
func (c *cycle) warn(ctx workflow.Context, d *duty) {
	warnTime := d.GetWarnTimes()[d.GetWarningsGiven()]
	d.WarningsGiven++
	c.publish()
	c.warnings++
	c.spawn(ctx, "warn", func(ctx workflow.Context) {
		defer func() { c.warnings-- }()
		summary := "Warn: " + d.kind() + " due " + stamp(d.GetDueTime().AsTime())
		notice := &routingv1.SendNoticeRequest{Duty: d.GetName(), Kind: d.GetKind(), DueTime: d.GetDueTime(), WarnTime: warnTime}
		var told *routingv1.SendNoticeResponse // Histories of before have no answer: then it counts as told, as it did.
		if c.ask(ctx, call{summary, activities.SendNotice, []any{notice}, &told}) != nil {
			return
		}
		record := &followupv1.WarnDutyRequest{Name: d.GetName(), WarnTime: warnTime, Waiting: told.GetWaiting()}
		var account *eventv1.DutyAccount // Histories of before have none.
		if c.ask(ctx, call{"Record: " + d.kind() + " warning given", activities.WarnDuty, []any{record}, &account}) == nil {
			d.told(workflow.Now(ctx), account)
			c.publish()
		}
	})
}

// settle asks for the verdict whoever keeps the duty, for as long as it takes to get one.
func (c *cycle) settle(ctx workflow.Context, d *duty) {
	if d.GetDecision() {
		c.settleDecision(ctx, d, c.ask)
		return
	}
	var answer *followupv1.Settlement
	question := &followupv1.SettleDutyRequest{Name: d.GetName()}
	err := c.ask(ctx, call{"Settle: " + d.kind(), activities.SettleDuty, []any{question}, &answer})
	if err == nil {
		c.settled(ctx, d, answer)
	}
}

// settled takes note of followup's answer. The answer decides, not the timer that led to it (CLK-1).
func (c *cycle) settled(ctx workflow.Context, d *duty, answer *followupv1.Settlement) {
	if d.GetDone() {
		return // A signal was faster, and it told more.
	}
	d.told(workflow.Now(ctx), accountOf(answer.GetDuty()))
	switch answer.GetAnswer() {
	case followupv1.Settlement_MET:
		d.Verdict, d.Done = policyv1.Verdict_MET, true
	case followupv1.Settlement_MET_LATE:
		d.Verdict, d.Done = policyv1.Verdict_MET_LATE, true
	case followupv1.Settlement_MET_BY_NOTICE:
		d.Verdict, d.Done = policyv1.Verdict_MET_BY_NOTICE, true
	case followupv1.Settlement_MISSED:
		d.Verdict = policyv1.Verdict_MISSED
		d.RiskTime = answer.GetDuty().GetRiskTime()
	case followupv1.Settlement_RELEASED:
		d.Done = true
	default:
		d.postpone(workflow.Now(ctx), answer)
	}
	c.publish()
	// Duties are released when a cycle ends, and the resolution is met by the end itself.
	if answer.GetAnswer() == followupv1.Settlement_RELEASED || concludes(d.DutyState) {
		c.reconsider(ctx)
	}
}

// leastPause is how long a duty that was asked for too early waits at least; it doubles, up to some minutes, so that two
// clocks that differ cost little.
const leastPause = 250 * time.Millisecond

// postpone sets when to ask again after the answer NOT_DUE.
func (d *duty) postpone(now time.Time, answer *followupv1.Settlement) {
	told := answer.GetDuty()
	switch due := told.GetDueTime(); {
	case told.GetMoves() > d.GetMoves(): // It moved, and the signal that says so is late or lost. Its warnings have moved with it.
		d.reschedule(&workflowv1.RescheduleFact{
			DueTime: due, WarnTimes: told.GetWarnTimes(), Moves: told.GetMoves(), PausedUntil: told.GetPausedUntil(),
		})
	case due != nil:
		d.DueTime = due
	}
	d.askAgain(now, answer.GetRetryTime())
}

// askAgain sets when to ask again: when it was said, if that was said, but not at once.
func (d *duty) askAgain(now time.Time, retry *timestamppb.Timestamp) {
	d.askTime = now.Add(leastPause << min(d.earlyCount, 10))
	d.earlyCount++
	if retry != nil && retry.AsTime().After(d.askTime) {
		d.askTime = retry.AsTime()
	}
}

// escalate brings the broken duty before the next level of the ladder (ROUTE-4). The notice is sent beside the clock and
// outlives the end of the cycle: a breach that happened is told. A run that is being renewed leaves it to the next one, which keeps
// all duties, or after the end of the cycle those that outlive it.
func (c *cycle) escalate(ctx workflow.Context, d *duty) {
	if c.stopping && (!c.over() || outlives(d.DutyState)) {
		return
	}
	d.NoticeCount++
	number := d.GetNoticeCount()
	d.ClimbTime = c.climbUnlessTold(ctx, d)
	c.publish()
	c.escalations++
	outliving, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(outliving, "escalate", func(ctx workflow.Context) {
		defer func() { c.escalations-- }()
		var told *routingv1.Escalation
		notice := &routingv1.RaiseEscalationRequest{
			Duty: d.GetName(), Kind: d.GetKind(), Reason: d.reason(), NoticeNumber: number, DueTime: d.GetDueTime(),
		}
		if c.ask(ctx, call{escalateSummary(d, number), activities.RaiseEscalation, []any{notice}, &told}) == nil {
			c.escalated(ctx, d, number, told)
		}
	})
}

// escalated takes note of who was told and, if no later notice was begun meanwhile, when the duty climbs. Nobody was told when it
// was acknowledged in time, or resolved; then the answer says whether and when it climbs all the same. A hand-off that nobody answered
// is owed no more and stands all the same: that it was dropped has to be answered for.
func (c *cycle) escalated(ctx workflow.Context, d *duty, number int32, told *routingv1.Escalation) {
	if d.GetHandOff() != "" && !d.GetDecision() {
		c.keepClimbing(ctx, told, routingv1.Escalation_HAND_OFF_OVERDUE)
		return
	}
	c.state.EscalationLevel = max(c.state.GetEscalationLevel(), told.GetLevel())
	d.OnLadder = told.GetState() == routingv1.Escalation_OPEN || told.GetState() == routingv1.Escalation_ACKNOWLEDGED
	if number == d.GetNoticeCount() {
		d.Recipient = c.recipient(ctx, told)
		climb := told.GetClimbTime()
		if standing := told.GetNoticeNumber(); standing > 0 { // An earlier workflow, of a Temporal that was lost, may have told more.
			d.NoticeCount = standing
			if standing < number {
				climb = notBefore(climb, workflow.Now(ctx).Add(leastPause))
			}
		}
		if climb != nil { // Without one, a callback goes by what it goes by while nobody answers (CALL-2), and all else climbs no more.
			d.ClimbTime = climb
			d.wake()
		}
	}
	c.publish()
	if !d.owed() {
		c.settleLadder(ctx, d)
	}
}

// settleLadder tells the ladder that a duty is owed no more that was brought before it. After the end of the cycle nobody has to: what
// was before the ladder in it ended with it.
func (c *cycle) settleLadder(ctx workflow.Context, d *duty) {
	if !d.GetOnLadder() || d.owed() || c.over() && !outlives(d.DutyState) {
		return
	}
	d.OnLadder = false
	settled := &routingv1.SettleEscalationRequest{Duty: d.GetName()}
	if c.ask(ctx, call{"Escalation ends: " + d.what() + " is owed no more", activities.SettleEscalation, []any{settled}, nil}) != nil && !c.over() {
		d.OnLadder = true // The run ends, and the next one tells it.
	}
}

// climbUnlessTold is when a broken callback climbs as long as routing, which knows the ladder, has not answered: after half
// the time that the duty itself had. Climbing must not wait for a service that is down (CALL-2). What else is broken climbs by what
// routing answers alone.
func (c *cycle) climbUnlessTold(ctx workflow.Context, d *duty) *timestamppb.Timestamp {
	if d.GetKind() != policyv1.DutyKind_CALLBACK {
		return nil
	}
	return timestamppb.New(workflow.Now(ctx).Add(max(d.GetDueTime().AsTime().Sub(c.input.GetReceiveTime().AsTime())/2, time.Second)))
}

// reason is the ladder's word for what was broken.
func (d *duty) reason() routingv1.Escalation_Reason {
	if d.GetDecision() {
		return routingv1.Escalation_HAND_OFF_UNDECIDED
	}
	switch d.GetKind() {
	case policyv1.DutyKind_CALLBACK:
		return routingv1.Escalation_CALLBACK_MISSED
	case policyv1.DutyKind_ACKNOWLEDGE:
		return routingv1.Escalation_ACKNOWLEDGEMENT_OVERDUE
	case policyv1.DutyKind_RESOLUTION:
		return routingv1.Escalation_RESOLUTION_OVERDUE
	case policyv1.DutyKind_AUTHORITY_REPLY:
		return routingv1.Escalation_AUTHORITY_REPLY_OVERDUE
	case policyv1.DutyKind_HAND_OFF:
		return routingv1.Escalation_HAND_OFF_OVERDUE
	case policyv1.DutyKind_PROMISE:
		return routingv1.Escalation_PROMISE_BROKEN
	case policyv1.DutyKind_OFFER_FOLLOW_UP:
		return routingv1.Escalation_OFFER_FOLLOW_UP_OVERDUE
	default:
		return routingv1.Escalation_RESPONSE_OVERDUE
	}
}
