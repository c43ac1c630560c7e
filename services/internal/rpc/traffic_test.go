package rpc_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// narrow are limits that a test reaches: one call of each kind at a time, and nobody waits for long.
func narrow() *policyv1.Traffic {
	return &policyv1.Traffic{
		PerIdentity: &policyv1.Allowance{Times: 1000, Within: durationpb.New(time.Hour)},
		Callers:     1, Services: 1, Streams: 1, Wait: durationpb.New(50 * time.Millisecond), RetryAfter: durationpb.New(3 * time.Second),
	}
}

// limited serves the desk within limits. Counted reads a counter of them.
func limited(t *testing.T, d *desk, rules *policyv1.Traffic) (h *rpctest.Harness, counted func(name string) int64) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	deps := rpc.Deps{Traffic: rules, Telemetry: telemetry.Of(nil, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))}
	h = rpctest.ServeWith(t, deps, func(server grpc.ServiceRegistrar) {
		intakev1.RegisterIntakeServiceServer(server, d)
		intakev1.RegisterEventLogServiceServer(server, d)
		gatewayv1.RegisterGatewayServiceServer(server, d)
	})
	return h, func(name string) (sum int64) {
		var all metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(t.Context(), &all))
		for _, scope := range all.ScopeMetrics {
			for _, metric := range scope.Metrics {
				if data, ok := metric.Data.(metricdata.Sum[int64]); ok && metric.Name == name {
					for _, point := range data.DataPoints {
						sum += point.Value
					}
				}
			}
		}
		return sum
	}
}

// wait is how long a refusal asks to wait.
func wait(err error) time.Duration {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

func get(ctx context.Context, conn *grpc.ClientConn) error {
	_, err := intakev1.NewIntakeServiceClient(conn).GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
	return err
}

// TestWhoCallsTooOftenIsRefused proves the limit of an identity: its own, with the time to wait, and not for services.
func TestWhoCallsTooOftenIsRefused(t *testing.T) {
	t.Parallel()
	rules := narrow()
	rules.PerIdentity = &policyv1.Allowance{Times: 2, Within: durationpb.New(time.Hour)}
	h, counted := limited(t, &desk{}, rules)
	lin := h.Dial(auth.Credentials(h.Minter, "agents/lin", authv1.Role_AGENT))
	require.NoError(t, get(t.Context(), lin))
	require.NoError(t, get(t.Context(), lin))
	err := get(t.Context(), lin)
	rpctest.RequireReason(t, err, codes.ResourceExhausted, errorv1.Reason_TOO_MANY_REQUESTS.String())
	rpctest.RequireMetadata(t, err, "limit", "identity")
	require.Greater(t, wait(err), 20*time.Minute)
	require.LessOrEqual(t, wait(err), 30*time.Minute)
	require.Equal(t, int64(1), counted("redress_calls_limited"))
	_, err = healthv1.NewHealthClient(lin).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err, "health is not counted")
	require.NoError(t, get(t.Context(), h.Conn("agents/ma", authv1.Role_AGENT)), "another one has a limit of their own")
	worker := h.Conn("services/worker", authv1.Role_SERVICE)
	for range 10 {
		require.NoError(t, get(t.Context(), worker), "services are not counted")
	}
}

// TestWhatIsTooMuchIsTurnedAway proves that calls beyond the places are turned away soon, once, and with the time to wait, and that
// what goes before is answered meanwhile: health, operators, and services, which have places of their own.
func TestWhatIsTooMuchIsTurnedAway(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}, 10), make(chan struct{})
	reached := &atomic.Int32{}
	d := &desk{read: func(ctx context.Context) error {
		reached.Add(1)
		if caller, _ := auth.FromContext(ctx); caller.Subject == "agents/slow" || caller.Subject == "services/slow" {
			entered <- struct{}{}
			<-release
		}
		return nil
	}}
	h, counted := limited(t, d, narrow())
	// As in production: calls that find the service UNAVAILABLE would be repeated.
	retrying := func(subject string, role authv1.Role) *grpc.ClientConn {
		return h.Dial(auth.Credentials(h.Minter, subject, role))
	}
	slow := make(chan error, 2)
	go func() { slow <- get(context.WithoutCancel(t.Context()), retrying("agents/slow", authv1.Role_AGENT)) }()
	<-entered

	err := get(t.Context(), retrying("agents/lin", authv1.Role_AGENT))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_OVERLOADED.String())
	rpctest.RequireMetadata(t, err, "calls", "callers")
	require.Equal(t, 3*time.Second, wait(err))
	require.Equal(t, int64(1), counted("redress_calls_shed"), "gRPC's client does not repeat it by itself")
	require.Equal(t, int32(1), reached.Load(), "nothing was done")

	require.NoError(t, get(t.Context(), retrying("services/worker", authv1.Role_SERVICE)))
	require.NoError(t, get(t.Context(), retrying("agents/op", authv1.Role_OPERATOR)))
	conn := h.Anonymous()
	_, err = healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = gatewayv1.NewGatewayServiceClient(conn).GetGuide(t.Context(), &gatewayv1.GetGuideRequest{})
	require.NoError(t, err, "what only asks other services takes no place")

	go func() {
		slow <- get(context.WithoutCancel(t.Context()), retrying("services/slow", authv1.Role_SERVICE))
	}()
	<-entered
	err = get(t.Context(), retrying("services/worker", authv1.Role_SERVICE))
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_OVERLOADED.String())
	rpctest.RequireMetadata(t, err, "calls", "services")

	close(release)
	require.NoError(t, <-slow)
	require.NoError(t, <-slow)
	require.NoError(t, get(t.Context(), retrying("agents/lin", authv1.Role_AGENT)), "places are given back")
}

// TestACallWaitsForAPlace proves that as many calls wait for a place as are carried out, and that more are turned away at once.
func TestACallWaitsForAPlace(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	rules := narrow()
	rules.Wait = durationpb.New(10 * time.Second)
	h, counted := limited(t, &desk{read: func(context.Context) error { <-release; return nil }}, rules)
	conn, done := h.Conn("agents/lin", authv1.Role_AGENT), make(chan error, 5)
	begun := time.Now()
	for range 5 {
		go func() { done <- get(context.WithoutCancel(t.Context()), conn) }()
	}
	for range 3 {
		rpctest.RequireReason(t, <-done, codes.Unavailable, errorv1.Reason_OVERLOADED.String())
	}
	if time.Since(begun) > rules.GetWait().AsDuration()/2 {
		t.Skip("this machine is so busy that nobody waits any more")
	}
	close(release)
	require.NoError(t, <-done, "the one that was carried out")
	require.NoError(t, <-done, "the one that waited")
	require.Equal(t, int64(3), counted("redress_calls_shed"))
}

// TestStreamsAreCountedApart proves that open streams have a bound of their own, which keeps nobody from calling.
func TestStreamsAreCountedApart(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	h, _ := limited(t, &desk{watch: func(stream grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error {
		if err := stream.Send(&eventv1.WatchEventsResponse{}); err != nil {
			return err
		}
		<-release
		return nil
	}}, narrow())
	watch := func(conn *grpc.ClientConn) (func() error, error) {
		stream, err := intakev1.NewEventLogServiceClient(conn).WatchEvents(t.Context(), &eventv1.WatchEventsRequest{})
		require.NoError(t, err)
		read := func() error { _, err := stream.Recv(); return err }
		return read, read()
	}
	conn := h.Conn("agents/audit", authv1.Role_AUDITOR)
	_, err := watch(conn)
	require.NoError(t, err)
	_, err = watch(conn)
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_OVERLOADED.String())
	rpctest.RequireMetadata(t, err, "calls", "streams")
	require.NoError(t, get(t.Context(), h.Conn("agents/lin", authv1.Role_AGENT)))
	_, err = watch(h.Conn("services/suite", authv1.Role_SERVICE))
	require.NoError(t, err, "streams between services last as long as they have to")
	close(release)
}
