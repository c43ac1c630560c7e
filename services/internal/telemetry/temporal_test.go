package telemetry_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/workflows"
	"github.com/redress-dev/redress/workflows/complaint"
)

// quick and slow are activities that tell which span they run in.
func quick(ctx context.Context) (string, error) {
	return trace.SpanContextFromContext(ctx).SpanID().String(), nil
}

func slow(ctx context.Context) (string, error) { return quick(ctx) }

// calls runs a local activity and then a regular one, as the workflow of a complaint does.
func calls(ctx workflow.Context) ([]string, error) {
	var local, regular string
	within := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Minute})
	if err := workflow.ExecuteLocalActivity(within, quick).Get(ctx, &local); err != nil {
		return nil, err
	}
	acting := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	err := workflow.ExecuteActivity(acting, slow).Get(ctx, &regular)
	return []string{local, regular}, err
}

// environment runs workflows with the interceptor, started by somebody whose trace is in the header.
func environment(t *testing.T, seen *telemetry.Telemetry, traceparent string) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	intercepting, err := telemetry.Temporal(seen)
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{intercepting}})
	env.RegisterWorkflow(calls)
	env.RegisterActivity(slow)
	header, err := converter.GetDefaultDataConverter().ToPayload(map[string]string{"traceparent": traceparent})
	require.NoError(t, err)
	env.SetHeader(&commonpb.Header{Fields: map[string]*commonpb.Payload{"_tracer-data": header}})
	return env
}

// TestOneTraceThroughTemporal: whoever starts a workflow, its run, and its activities, local ones too, are one tree; what an
// activity calls goes on from there, since it is in the activity's context.
func TestOneTraceThroughTemporal(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	seen := telemetry.Of(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil)
	env := environment(t, seen, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	env.ExecuteWorkflow(calls)
	require.NoError(t, env.GetWorkflowError())
	var within []string
	require.NoError(t, env.GetWorkflowResult(&within))

	named := map[string]sdktrace.ReadOnlySpan{}
	for _, span := range spans.Ended() {
		require.Equal(t, "0123456789abcdef0123456789abcdef", span.SpanContext().TraceID().String(), span.Name())
		named[span.Name()] = span
	}
	require.Len(t, named, 5)
	require.Equal(t, "0123456789abcdef", named["RunWorkflow:calls"].Parent().SpanID().String())
	for i, activity := range []string{"quick", "slow"} {
		begin, ran := named["StartActivity:"+activity], named["RunActivity:"+activity]
		require.Equal(t, named["RunWorkflow:calls"].SpanContext().SpanID(), begin.Parent().SpanID())
		require.Equal(t, begin.SpanContext().SpanID(), ran.Parent().SpanID())
		require.Equal(t, ran.SpanContext().SpanID().String(), within[i])
	}
	require.NotEmpty(t, named["RunWorkflow:calls"].Attributes(), "it says which workflow")
}

// TestTheRunIsSeenWhileItGoesOn: a complaint lives for days, and its trace is read meanwhile.
func TestTheRunIsSeenWhileItGoesOn(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	seen := telemetry.Of(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil)
	env := environment(t, seen, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	ended := -1
	env.RegisterWorkflowWithOptions(func(workflow.Context) error {
		ended = len(spans.Ended())
		return nil
	}, workflow.RegisterOptions{Name: "peek"})
	env.ExecuteWorkflow("peek")
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, 1, ended)
	require.Equal(t, "RunWorkflow:peek", spans.Ended()[0].Name())
	require.Contains(t, spans.Ended()[0].Attributes(), attribute.String("temporalWorkflowID", "default-test-workflow-id"))
	require.Len(t, spans.Ended(), 1)
}

func TestWithoutTracesNothingIsIntercepted(t *testing.T) {
	t.Parallel()
	for _, seen := range []*telemetry.Telemetry{nil, telemetry.None(), telemetry.Of(nil, nil)} {
		intercepting, err := telemetry.Temporal(seen)
		require.NoError(t, err)
		require.Equal(t, &interceptor.InterceptorBase{}, intercepting)
		require.Equal(t, client.MetricsNopHandler, telemetry.TemporalMetrics(seen))
		env := environment(t, seen, "nonsense")
		env.ExecuteWorkflow(calls)
		require.NoError(t, env.GetWorkflowError())
	}
}

// TestAHeaderThatCannotBeReadStopsNoWorkflow: whatever made it, the complaint matters more than its trace.
func TestAHeaderThatCannotBeReadStopsNoWorkflow(t *testing.T) {
	t.Parallel()
	env := environment(t, telemetry.Of(sdktrace.NewTracerProvider(), nil), "nonsense")
	env.ExecuteWorkflow(calls)
	require.NoError(t, env.GetWorkflowError())
}

// TestReplayWithTraces: histories replay with the interceptor, whether it was there when they were recorded or not, so that traces may be
// switched on, and off, while workflows run.
func TestReplayWithTraces(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("../../../workflows/complaint/testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "no history to replay")
	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			spans := tracetest.NewSpanRecorder()
			intercepting, err := telemetry.Temporal(telemetry.Of(sdktrace.NewTracerProvider(
				sdktrace.WithSpanProcessor(spans), sdktrace.WithSampler(sdktrace.AlwaysSample()), // Also of what says that nobody wants its trace.
			), nil))
			require.NoError(t, err)
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
				DataConverter: workflows.DataConverter(), Interceptors: []interceptor.WorkerInterceptor{intercepting},
			})
			require.NoError(t, err)
			replayer.RegisterWorkflowWithOptions(complaint.Complaint, workflow.RegisterOptions{Name: complaint.WorkflowName})
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), path))
			require.NotEmpty(t, spans.Ended(), "the interceptor was there")
		})
	}
}

func TestTemporalIsMeasured(t *testing.T) {
	t.Parallel()
	seen := made(t, telemetry.Config{Service: "redress-worker", Prometheus: true})
	metrics := telemetry.TemporalMetrics(seen).WithTags(map[string]string{"operation": "StartWorkflowExecution"})
	metrics.Counter("temporal_request").Inc(2)
	metrics.Timer("temporal_request_latency").Record(20 * time.Millisecond)
	page := scrape(t, seen, "")
	require.Contains(t, page, `temporal_request_total{operation="StartWorkflowExecution"} 2`)
	require.Contains(t, page, `temporal_request_latency_seconds_bucket{operation="StartWorkflowExecution",le="0.025"} 1`)
	require.Contains(t, page, `temporal_request_latency_seconds_bucket{operation="StartWorkflowExecution",le="0.01"} 0`)
}

// TestMeasuresAreKept: the same tags give the same handler and its instruments, in whatever order they come, and others another.
func TestMeasuresAreKept(t *testing.T) {
	t.Parallel()
	seen := made(t, telemetry.Config{Service: "redress-worker", Prometheus: true})
	root := telemetry.TemporalMetrics(seen)
	of := func(namespace, operation string) client.MetricsHandler {
		return root.WithTags(map[string]string{"namespace": namespace, "operation": operation})
	}
	first := of("a", "b")
	require.Same(t, first, of("a", "b"))
	require.NotSame(t, first, of("b", "a"))
	require.NotSame(t, root.WithTags(map[string]string{"a": "b"}), root.WithTags(map[string]string{"a": "c"}))
	for range 3 {
		of("a", "b").Counter("tried").Inc(1)
		of("a", "b").WithTags(map[string]string{"kind": "late"}).Counter("tried").Inc(1)
		of("b", "a").Gauge("slots").Update(2)
	}
	for i := range 3000 { // More than are kept.
		root.WithTags(map[string]string{"many": strconv.Itoa(i)}).Counter("many").Inc(1)
		root.Counter("none")
	}
	page := scrape(t, seen, "")
	for _, line := range []string{
		`tried_total{namespace="a",operation="b"} 3`, `tried_total{kind="late",namespace="a",operation="b"} 3`,
		`slots{namespace="b",operation="a"} 2`,
	} {
		require.Contains(t, page, line)
	}
}
