package approval

import (
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
)

// Approval keeps the time of one approval: somebody is named, reminded at half time, and waited for until it is decided or due; then remedy
// says whose turn it is next. It ends when the approval has: decided, or void. The error is nil, or says that the workflow continues as new
// or was cancelled by an operator.
func Approval(ctx workflow.Context, input *workflowv1.ApprovalInput) error {
	a := newApproval(ctx, input)
	pending, decided := workflow.WithCancel(ctx)
	a.decided = decided
	a.spawn(pending, "listen", a.listen)
	a.settle(pending) // The event may be old: a Temporal that has lost its data is told everything again.
	for a.pending() && pending.Err() == nil && !a.renewable(ctx) {
		a.turn(pending)
	}
	decided()
	a.running.Wait(ctx)
	a.drain(ctx)
	a.write(ctx)
	switch {
	case !a.pending():
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return a.renew(ctx)
	}
}

// approval is an approval as its workflow knows it.
type approval struct {
	// input is what started the workflow, without the state.
	input *workflowv1.ApprovalInput
	// state is what a next run would be told.
	state *workflowv1.ApprovalState
	// decided ends all that goes on for the sake of a decision.
	decided workflow.CancelFunc
	// told is true when remedy has recorded something since it was asked last.
	told bool
	// asked is the last step for which routing has answered, whether or not it named somebody.
	asked int32
	// running counts the coroutines that stop when the run ends.
	running workflow.WaitGroup
	// early counts how often in a row remedy answered that the time is not over yet when it was here.
	early int
	// refusals are the last calls that a service refused for good, for operators.
	refusals []string
	// published are the search attributes as they were last written.
	published attributes
}

func newApproval(ctx workflow.Context, input *workflowv1.ApprovalInput) *approval {
	bare, _ := proto.Clone(input).(*workflowv1.ApprovalInput)
	bare.State = nil
	a := &approval{input: bare, state: input.GetState(), running: workflow.NewWaitGroup(ctx)}
	if a.state == nil {
		a.state = first(input)
	}
	// These are on the workflow already: the dispatcher starts with them, and a run leaves them to the next.
	a.published = a.attributes()
	workflow.SetCurrentDetails(ctx, a.details())
	return a
}

// first is the step at which an approval begins, as its request told.
func first(input *workflowv1.ApprovalInput) *workflowv1.ApprovalState {
	return &workflowv1.ApprovalState{
		Step: 1, Level: input.GetLevel(), DueTime: input.GetDueTime(), RemindTime: input.GetRemindTime(),
		Excluded: append([]string{input.GetProposer()}, input.GetAuthors()...),
	}
}

// pending is true while a decision is awaited.
func (a *approval) pending() bool { return a.state.GetEnd() == "" }

// end takes note that it is decided, or void, and ends what goes on for its sake.
func (a *approval) end(state string) {
	a.state.End = state
	a.decided()
}

// renewable is true when the history has grown long. Whatever is under way the next run does again, which changes nothing.
func (a *approval) renewable(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && a.pending()
}

// renew ends this run and begins the next with the same state.
func (a *approval) renew(ctx workflow.Context) error {
	a.input.State = a.state
	return workflow.NewContinueAsNewError(ctx, WorkflowName, a.input)
}

// spawn runs do beside the others; the run does not end before it has returned.
func (a *approval) spawn(ctx workflow.Context, name string, do func(workflow.Context)) {
	a.running.Add(1)
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		defer a.running.Done()
		do(ctx)
	})
}
