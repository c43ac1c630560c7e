package approval

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// mostPassed is how many remedy takes of those who would have decided before.
const mostPassed = 64

// mostExcluded is how many routing takes of those who must not decide.
const mostExcluded = 16

// turn is one step: somebody is named and reminded beside the clock, which waits for nobody. It ends with the step, and with the run.
func (a *approval) turn(ctx workflow.Context) {
	step := a.state.GetStep()
	turn, over := workflow.WithCancel(ctx)
	defer over()
	a.spawn(turn, "ask", a.ask)
	for a.pending() && a.state.GetStep() == step && turn.Err() == nil && !a.renewable(ctx) {
		if a.wait(turn) {
			a.settle(turn)
		}
	}
}

// ask has somebody named who decides, and has them reminded at half time. Whoever was named after half time has just been told, and is not
// reminded.
func (a *approval) ask(ctx workflow.Context) {
	reminds := a.state.GetRemindTime().AsTime()
	if a.state.GetApprover() == "" && (!a.name(ctx) || !workflow.Now(ctx).Before(reminds)) {
		return
	}
	if a.state.GetReminded() || !sleepUntil(ctx, reminds, "Remind "+a.state.GetApprover()) {
		return
	}
	if workflow.Now(ctx).Before(a.state.GetDueTime().AsTime()) {
		a.remind(ctx)
	}
}

// name has routing name who decides and remedy note it, for as long as the step lasts. False: nobody was named.
func (a *approval) name(ctx workflow.Context) bool {
	step := a.state.GetStep()
	var chosen *routingv1.ChooseApproverResponse
	err := a.call(ctx, ask.Call{
		Summary: fmt.Sprintf("Name who decides, level %d", a.state.GetLevel()), Activity: activities.ChooseApprover, Answer: &chosen,
		Args: []any{&routingv1.ChooseApproverRequest{
			Approval: a.input.GetApproval(), Complaint: a.input.GetComplaint(), Cycle: a.input.GetCycle(), Step: step, Level: a.state.GetLevel(),
			Excluded: a.excluded(), DueTime: a.state.GetDueTime(), Urgent: a.input.GetUrgent(),
		}},
	})
	if err != nil {
		return false
	}
	var noted *remedyv1.Approval
	level := max(chosen.GetLevel(), a.state.GetLevel())
	err = a.call(ctx, ask.Call{
		Summary: "Note who decides", Activity: activities.NameApprover, Answer: &noted,
		Args: []any{&remedyv1.NameApproverRequest{
			Name: a.input.GetApproval(), Step: step, Approver: chosen.GetApprover(), Level: level, Passed: passed(chosen.GetPassed()),
		}},
	})
	if err != nil || a.state.GetStep() != step {
		return false
	}
	a.asked, a.state.Approver, a.state.Level, a.state.Department = step, chosen.GetApprover(), level, noted.GetDepartment()
	a.write(ctx)
	return chosen.GetApprover() != ""
}

// excluded is who must not decide, the proposer first, as many as routing takes.
func (a *approval) excluded() []string {
	all := slices.Concat(a.state.GetExcluded(), a.state.GetRecused())
	return all[:min(len(all), mostExcluded)]
}

// passed is who would have decided before, as remedy calls it. What remedy has no name for is left out.
func passed(over []*routingv1.PassedOver) []*remedyv1.ApproverPassedOver {
	var names []*remedyv1.ApproverPassedOver
	for _, who := range over {
		cause := remedyv1.ApproverPassedOver_Cause(remedyv1.ApproverPassedOver_Cause_value[who.GetCause().String()])
		if cause != remedyv1.ApproverPassedOver_CAUSE_UNSPECIFIED && len(names) < mostPassed {
			names = append(names, &remedyv1.ApproverPassedOver{Level: who.GetLevel(), Agent: who.GetAgent(), Cause: cause})
		}
	}
	return names
}

// remind has routing remind who was named. Who became absent since is not reminded, and the turn passes on.
func (a *approval) remind(ctx workflow.Context) {
	step, who := a.state.GetStep(), a.state.GetApprover()
	var reminded *routingv1.RemindApproverResponse // Histories of before have an answer that says nothing of absence.
	err := a.call(ctx, ask.Call{
		Summary: "Remind " + who, Activity: activities.RemindApprover, Answer: &reminded,
		Args: []any{&routingv1.RemindApproverRequest{
			Approval: a.input.GetApproval(), Complaint: a.input.GetComplaint(), Step: step, DueTime: a.state.GetDueTime(), Excluded: a.excluded(),
		}},
	})
	switch {
	case err != nil || a.state.GetStep() != step:
	case reminded.GetAbsent() && workflow.GetVersion(ctx, "pass-absent", workflow.DefaultVersion, 1) != workflow.DefaultVersion:
		a.passOn(ctx, who)
	default:
		a.state.Reminded = true
		a.write(ctx)
	}
}

// passOn has remedy end the turn of somebody who is absent, and the clock look again at whose turn it is.
func (a *approval) passOn(ctx workflow.Context, absent string) {
	question := &remedyv1.SettleApprovalRequest{Name: a.input.GetApproval(), Absent: absent}
	err := a.call(ctx, ask.Call{
		Summary: "Pass on: " + absent + " is absent", Activity: activities.SettleApproval, Args: []any{question},
	})
	if err == nil {
		a.told = true
	}
}

// settle asks remedy how the approval stands, which moves it up if its step's time is over. The answer decides, not the timer.
func (a *approval) settle(ctx workflow.Context) {
	a.told = false
	var answer *remedyv1.SettleApprovalResponse
	question := &remedyv1.SettleApprovalRequest{Name: a.input.GetApproval()}
	err := a.call(ctx, ask.Call{Summary: "Settle: approval", Activity: activities.SettleApproval, Args: []any{question}, Answer: &answer})
	if err != nil || !a.pending() {
		return // The run ends, or a signal was faster.
	}
	if answer.GetState() != remedyv1.Approval_PENDING {
		a.end(answer.GetState().String())
		return
	}
	a.early++
	if answer.GetStep() != a.state.GetStep() || workflow.Now(ctx).Before(answer.GetDueTime().AsTime()) {
		a.early = 0 // Otherwise remedy's clock is behind ours.
	}
	a.adopt(answer)
	a.write(ctx)
}

// adopt takes over how the approval stands. A step that is over is kept for operators to see.
func (a *approval) adopt(now *remedyv1.SettleApprovalResponse) {
	before := a.state
	next := &workflowv1.ApprovalState{
		Step: now.GetStep(), Level: now.GetLevel(), Approver: now.GetApprover(), DueTime: now.GetDueTime(), RemindTime: now.GetRemindTime(),
		Excluded: slices.Clone(now.GetExcluded()), Recused: slices.Clone(now.GetRecused()), Past: before.GetPast(), Department: before.GetDepartment(),
	}
	switch {
	case now.GetStep() > before.GetStep():
		next.Past = append(next.Past, &workflowv1.ApprovalTurn{
			Step: before.GetStep(), Level: before.GetLevel(), Approver: before.GetApprover(), DueTime: before.GetDueTime(),
			Approved: len(now.GetExcluded()) > len(before.GetExcluded()),
		})
		next.Past = next.Past[max(0, len(next.Past)-mostPast):]
	case now.GetStep() == before.GetStep():
		next.Reminded = before.GetReminded()
		if next.GetApprover() == "" { // Remedy was asked before it was told.
			next.Approver, next.Level = before.GetApprover(), before.GetLevel()
		}
	}
	a.state = next
}
