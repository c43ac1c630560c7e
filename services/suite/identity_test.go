package suite_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/issuertest"
	"github.com/redress-dev/redress/services/suite"
)

// firm is a policy with a provider's groups, by which agents see their department's complaints.
const firm = `version: firm-1
identity:
  groups:
    - {group: agents, roles: [AGENT]}
    - {group: leads, roles: [AGENT, SUPERVISOR]}
    - {group: audit, roles: [AUDITOR]}
access: {agents: DEPARTMENT, supervisors: BELOW}
`

// guarded is all services, whose callers come by a provider.
type guarded struct {
	*house

	provider *issuertest.Provider
	suite    *suite.Suite
	glass    string
}

func guard(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{provider: issuertest.Start(t, time.Now), glass: filepath.Join(t.TempDir(), "glass")}
	for name, group := range map[string]string{"lin": "agents", "he": "agents", "ma": "leads", "zhao": "leads", "pan": "audit"} {
		g.provider.Add(issuertest.Account{Subject: name, Audience: []string{"redress"}, Claims: map[string]any{
			"preferred_username": name, "groups": []string{group},
		}})
	}
	file := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(file, []byte(firm), 0o600))
	policy, err := suite.LoadPolicy(file)
	require.NoError(t, err)
	cfg := anywhere(t.TempDir())
	cfg.Migrate = true
	cfg.Identity = suite.IdentityConfig{Issuer: g.provider.Issuer, Audience: "redress", Algorithms: "RS256", BreakGlass: g.glass}
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	g.suite, err = suite.New(t.Context(), cfg, deps(policy, listeners))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- g.suite.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, g.suite.Close())
	})
	require.Eventually(t, func() bool { code, _ := ready(t, g.suite.AdminAddress()); return code == http.StatusOK }, 3*time.Minute, 20*time.Millisecond)
	g.house = &house{t: t, cfg: cfg, url: "http://" + g.suite.HTTPAddress()}
	return g
}

// as makes a call with a person's token of the provider.
func (g *guarded) as(name, method, path, body string) reply {
	g.t.Helper()
	g.token = g.provider.Token(name)
	return g.call(method, path, strings.NewReader(body))
}

// file has lin file a complaint about a delivery, which logistics is given.
func (g *guarded) file() string {
	g.t.Helper()
	a := g.as("lin", http.MethodPost, "/v1/complaints", `{"statement":"破了","complainant":{"phone":"+8613812345678"},"target":{"kind":"DELIVERY"}}`)
	require.Equal(g.t, http.StatusOK, a.status, a.text)
	complaint, _ := a.body["name"].(string)
	conn, err := grpc.NewClient(g.suite.GRPCAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(g.t, err)
	defer func() { require.NoError(g.t, conn.Close()) }()
	token, err := suite.DevelopmentToken(g.cfg.DataDir, "services/worker", []authv1.Role{authv1.Role_SERVICE}, time.Hour, time.Now)
	require.NoError(g.t, err)
	ctx := metadata.AppendToOutgoingContext(g.t.Context(), "authorization", "Bearer "+token)
	require.Eventually(g.t, func() bool { // Routing hears of it soon.
		given, err := routingv1.NewRoutingServiceClient(conn).AssignComplaint(ctx, &routingv1.AssignComplaintRequest{Complaint: complaint, Cycle: 1})
		return err == nil && given.GetDepartment() == "departments/logistics"
	}, 3*time.Minute, 50*time.Millisecond)
	return complaint
}

// TestWhoSeesWhat: through the whole of Redress, a complaint is there for its department, for who leads it and for an auditor, and
// for nobody else.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	g := guard(t)
	complaint := g.file()
	for _, path := range []string{"/v1/" + complaint, "/v1/" + complaint + "/timeline", "/v1/" + complaint + "/duties", "/v1/" + complaint + "/assignment"} {
		for name, sees := range map[string]bool{"he": true, "ma": true, "pan": true, "lin": false, "zhao": false} {
			a := g.as(name, http.MethodGet, path, "")
			if sees {
				require.Equal(t, http.StatusOK, a.status, "%s %s: %s", name, path, a.text)
			} else {
				a.refuses(t, http.StatusNotFound, "COMPLAINT_NOT_FOUND")
			}
		}
	}
	unknown := g.as("lin", http.MethodGet, "/v1/complaints/00000000000000000000000000", "")
	unknown.refuses(t, http.StatusNotFound, "COMPLAINT_NOT_FOUND")
	for name, want := range map[string]int{"he": 1, "pan": 1, "lin": 0, "zhao": 0} {
		list := g.as(name, http.MethodGet, "/v1/complaints", "")
		require.Equal(t, http.StatusOK, list.status, list.text)
		all, _ := list.body["complaints"].([]any)
		require.Len(t, all, want, name)
	}
	const message = `{"author":"CUSTOMER","text":"你好","way":"CHAT"}`
	g.as("lin", http.MethodPost, "/v1/"+complaint+"/messages", message).refuses(t, http.StatusNotFound, "COMPLAINT_NOT_FOUND")
	g.as("pan", http.MethodPost, "/v1/"+complaint+"/messages", message).refuses(t, http.StatusForbidden, "ROLE_NOT_ALLOWED")
}

// TestPeopleComeByTheProviderAlone: what the installation signs counts for people only while the glass is broken, and their deeds
// say so.
func TestPeopleComeByTheProviderAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	g := guard(t)
	own := func(subject string) string {
		token, err := suite.DevelopmentToken(g.cfg.DataDir, subject, []authv1.Role{authv1.Role_AGENT}, time.Hour, time.Now)
		require.NoError(t, err)
		return token
	}
	const complaint = `{"statement":"破了","complainant":{"phone":"+8613812345678"}}`
	file := func() reply { return g.call(http.MethodPost, "/v1/complaints", strings.NewReader(complaint)) }
	for _, subject := range []string{"agents/lin", "agents/break-glass-lin"} {
		g.token = own(subject)
		file().refuses(t, http.StatusUnauthorized, "UNAUTHENTICATED")
	}
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	require.NoError(t, os.WriteFile(g.glass, []byte(until+"\nINC-7: the provider is down\n"), 0o600))
	a := file()
	require.Equal(t, http.StatusOK, a.status, a.text)
	name, _ := a.body["name"].(string)
	timeline := g.as("pan", http.MethodGet, "/v1/"+name+"/timeline", "")
	require.Contains(t, timeline.text, "agents/break-glass-lin", "it is on record who that was")
	require.NoError(t, os.Remove(g.glass))
	g.token = own("agents/break-glass-lin")
	file().refuses(t, http.StatusUnauthorized, "UNAUTHENTICATED")
}
