package openid_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/auth/openid"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/issuertest"
)

const audience = "redress-api"

// world is a service whose callers come by a provider.
type world struct {
	intakev1.UnimplementedIntakeServiceServer

	provider *issuertest.Provider
	harness  *rpctest.Harness

	mu    sync.Mutex
	ahead time.Duration
	seen  auth.Identity
}

// now is the time, and how far the test has moved it.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func (w *world) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

// GetComplaint keeps who called.
func (w *world) GetComplaint(ctx context.Context, _ *intakev1.GetComplaintRequest) (*intakev1.Complaint, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen, _ = auth.FromContext(ctx)
	return &intakev1.Complaint{}, nil
}

func mapping() *policyv1.Identity {
	return &policyv1.Identity{
		GroupsClaim: "realm_access.roles", AgentClaim: "preferred_username",
		Groups: []*policyv1.IdentityGroup{
			{Group: "agents", Roles: []authv1.Role{authv1.Role_AGENT}, Departments: []string{"service"}},
			{Group: "leads", Roles: []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR}},
			{Group: "billing", Departments: []string{"billing", "service"}},
		},
		ServiceAccounts: []*policyv1.ServiceAccount{
			{Subject: "crm", Name: "services/crm"},
			{Subject: "web", Name: "frontends/web", Roles: []authv1.Role{authv1.Role_PUBLIC, authv1.Role_AGENT}},
		},
		ClockSkew: durationpb.New(time.Minute), KeysFresh: durationpb.New(time.Hour), KeysKept: durationpb.New(24 * time.Hour),
		KeysPause: durationpb.New(10 * time.Minute), BreakGlassLongest: durationpb.New(4 * time.Hour),
	}
}

// lin is an agent whom the provider knows.
func lin() issuertest.Account {
	return issuertest.Account{Subject: "u-1", Audience: []string{"account", audience}, Claims: map[string]any{
		"preferred_username": "lin", "realm_access": map[string]any{"roles": []string{"agents", "offline_access"}},
	}}
}

func config(issuer string) openid.Config {
	return openid.Config{Issuer: issuer, Audiences: []string{audience, "redress-old"}, Algorithms: []string{"RS256", "ES256"}}
}

func deps(now func() time.Time) openid.Deps {
	return openid.Deps{Policy: mapping(), HTTP: &http.Client{Timeout: 10 * time.Second}, Now: now, Logger: slog.New(slog.DiscardHandler)}
}

// begin serves callers of a provider that knows lin. Change may do something to the provider first.
func begin(t *testing.T, change func(*issuertest.Provider)) *world {
	t.Helper()
	w := &world{}
	w.provider = issuertest.Start(t, w.now)
	w.provider.Add(lin())
	if change != nil {
		change(w.provider)
	}
	verifier, err := openid.New(t.Context(), config(w.provider.Issuer), deps(w.now))
	require.NoError(t, err)
	w.harness = rpctest.ServeWith(t, rpc.Deps{Verifier: auth.ByIssuer{
		Local: auth.NewVerifier(w.now), Others: map[string]auth.Verifier{w.provider.Issuer: verifier},
	}, Now: w.now}, func(server grpc.ServiceRegistrar) { intakev1.RegisterIntakeServiceServer(server, w) })
	return w
}

// call reads a complaint with a token.
func (w *world) call(t *testing.T, token string) (auth.Identity, error) {
	t.Helper()
	conn := w.harness.Dial(bearer(token), grpc.WithDisableRetry())
	_, err := intakev1.NewIntakeServiceClient(conn).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: "complaints/0123456789abcdefghjkmnpqrs"})
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, err
}

// bearer is a token as the credentials of a connection.
type bearer string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (bearer) RequireTransportSecurity() bool { return false }
