package suite

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/services/internal/telemetry"
)

// answer is what a Temporal says when it is asked for its namespace.
type answer func(context.Context) (id string, err error)

func well(context.Context) (string, error) { return "id", nil }

// frontend is a Temporal with nothing but a namespace.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	answer atomic.Value // Of answer.
}

func (f *frontend) DescribeNamespace(ctx context.Context, request *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	id, err := f.answer.Load().(answer)(ctx)
	if err != nil {
		return nil, serviceerror.ToStatus(err).Err()
	}
	return &workflowservice.DescribeNamespaceResponse{NamespaceInfo: &namespacepb.NamespaceInfo{Name: request.GetNamespace(), Id: id}}, nil
}

// serve answers at the address until the returned function is called, which closes the listener and ends connections.
func (f *frontend) serve(t *testing.T, address string, options ...grpc.ServerOption) (at string, stop func()) {
	t.Helper()
	server := grpc.NewServer(options...)
	workflowservice.RegisterWorkflowServiceServer(server, f)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return listener.Addr().String(), func() {
		server.Stop()
		require.NoError(t, <-served)
	}
}

// watchedNamespace watches the namespace of the Temporal at the address until the test ends, and returns how to read the
// operators' metrics.
func watchedNamespace(t *testing.T, address string) (metrics func() string) {
	t.Helper()
	seen, err := telemetry.New(t.Context(), telemetry.Config{Service: "redress", Prometheus: true})
	require.NoError(t, err)
	rules, err := LoadPolicy("")
	require.NoError(t, err)
	s := &Suite{
		cfg:  Config{TemporalAddress: address}.WithDefaults(),
		deps: Deps{Policy: rules, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}, telemetry: seen, namespace: newNamespace(""),
		keys: &keys{}, sealing: newSealing(),
	}
	s.namespace.every = 50 * time.Millisecond
	s.temporal, err = temporalClient(s.cfg, nil, s.deps.Logger, s.deps.Now, seen, nil)
	require.NoError(t, err)
	require.NoError(t, s.watch())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.watchNamespace(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		s.temporal.Close()
		require.NoError(t, seen.Shutdown(context.WithoutCancel(ctx)))
	})
	return func() string {
		page := httptest.NewRecorder()
		seen.Handler().ServeHTTP(page, httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", nil))
		return page.Body.String()
	}
}

// TestOperatorsSeeWhetherTemporalServes proves that redress_temporal_reachable is 1 while the namespace answers, 0 while it does
// not for whatever reason, and 1 again afterwards.
func TestOperatorsSeeWhetherTemporalServes(t *testing.T) {
	t.Parallel()
	temporal := &frontend{}
	temporal.answer.Store(answer(well))
	address, stop := temporal.serve(t, "127.0.0.1:0")
	metrics := watchedNamespace(t, address)
	shows := func(value, when string) {
		t.Helper()
		require.Eventually(t, func() bool {
			return slices.Contains(strings.Split(metrics(), "\n"), "redress_temporal_reachable "+value)
		}, time.Minute, 10*time.Millisecond, when)
	}
	shows("1", "at first")
	for when, bad := range map[string]answer{
		"it refuses":                   func(context.Context) (string, error) { return "", serviceerror.NewUnavailable("no shard") },
		"the namespace does not exist": func(context.Context) (string, error) { return "", serviceerror.NewNamespaceNotFound("redress") },
		"the namespace has no id":      func(context.Context) (string, error) { return "", nil },
		"it says nothing": func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		},
	} {
		temporal.answer.Store(bad)
		shows("0", "when "+when)
		temporal.answer.Store(answer(well))
		shows("1", "after "+when)
	}
	stop()
	shows("0", "when it is away")
	_, stop = temporal.serve(t, address)
	t.Cleanup(stop)
	shows("1", "when it is back")
}
