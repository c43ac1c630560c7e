package suite

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/telemetry"
	"github.com/redress-dev/redress/workflows/approval"
	"github.com/redress-dev/redress/workflows/complaint"
	seriesflow "github.com/redress-dev/redress/workflows/followup"
	"github.com/redress-dev/redress/workflows/improvement"
	reviewflow "github.com/redress-dev/redress/workflows/review"
)

// workerRetry is how long the suite waits before it asks again for a Temporal that cannot be reached.
const workerRetry = time.Second

// What a worker does at a time. A workflow task calls services and waits for their answers before it ends; with too many of them
// in the machine at once all calls run out of time together, are made again, and nothing gets through. What is not taken yet waits
// in Temporal, in order, and costs nothing. With too few, an acknowledgement waits for a place although nobody is busy: of 2,000
// complaints filed at once, half were acknowledged after 18 s with 24 places, and after 11 s with 64.
const (
	workflowTasks = 64
	quickCalls    = 2 * workflowTasks
	longCalls     = 64
	// taskPollers is how many ask for workflow tasks, each for one at a time: up to so many for those of workflows in memory, and
	// up to so many for all others. With a fixed number of pollers the others would wait for as long as there are any in memory,
	// and with them the acknowledgement of what was just filed.
	taskPollers = 6
	// stalled is after how long a workflow that does not yield is taken for deadlocked. The SDK's second is soon over on a machine that has
	// more to do than it can: then tasks of workflows that are well fail, are done again, and leave it still less time.
	stalled = 10 * time.Second
)

// temporalClient returns a client that connects when it is first used, so that the suite starts without Temporal. The way to it is
// plaintext without credentials. What it sends is sealed by the codec, nil for none.
func temporalClient(cfg Config, way credentials.TransportCredentials, logger *slog.Logger, now func() time.Time, t *telemetry.Telemetry,
	codec *envelope.Codec,
) (client.Client, error) {
	traces, err := telemetry.Temporal(t)
	if err != nil {
		return nil, err
	}
	// Payloads are short, and the way to Temporal is too: compressing them costs more than sending them.
	connection := client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}}
	if way != nil {
		// Not as tls.Config, which would be the same for ever.
		connection.DialOptions = []grpc.DialOption{grpc.WithTransportCredentials(way)}
	}
	return client.NewLazyClient(client.Options{
		Interceptors:   []interceptor.ClientInterceptor{traces},
		MetricsHandler: telemetry.TemporalMetrics(t),
		HostPort:       cfg.TemporalAddress,
		Namespace:      cfg.Namespace,
		// The converter that histories were written with.
		DataConverter:     dataConverter(codec),
		FailureConverter:  failureConverter(cfg, codec),
		ConnectionOptions: connection,
		Logger:            log.NewStructuredLogger(slog.New(newQuiet(logger.Handler(), now))),
	})
}

// WorkerOptions says what a worker does at a time; the rest is left to whoever runs one.
func WorkerOptions() worker.Options {
	return worker.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  workflowTasks,
		MaxConcurrentLocalActivityExecutionSize: quickCalls,
		MaxConcurrentActivityExecutionSize:      longCalls,
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{
			InitialNumberOfPollers: 2, MinimumNumberOfPollers: 1, MaximumNumberOfPollers: taskPollers,
		}),
		DisableRegistrationAliasing: true,
		DeadlockDetectionTimeout:    stalled,
	}
}

// runWorker carries out workflows and activities until ctx ends. While Temporal cannot be reached, and after Temporal refused the
// worker for good, which then stops itself, it tries again; nothing depends on it but time. The process is not ready meanwhile.
func (s *Suite) runWorker(ctx context.Context) error {
	if !s.sealing.await(ctx) {
		return nil
	}
	return s.keepWorking(ctx, func(options worker.Options) hand {
		w := worker.New(s.hands, complaint.TaskQueue, options)
		complaint.Register(w, s.activities)
		approval.Register(w, s.approvals)
		improvement.Register(w, s.improving)
		reviewflow.Register(w, s.reviewing)
		seriesflow.Register(w, s.series)
		return w
	})
}

// hand is as much of a worker as its life needs.
type hand interface {
	Start() error
	Stop()
}

// keepWorking is runWorker with workers from hire.
func (s *Suite) keepWorking(ctx context.Context, hire func(worker.Options) hand) error {
	version := s.cfg.deployment()
	for failures := 0; ; failures++ {
		failed := make(chan error, 1)
		options := WorkerOptions()
		options.WorkerStopTimeout = s.cfg.DrainTime
		options.DeploymentOptions = version
		options.OnFatalError = func(err error) { failed <- err }
		w := hire(options)
		err := w.Start()
		if err != nil {
			s.deps.Logger.Log(ctx, waitLevel(failures), "the worker cannot begin; redress migrate makes the namespace", "address", s.cfg.TemporalAddress,
				"namespace", s.cfg.Namespace, "error", err)
		}
		if err == nil {
			failures = -1
			s.worker.set("")
			select {
			case <-ctx.Done():
				w.Stop()
				return nil
			case err := <-failed: // The worker has stopped itself, and another one takes its place.
				s.worker.set("has stopped itself and begins again")
				s.deps.Logger.Error("the worker stopped itself and begins again", "address", s.cfg.TemporalAddress,
					"namespace", s.cfg.Namespace, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(workerRetry):
		}
	}
}
