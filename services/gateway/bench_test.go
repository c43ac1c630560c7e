package gateway_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"google.golang.org/grpc"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// everybody lets all callers through.
type everybody struct{}

func (everybody) Admit(netip.Addr) error { return nil }

func (everybody) AdmitUnsubscription(netip.Addr) error { return nil }
func (everybody) Proxies() int                         { return 0 }
func (everybody) Zone() *time.Location                 { return time.UTC }

// BenchmarkFiling is what filing costs at the edge and on its way to a service that answers at once; the difference between its
// cases is what metrics cost.
func BenchmarkFiling(b *testing.B) {
	for name, seen := range map[string]*telemetry.Telemetry{
		"off":     telemetry.None(),
		"metrics": telemetry.Of(nil, sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))),
	} {
		b.Run(name, func(b *testing.B) {
			h := rpctest.ServeWith(b, rpc.Deps{Telemetry: seen, Logger: slog.New(slog.DiscardHandler)}, func(server grpc.ServiceRegistrar) {
				intakev1.RegisterIntakeServiceServer(server, &desk{})
			})
			edge, err := gateway.NewEdge(b.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{
				Conn: h.Anonymous(), Ready: func(context.Context) error { return nil }, Telemetry: seen, Callers: everybody{}, Now: time.Now,
			})
			require.NoError(b, err)
			token, err := h.Minter.Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/complaints",
					strings.NewReader(`{"statement": "x", "complainant": {"phone": "+8613812345678"}}`))
				request.Header.Set("Authorization", "Bearer "+token)
				answer := httptest.NewRecorder()
				edge.ServeHTTP(answer, request)
				require.Equal(b, http.StatusOK, answer.Code)
			}
		})
	}
}
