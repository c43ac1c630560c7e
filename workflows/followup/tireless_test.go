package followup_test

import (
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// tireless makes the test environment try without end, as a server does; by itself it gives up after some attempts.
type tireless struct {
	interceptor.WorkerInterceptorBase
	interceptor.WorkflowInboundInterceptorBase
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *tireless) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	o.WorkflowInboundInterceptorBase.Next = next
	return inbound{&o.WorkflowInboundInterceptorBase, o}
}

type inbound struct {
	*interceptor.WorkflowInboundInterceptorBase
	tireless *tireless
}

func (i inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	i.tireless.WorkflowOutboundInterceptorBase.Next = next
	return i.WorkflowInboundInterceptorBase.Init(outbound{&i.tireless.WorkflowOutboundInterceptorBase})
}

type outbound struct {
	*interceptor.WorkflowOutboundInterceptorBase
}

// ExecuteActivity pauses longer than in life, so that a bad week takes little time.
func (o outbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	ctx = workflow.WithRetryPolicy(ctx, temporal.RetryPolicy{
		InitialInterval: options.RetryPolicy.InitialInterval, MaximumInterval: 5 * time.Minute, MaximumAttempts: 1 << 20,
	})
	return o.WorkflowOutboundInterceptorBase.ExecuteActivity(ctx, activity, args...)
}
