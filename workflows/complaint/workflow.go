// Package complaint holds the workflow that keeps the time of one cycle of a complaint, from its receipt until it is
// resolved or closed.
//
// The workflow decides nothing. Followup opens the duties and reaches the verdicts, routing knows people and the
// ladder, intake knows the complaint. The workflow knows when to ask them: it warns before a due time, settles at the
// due time, escalates what is broken, and for a callback climbs the ladder until the customer was reached (CALL-2).
// Each kind of duty is a coroutine with its own file. A service that is down delays what only that service can do; it
// never stops another duty's clock. No answer of a service fails the workflow: what a service refuses for good is
// written into the workflow's current details, and the clocks go on.
package complaint

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// Complaint keeps one cycle of a complaint: it puts somebody in charge, acknowledges, keeps each duty's clock, and ends
// when the cycle is resolved or closed. It ends at once if the cycle is not open. Only the reply that a regulator or platform
// waits for outlives the cycle (REC-6): then the workflow stays for that one clock, and keeps no other any more. A signal of risk is
// brought before the ladder then, too. The error is nil, or says that the workflow continues as new or was cancelled by an operator.
func Complaint(ctx workflow.Context, input *workflowv1.ComplaintInput) error {
	c := newCycle(ctx, input)
	keeping, stop := workflow.WithCancel(ctx)
	c.spawn(keeping, "show", c.show)
	c.spawn(keeping, "cycle", c.keep)
	c.tellUntold(ctx)
	for !c.done() && !c.renewable(ctx) {
		if err := c.listen(ctx); err != nil {
			return err
		}
	}
	stop()
	c.stopping = !c.done()
	c.running.Wait(ctx)
	c.drain(ctx)
	c.write(ctx)
	if !c.done() {
		return c.renew(ctx)
	}
	return c.finish(ctx)
}

// cycle is one cycle of a complaint as its workflow knows it.
type cycle struct {
	// input is what started the workflow, without the state.
	input *workflowv1.ComplaintInput
	// state is what a next run would be told.
	state *workflowv1.ComplaintState
	// duties are state.duties with what wakes their coroutines.
	duties []*duty
	// loaded is true once the duties are known.
	loaded bool
	// early are facts about duties that came before the duties were known.
	early []*workflowv1.ComplaintSignal
	// end is RESOLVED or CLOSED once the cycle has ended.
	end intakev1.Complaint_State
	// offer keeps a hand-off that was just heard of; nil before the handling has begun, which takes up those heard of before.
	offer func(*duty)
	// leave ends the handling, which may end before the workflow does; nil before it has begun, and once it was told.
	leave workflow.CancelFunc
	// handling ends with the handling; nil before it has begun.
	handling workflow.Context
	// answered is the last request to resolve that was decided.
	answered string
	// assignTried is true once routing was asked, whether or not it answered.
	assignTried bool
	// stopping is true once the run gives way to the next one: nothing is begun any more.
	stopping bool
	// running counts the coroutines that stop when the run ends.
	running workflow.WaitGroup
	// risksAfterEnd counts the signals of risk that this run was told after the end of the cycle, without those it knew.
	risksAfterEnd int
	// warnings and escalations count the notices that are under way.
	warnings, escalations int
	// letters counts those to the customer that are under way. They may wait for their channel for hours.
	letters int
	// refusals are the last calls that a service refused for good, for operators.
	refusals []string
	// trying counts the quick calls that are under way.
	trying int
	// unwritten is true when operators have not been shown yet what changed.
	unwritten bool
	// published are the search attributes as they were last written.
	published attributes
}

func newCycle(ctx workflow.Context, input *workflowv1.ComplaintInput) *cycle {
	c := &cycle{
		input: &workflowv1.ComplaintInput{
			Complaint: input.GetComplaint(), Cycle: input.GetCycle(), Reference: input.GetReference(),
			Severity: input.GetSeverity(), ReceiveTime: input.GetReceiveTime(), AuthorityReplyDueTime: input.GetAuthorityReplyDueTime(),
		},
		state:   input.GetState(),
		running: workflow.NewWaitGroup(ctx),
	}
	if c.state == nil {
		c.state = &workflowv1.ComplaintState{}
	} else {
		c.adopt(ctx)
		c.end = intakev1.Complaint_State(intakev1.Complaint_State_value[c.state.GetEnd()])
	}
	// These are on the workflow already: the dispatcher starts with them, and a run leaves them to the next.
	c.published = c.attributes()
	workflow.SetCurrentDetails(ctx, c.details(workflow.Now(ctx)))
	return c
}

// keep is the whole of what happens in a cycle. What is owed to an authority is kept until the run ends, all else until the cycle
// does.
func (c *cycle) keep(ctx workflow.Context) {
	handling, leave := workflow.WithCancel(ctx)
	c.leave, c.handling = leave, handling
	if !c.loaded && !c.load(c.loading(handling, ctx)) {
		return
	}
	for _, d := range c.duties {
		if outlives(d.DutyState) {
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.authority(ctx, d) })
		}
	}
	if !c.over() {
		c.handle(handling)
	}
}

// handle is all that happens while the cycle is open; each line goes on beside the others.
func (c *cycle) handle(ctx workflow.Context) {
	c.spawn(ctx, "assign", c.assign)
	c.spawn(ctx, "resolve", c.resolve)
	c.takeOffers(ctx)
	c.keepOffers(ctx)
	c.spawn(ctx, "unassigned", c.unassigned)
	c.sendNotices(ctx)
	for _, e := range c.state.GetEscalations() {
		c.spawn(ctx, "climb", func(ctx workflow.Context) { c.climb(ctx, e) })
	}
	for _, d := range c.duties {
		switch d.GetKind() {
		case policyv1.DutyKind_AUTHORITY_REPLY:
		case policyv1.DutyKind_FOLLOW_UP: // The workflow of the series keeps it.
		case policyv1.DutyKind_ACKNOWLEDGE:
			c.spawn(ctx, "acknowledge", func(ctx workflow.Context) { c.acknowledge(ctx, d) })
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.acknowledgement(ctx, d) })
		case policyv1.DutyKind_FINAL_RESPONSE:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.response(ctx, d) })
		case policyv1.DutyKind_CONTACT, policyv1.DutyKind_FIRST_RESPONSE:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.response(ctx, d) })
		case policyv1.DutyKind_CALLBACK:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.callback(ctx, d) })
		case policyv1.DutyKind_HAND_OFF:
			c.offer(d)
		case policyv1.DutyKind_PROMISE:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.promise(ctx, d) })
		case policyv1.DutyKind_OFFER_FOLLOW_UP:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.followUp(ctx, d) })
		case policyv1.DutyKind_RESOLUTION:
			c.spawn(ctx, d.kind(), func(ctx workflow.Context) { c.resolution(ctx, d) })
		default:
			c.note(ctx, "a duty of a kind that this release does not know: "+d.GetName())
		}
	}
}

// loading is for how long the duties are asked for: as long as one of them may be owed.
func (c *cycle) loading(handling, ctx workflow.Context) workflow.Context {
	if c.input.GetAuthorityReplyDueTime() != nil {
		return ctx
	}
	return handling
}

// load asks what is owed in the cycle, which tells whether it is open. False: it is not open and nothing is owed beyond it, or
// the run ends.
func (c *cycle) load(ctx workflow.Context) bool {
	var known *workflowv1.ComplaintState
	if err := c.ask(ctx, call{"List the duties", activities.ListDuties, []any{c.input}, &known}); err != nil {
		return false
	}
	if slices.ContainsFunc(known.GetDuties(), concludes) {
		heard := c.over()
		if ended := c.inquire(ctx); ended != nil && !heard {
			c.tellMissed(ctx, ended, known.GetDuties())
		}
		if ctx.Err() != nil || (c.over() && !slices.ContainsFunc(known.GetDuties(), waitsOn)) {
			c.loaded = c.over() // There is nothing to keep.
			return false
		}
	}
	c.state.Duties = known.GetDuties()
	c.adopt(ctx)
	for _, d := range c.duties {
		d.told(workflow.Now(ctx), d.GetAccount())
	}
	for _, signal := range c.early {
		c.hear(ctx, signal)
	}
	c.early = nil
	c.publish()
	return true
}

// outlives is true for the duty that the end of a cycle does not end.
func outlives(d *workflowv1.DutyState) bool { return d.GetKind() == policyv1.DutyKind_AUTHORITY_REPLY }

// waitsOn is true while somebody waits for it even though the cycle has ended.
func waitsOn(d *workflowv1.DutyState) bool { return outlives(d) && !d.GetDone() }

// concludes tells of an ended cycle: the resolution is owed until then, whatever becomes of the other duties.
func concludes(d *workflowv1.DutyState) bool {
	return d.GetKind() == policyv1.DutyKind_RESOLUTION && d.GetDone()
}

// adopt makes the duties of the state the ones that are kept.
func (c *cycle) adopt(ctx workflow.Context) {
	c.loaded = true
	for _, known := range c.state.GetDuties() {
		c.duties = append(c.duties, newDuty(ctx, known))
	}
}

// reconsider asks intake whether the cycle is still open, and ends the workflow if it is not. Signals tell the same, but
// one may be late, or parked. What has to be told to the customer at the end is told by whoever hears of it first.
func (c *cycle) reconsider(ctx workflow.Context) {
	known := c.over()
	if answer := c.inquire(ctx); answer != nil && c.over() && !known {
		c.tellOutcome(ctx, occasion(answer.GetState(), answer.GetOutcome()))
	}
}

// inquire is reconsider for a cycle that had ended before the run began: whoever kept it then, if anybody, has told the customer. The answer is nil
// when the run ends.
func (c *cycle) inquire(ctx workflow.Context) *intakev1.Cycle {
	var answer *intakev1.Cycle
	question := &intakev1.GetCycleRequest{Name: c.input.GetComplaint(), Cycle: c.input.GetCycle()}
	if err := c.ask(ctx, call{"Ask whether the cycle is open", activities.GetCycle, []any{question}, &answer}); err != nil {
		return nil
	}
	switch {
	case answer.GetOpen():
	case answer.GetState() == intakev1.Complaint_RESOLVED:
		c.end = intakev1.Complaint_RESOLVED
	default:
		c.end = intakev1.Complaint_CLOSED
	}
	return answer
}

// over is true once the cycle has ended: nobody handles the complaint in it any more.
func (c *cycle) over() bool { return c.end != intakev1.Complaint_STATE_UNSPECIFIED }

// done is true once nothing is to be kept any more, also not beyond the end of the cycle.
func (c *cycle) done() bool {
	if !c.over() {
		return false
	}
	if !c.loaded {
		return c.input.GetAuthorityReplyDueTime() == nil
	}
	return !slices.ContainsFunc(c.state.GetDuties(), waitsOn)
}

// stage names the complaint's state as far as the workflow knows it.
func (c *cycle) stage() intakev1.Complaint_State {
	switch {
	case c.over():
		return c.end
	case c.state.GetPendingResolution() != "":
		return intakev1.Complaint_RESOLVING
	case c.state.GetAssigned():
		return intakev1.Complaint_ACTIVE
	default:
		return intakev1.Complaint_RECEIVED
	}
}

// renewable is true when the history has grown long and nothing is under way that the next run would not know of.
func (c *cycle) renewable(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && c.loaded && c.warnings == 0 && c.escalations == 0 && c.letters == 0
}

// renew ends this run and begins the next with the same state: counts, climb times and warnings given included.
func (c *cycle) renew(ctx workflow.Context) error {
	if c.over() {
		c.state.End = c.end.String()
	}
	c.input.State = c.state
	return workflow.NewContinueAsNewError(ctx, WorkflowName, c.input)
}

// finish ends the workflow. A breach that happened and a signal that was heard are told to the ladder even if the cycle ends in the
// same moment, so it waits for escalations under way, and for those of what came in meanwhile. A letter is waited for, too, which may
// take hours: what comes in during those is heard at once. What comes after that finds no workflow, and the dispatcher tells the ladder of it.
func (c *cycle) finish(ctx workflow.Context) error {
	c.stopping = false
	c.tellUntold(ctx)
	c.record(ctx, c.state.GetRecorded())
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	quiet := func() bool { return c.escalations == 0 && c.letters == 0 }
	for told := false; !told; told = quiet() {
		if err := workflow.Await(ctx, func() bool { return quiet() || (c.letters > 0 && inbox.Len() > 0) }); err != nil {
			return err
		}
		c.drain(ctx)
	}
	c.write(ctx)
	return nil
}

// spawn runs do beside the others; the run does not end before it has returned.
func (c *cycle) spawn(ctx workflow.Context, name string, do func(workflow.Context)) {
	c.running.Add(1)
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		defer c.running.Done()
		do(ctx)
	})
}
