package approval_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// watcher sees what an operator sees: search attributes, and the summaries of timers and activities.
type watcher struct {
	interceptor.WorkerInterceptorBase
	interceptor.WorkflowInboundInterceptorBase
	interceptor.WorkflowOutboundInterceptorBase
	world *world
}

func (o *watcher) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	o.WorkflowInboundInterceptorBase.Next = next
	return inbound{&o.WorkflowInboundInterceptorBase, o}
}

// inbound puts the watcher between the workflow and what it does.
type inbound struct {
	*interceptor.WorkflowInboundInterceptorBase
	watcher *watcher
}

func (i inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	i.watcher.WorkflowOutboundInterceptorBase.Next = next
	return i.WorkflowInboundInterceptorBase.Init(outbound{&i.watcher.WorkflowOutboundInterceptorBase, i.watcher.world})
}

// outbound notes what the workflow does.
type outbound struct {
	*interceptor.WorkflowOutboundInterceptorBase
	world *world
}

func (o outbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	//workflowcheck:ignore The watcher is no part of the workflow.
	o.world.upserted(updates)
	return o.WorkflowOutboundInterceptorBase.UpsertTypedSearchAttributes(ctx, updates...)
}

func (o outbound) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	o.saw(options.Summary)
	return o.WorkflowOutboundInterceptorBase.NewTimerWithOptions(ctx, d, options)
}

// ExecuteActivity makes the test environment try without end, as a server does; by itself it gives up after some attempts.
// Pauses are longer than in life, so that a bad week takes little time.
func (o outbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	o.saw(options.Summary)
	if options.ScheduleToCloseTimeout != 0 || options.RetryPolicy.MaximumAttempts != 0 {
		o.world.limited = append(o.world.limited, activity)
	}
	ctx = workflow.WithRetryPolicy(ctx, temporal.RetryPolicy{
		InitialInterval: options.RetryPolicy.InitialInterval, MaximumInterval: 5 * time.Minute, MaximumAttempts: 1 << 20,
	})
	return o.WorkflowOutboundInterceptorBase.ExecuteActivity(ctx, activity, args...)
}

// ExecuteLocalActivity notes the summary.
func (o outbound) ExecuteLocalActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	o.saw(workflow.GetLocalActivityOptions(ctx).Summary)
	return o.WorkflowOutboundInterceptorBase.ExecuteLocalActivity(ctx, activity, args...)
}

func (o outbound) saw(summary string) {
	o.world.mu.Lock()
	defer o.world.mu.Unlock()
	o.world.summaries = append(o.world.summaries, summary)
}

// upserted follows the search attributes, and notes what became of those that changed.
func (w *world) upserted(updates []temporal.SearchAttributeUpdate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.updates = append(w.updates, updates...)
	before := w.attributes
	w.attributes = map[string]any{}
	for key, value := range temporal.NewSearchAttributes(w.updates...).GetUntypedValues() {
		w.attributes[key.GetName()] = value
	}
	both := maps.Clone(before)
	maps.Copy(both, w.attributes)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		if now := fmt.Sprint(w.attributes[key]); now != fmt.Sprint(before[key]) {
			w.changes = append(w.changes, fmt.Sprintf("%s %s=%s", w.elapsed(), key, now))
		}
	}
}
