package improvement

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/ask"
	"github.com/redress-dev/redress/workflows/complaint"
)

// leastPause is how long it waits at least that was asked for too early; it doubles, up to some minutes, so that two clocks that differ do not
// talk all the time.
const leastPause = 250 * time.Millisecond

// mostDoublings bounds it.
const mostDoublings = 10

// Improvement keeps the time of one improvement: it asks review at the due time, and when it is to be seen whether it helped. It ends when the
// improvement has: found to be effective or not, or abandoned. The error is nil, or says that the workflow continues as new or was cancelled
// by an operator.
func Improvement(ctx workflow.Context, input *workflowv1.ImprovementInput) error {
	i := &improvement{input: input}
	for {
		if err := i.settle(ctx); err != nil {
			return err
		}
		switch {
		case i.over():
			return nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !i.news(ctx):
			return workflow.NewContinueAsNewError(ctx, WorkflowName, input)
		}
		if err := i.wait(ctx); err != nil {
			return err
		}
	}
}

// improvement is an improvement as its workflow knows it.
type improvement struct {
	// input is what started the workflow.
	input *workflowv1.ImprovementInput
	// stands is how it stands, as review said last.
	stands *reviewv1.SettleImprovementResponse
	// early counts how often in a row review answered that the time is not over yet when it was here.
	early int
	// stage is the search attribute as it was last written; empty before.
	stage string
}

// over is true when nothing is to come.
func (i *improvement) over() bool {
	switch i.stands.GetState() {
	case reviewv1.Improvement_OPEN, reviewv1.Improvement_DONE:
		return false
	default:
		return true
	}
}

// settle asks review how it stands, which does what is due, and shows operators. What has come in until then is answered by that, too.
func (i *improvement) settle(ctx workflow.Context) error {
	inbox := workflow.GetSignalChannel(ctx, SignalName)
	for inbox.ReceiveAsync(nil) {
		i.early = 0
	}
	question := &reviewv1.SettleImprovementRequest{Name: i.input.GetImprovement()}
	c := ask.Call{Summary: "Ask how it stands", Activity: activities.SettleImprovement, Args: []any{question}, Answer: &i.stands}
	err := ask.Try(ctx, c)
	if err != nil && ctx.Err() == nil {
		err = ask.Insist(ctx, c, err)
	}
	if err != nil {
		return err
	}
	i.show(ctx)
	return nil
}

// wait waits until review is to be asked again: at the time it named, or when it has told of something. The time is absolute, so time that
// passes while no worker runs counts (CLK-1).
func (i *improvement) wait(ctx workflow.Context) error {
	heard := func() bool { return i.news(ctx) }
	next := i.stands.GetNextTime()
	if next == nil {
		return workflow.Await(ctx, heard) // Only what somebody says is to come.
	}
	left := next.AsTime().Sub(workflow.Now(ctx))
	if left <= 0 {
		left = leastPause << min(i.early, mostDoublings)
		i.early++
	} else {
		i.early = 0
	}
	timing, cancel := workflow.WithCancel(ctx)
	defer cancel() // An operator sees no timer that nobody waits for.
	options := workflow.AwaitOptions{Timeout: left, TimerOptions: workflow.TimerOptions{Summary: "Ask again " + stamp(next.AsTime())}}
	_, err := workflow.AwaitWithOptions(timing, options, heard)
	return err
}

// news is true when review has told of something since it was asked.
func (i *improvement) news(ctx workflow.Context) bool {
	return workflow.GetSignalChannel(ctx, SignalName).Len() > 0
}

// show tells operators how it stands: in the current details, and in the search attributes where they changed.
func (i *improvement) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, i.details())
	updates := []temporal.SearchAttributeUpdate{complaint.StageKey.ValueSet(i.stands.GetState().String())}
	if due := i.stands.GetNextTime(); due != nil {
		updates = append(updates, complaint.DueTimeKey.ValueSet(due.AsTime()))
	} else {
		updates = append(updates, complaint.DueTimeKey.ValueUnset())
	}
	if owner := i.stands.GetOwner(); owner != "" {
		updates = append(updates, complaint.AssigneeKey.ValueSet(owner))
	}
	if written := fmt.Sprint(i.stands.GetState(), i.stands.GetNextTime().AsTime(), i.stands.GetOwner()); written != i.stage {
		i.stage = written
		if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
			workflow.GetLogger(ctx).Error("search attributes were not written", "error", err)
		}
	}
}

// details tells an operator what waits, on whom and until when.
func (i *improvement) details() string {
	stands := strings.ToLower(strings.ReplaceAll(i.stands.GetState().String(), "_", " "))
	if i.stands.GetOverdue() {
		stands += ", overdue"
	}
	owner := i.stands.GetOwner()
	if owner == "" {
		owner = "nobody"
	}
	line := fmt.Sprintf("**%s** · %s · owner %s · due %s", stands, i.input.GetImprovement(), owner, stamp(i.stands.GetDueTime().AsTime()))
	if next := i.stands.GetNextTime(); next != nil {
		line += " · review is asked again " + stamp(next.AsTime())
	}
	return line
}

// stamp writes a time for operators, to the minute where that is exact.
func stamp(t time.Time) string {
	layout := "2006-01-02 15:04 UTC"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}
