package suite

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// keeper stands in for a Temporal whose namespace keeps what it is given.
type keeper struct {
	workflowservice.UnimplementedWorkflowServiceServer

	mu   sync.Mutex
	data map[string]string
}

func (k *keeper) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (k *keeper) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &workflowservice.DescribeNamespaceResponse{NamespaceInfo: &namespacepb.NamespaceInfo{Id: "id", Data: maps.Clone(k.data)}}, nil
}

func (k *keeper) UpdateNamespace(_ context.Context, req *workflowservice.UpdateNamespaceRequest) (*workflowservice.UpdateNamespaceResponse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.Copy(k.data, req.GetUpdateInfo().GetData())
	return &workflowservice.UpdateNamespaceResponse{}, nil
}

func (k *keeper) mark() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.data[sealMark]
}

// sealingSuite is as much of a suite as looks at the mark.
func sealingSuite(t *testing.T, address, dir, mode string, logged *logtest.Buffer) *Suite {
	t.Helper()
	cfg := Config{DataDir: dir, TemporalAddress: address, TemporalEncryption: mode}.WithDefaults()
	s := &Suite{
		cfg: cfg, deps: Deps{Now: time.Now, Logger: slog.New(slog.NewTextHandler(logged, nil))}, telemetry: telemetry.None(),
		namespace: newNamespace(""), sealing: newSealing(), keys: &keys{},
	}
	var err error
	if cfg.seals() != envelope.Off {
		s.keys.temporal, err = loadTemporalKey(cfg)
		require.NoError(t, err)
	}
	s.temporal, err = temporalClient(cfg, nil, s.deps.Logger, time.Now, s.telemetry, s.keys.codec(cfg))
	require.NoError(t, err)
	t.Cleanup(s.temporal.Close)
	return s
}

func (s *Suite) settled() bool {
	select {
	case <-s.sealing.checked:
		return true
	default:
		return false
	}
}

// TestAnotherTemporalKeyIsToldAtOnce proves that the key that encrypts leaves its mark, that a process with another key ends with a line that names
// the file, that one with the key rotated renews the mark, and that off is warned of.
func TestAnotherTemporalKeyIsToldAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4", "OPS-1")
	temporal := &keeper{data: map[string]string{"else": "stays"}}
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, temporal)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	address, dir, other := listener.Addr().String(), t.TempDir(), t.TempDir()
	for _, d := range []string{dir, other} {
		_, err := envelope.LoadOrCreateKeys(filepath.Join(d, temporalKeyFile))
		require.NoError(t, err)
	}
	var logged logtest.Buffer
	reading := sealingSuite(t, address, dir, "read", &logged)
	require.NoError(t, reading.lookAtSeals(t.Context()))
	require.True(t, reading.settled())
	require.Empty(t, temporal.mark(), "who only reads leaves none")

	on := sealingSuite(t, address, dir, "on", &logged)
	require.NoError(t, on.lookAtSeals(t.Context()))
	require.True(t, on.settled())
	first := temporal.mark()
	require.NotEmpty(t, first)
	require.Equal(t, "stays", temporal.data["else"])

	for _, mode := range []string{"read", "on"} {
		wrong := sealingSuite(t, address, other, mode, &logged)
		err := wrong.lookAtSeals(t.Context())
		require.ErrorIs(t, err, errOtherKey)
		require.ErrorContains(t, err, filepath.Join(other, temporalKeyFile))
		require.NotContains(t, err.Error(), "\n")
		require.False(t, wrong.settled(), "nothing is sent or done")
		require.ErrorIs(t, wrong.watchNamespace(t.Context()), errOtherKey, "and what serves already ends")
	}

	id, err := AddTemporalKey(dir)
	require.NoError(t, err)
	require.NoError(t, PromoteTemporalKey(dir, id))
	ids, err := TemporalKeys(dir)
	require.NoError(t, err)
	require.Equal(t, id, ids[0])
	require.NoError(t, sealingSuite(t, address, dir, "on", &logged).lookAtSeals(t.Context()))
	require.NotEqual(t, first, temporal.mark())
	require.ErrorIs(t, sealingSuite(t, address, other, "read", &logged).lookAtSeals(t.Context()), errOtherKey)

	require.NotContains(t, logged.String(), "stand still")
	_, err = sealingSuite(t, address, dir, "off", &logged).namespaceID(t.Context())
	require.NoError(t, err)
	require.Contains(t, logged.String(), "stand still")
}

// TestTemporalAwayIsLookedAtLater proves that a process starts without Temporal, and does nothing for it before it knows the mark.
func TestTemporalAwayIsLookedAtLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := envelope.LoadOrCreateKeys(filepath.Join(dir, temporalKeyFile))
	require.NoError(t, err)
	s := sealingSuite(t, "127.0.0.1:1", dir, "on", &logtest.Buffer{})
	require.NoError(t, s.lookAtSeals(t.Context()))
	require.False(t, s.settled())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, s.sealing.await(ctx))
}
