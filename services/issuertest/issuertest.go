// Package issuertest runs a real OpenID Connect provider in a test, to hold what
// checks tokens against what makes them: discovery, keys and the token endpoint
// are those of github.com/zitadel/oidc, over HTTP. Whoever is to have a token is
// added first, with the claims that the provider shall put into it. For tests
// alone.
package issuertest

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// secret is what every account proves itself with.
const secret = "open sesame"

// Account is a person or a program that the provider knows.
type Account struct {
	// Subject is the claim sub.
	Subject string
	// Audience are for whom the account's tokens are made.
	Audience []string
	// Claims are what the provider says of it besides: its groups, its name.
	Claims map[string]any
	// Lifetime is how long its tokens are good for; negative for those that are over. An hour when zero.
	Lifetime time.Duration
}

// Provider is a running provider. It is safe for concurrent use.
type Provider struct {
	// Issuer is its URL.
	Issuer string

	tb      testing.TB
	server  *httptest.Server
	storage *storage
	away    atomic.Bool
	asked   atomic.Int64
}

// Start runs a provider until the test ends.
func Start(tb testing.TB, now func() time.Time) *Provider {
	tb.Helper()
	p := &Provider{tb: tb, storage: newStorage(tb, now)}
	var handler http.Handler
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			http.Error(w, "being repaired", http.StatusServiceUnavailable)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/keys") {
			p.asked.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	tb.Cleanup(p.server.Close)
	p.Issuer = p.server.URL
	provider, err := op.NewProvider(&op.Config{AuthMethodPost: true}, p.storage, op.StaticIssuer(p.Issuer),
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(tb, err)
	handler = provider
	return p
}

// Add makes an account, or changes it.
func (p *Provider) Add(account Account) { p.storage.add(account) }

// Token fetches a token at the token endpoint.
func (p *Provider) Token(subject string) string {
	p.tb.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {subject}, "client_secret": {secret}, "scope": {"openid"}}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.Issuer+"/oauth/token", strings.NewReader(form.Encode()))
	require.NoError(p.tb, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := p.server.Client().Do(request)
	require.NoError(p.tb, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error_description"`
	}
	require.NoError(p.tb, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(p.tb, http.StatusOK, response.StatusCode, answer.Error)
	return answer.Token
}

// Forge makes a token that the provider never would: of its claims, changed, and
// signed in another way. A claim that is changed to nil is left out.
func (p *Provider) Forge(token string, method jwt.SigningMethod, key any, change map[string]any) string {
	p.tb.Helper()
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(token, claims)
	require.NoError(p.tb, err)
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	forged := jwt.NewWithClaims(method, claims)
	forged.Header["kid"] = p.storage.current().id
	text, err := forged.SignedString(key)
	require.NoError(p.tb, err)
	return text
}

// PublicKey is the key that the provider's tokens are verified with at present.
func (p *Provider) PublicKey() any { return &p.storage.current().private.PublicKey }

// PrivateKey is the one that it signs with, for tokens that are wrong in nothing
// but their claims.
func (p *Provider) PrivateKey() any { return p.storage.current().private }

// Rotate has the provider sign with a new key from now on. Earlier ones stay
// published.
func (p *Provider) Rotate() { p.storage.rotate(p.tb) }

// Withdraw publishes earlier keys no more.
func (p *Provider) Withdraw() { p.storage.withdraw() }

// Leave makes the provider answer that it cannot, until Return.
func (p *Provider) Leave() { p.away.Store(true) }

// Return ends Leave.
func (p *Provider) Return() { p.away.Store(false) }

// Asked is how often its keys were asked for.
func (p *Provider) Asked() int { return int(p.asked.Load()) }
