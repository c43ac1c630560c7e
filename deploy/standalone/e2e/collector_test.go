package e2e_test

import (
	"context"
	"encoding/hex"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
)

// span is one step of a trace, as a collector gets it.
type span struct {
	name, trace, id, parent string
	// process is what the process calls itself that made it.
	process string
	server  bool
}

// collector takes traces over OTLP, as a real one does.
type collector struct {
	collectorv1.UnimplementedTraceServiceServer

	address string

	mu    sync.Mutex
	spans []span
	text  strings.Builder
}

// collect runs a collector until the test ends.
func collect(t *testing.T) *collector {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &collector{address: listener.Addr().String()}
	server := grpc.NewServer()
	collectorv1.RegisterTraceServiceServer(server, c)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return c
}

// Export takes a batch.
func (c *collector) Export(_ context.Context, request *collectorv1.ExportTraceServiceRequest) (*collectorv1.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text.WriteString(request.String())
	for _, resource := range request.GetResourceSpans() {
		process := ""
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				process = attribute.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span{
					name: s.GetName(), trace: hex.EncodeToString(s.GetTraceId()), id: hex.EncodeToString(s.GetSpanId()),
					parent: hex.EncodeToString(s.GetParentSpanId()), server: s.GetKind() == tracev1.Span_SPAN_KIND_SERVER,
					process: process,
				})
			}
		}
	}
	return &collectorv1.ExportTraceServiceResponse{}, nil
}

// all returns what came so far, and as text.
func (c *collector) all() ([]span, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans), c.text.String()
}
