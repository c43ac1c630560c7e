package openid_test

import (
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/auth/openid"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/issuertest"
)

// unauthenticated wants a token to be refused, in words that hold want.
func (w *world) unauthenticated(t *testing.T, token, want string) {
	t.Helper()
	_, err := w.call(t, token)
	rpctest.RequireReason(t, err, codes.Unauthenticated, "UNAUTHENTICATED")
	require.ErrorContains(t, err, want)
}

func TestPeopleComeByTheProvider(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := begin(t, nil)
	who, err := w.call(t, w.provider.Token("u-1"))
	require.NoError(t, err)
	require.Equal(t, auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{authv1.Role_AGENT}, Departments: []string{"departments/service"}}, who)

	account := lin()
	account.Claims["realm_access"] = map[string]any{"roles": []string{"billing", "leads", "agents", "nobody knows"}}
	w.provider.Add(account)
	who, err = w.call(t, w.provider.Token("u-1"))
	require.NoError(t, err)
	require.Equal(t, []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR}, who.Roles, "what all groups give, each once")
	require.Equal(t, []string{"departments/billing", "departments/service"}, who.Departments)
}

func TestWhoHasNoRoleIsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := begin(t, nil)
	for what, groups := range map[string]any{
		"unknown groups": []string{"admins", "AGENTS"}, "no groups": nil, "a department alone": []string{"billing"}, "another shape": map[string]any{"agents": true},
	} {
		account := lin()
		account.Claims["realm_access"] = map[string]any{"roles": groups}
		w.provider.Add(account)
		_, err := w.call(t, w.provider.Token("u-1"))
		rpctest.RequireReason(t, err, codes.PermissionDenied, "IDENTITY_WITHOUT_ROLE")
		rpctest.RequireMetadata(t, err, "claim", "realm_access.roles")
		require.ErrorContains(t, err, "none of your groups", what)
	}
}

func TestWhoIsNobodyOfTheDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	w := begin(t, nil)
	for _, name := range []any{nil, "", "lin@example.com", "Lin", "break-glass-lin", "../lin", 7, []string{"lin"}} {
		account := lin()
		account.Claims["preferred_username"] = name
		w.provider.Add(account)
		_, err := w.call(t, w.provider.Token("u-1"))
		rpctest.RequireReason(t, err, codes.Unauthenticated, "IDENTITY_WITHOUT_AGENT")
		rpctest.RequireMetadata(t, err, "claim", "preferred_username")
	}
}

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	w := begin(t, func(p *issuertest.Provider) {
		for _, subject := range []string{"crm", "web", "unknown"} {
			p.Add(issuertest.Account{Subject: subject, Audience: []string{audience}})
		}
	})
	who, err := w.call(t, w.provider.Token("web"))
	require.NoError(t, err)
	require.Equal(t, auth.Identity{Subject: "frontends/web", Roles: []authv1.Role{authv1.Role_PUBLIC, authv1.Role_AGENT}}, who)
	who, err = w.call(t, w.provider.Token("crm"))
	require.NoError(t, err)
	require.Equal(t, auth.Identity{Subject: "services/crm", Roles: []authv1.Role{authv1.Role_SERVICE}}, who)
	_, err = w.call(t, w.provider.Token("unknown"))
	rpctest.RequireReason(t, err, codes.PermissionDenied, "IDENTITY_WITHOUT_ROLE")
}

func TestTimes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := begin(t, nil)
	for lifetime, good := range map[time.Duration]bool{-5 * time.Second: true, -2 * time.Minute: false, -24 * time.Hour: false} {
		account := lin()
		account.Lifetime = lifetime
		w.provider.Add(account)
		if token := w.provider.Token("u-1"); good {
			_, err := w.call(t, token)
			require.NoError(t, err, "the provider's clock may be a minute off")
		} else {
			w.unauthenticated(t, token, "has expired")
		}
	}
	w.provider.Add(lin())
	good := w.provider.Token("u-1")
	method, key := jwt.SigningMethodRS256, w.provider.PrivateKey()
	soon, later := time.Now().Add(30*time.Second).Unix(), time.Now().Add(time.Hour).Unix()
	_, err := w.call(t, w.provider.Forge(good, method, key, map[string]any{"nbf": soon, "iat": soon}))
	require.NoError(t, err)
	w.unauthenticated(t, w.provider.Forge(good, method, key, map[string]any{"nbf": later}), "not valid yet")
	w.unauthenticated(t, w.provider.Forge(good, method, key, map[string]any{"iat": later}), "not valid yet")
	w.unauthenticated(t, w.provider.Forge(good, method, key, map[string]any{"exp": nil}), "when it ends")
}

func TestForgeries(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := begin(t, nil)
	good := w.provider.Token("u-1")
	public, err := x509.MarshalPKIXPublicKey(w.provider.PublicKey())
	require.NoError(t, err)
	method, key := jwt.SigningMethodRS256, w.provider.PrivateKey()
	for what, token := range map[string]string{
		"not signed":                   w.provider.Forge(good, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"the public key as the secret": w.provider.Forge(good, jwt.SigningMethodHS256, public, nil),
		"a foreign key":                w.provider.Forge(good, method, foreign(t), nil),
		"an algorithm not allowed":     w.provider.Forge(good, jwt.SigningMethodRS512, key, nil),
		"a foreign issuer":             w.provider.Forge(good, method, key, map[string]any{"iss": "https://elsewhere.example"}),
		"the installation's issuer":    w.provider.Forge(good, method, key, map[string]any{"iss": "redress"}),
		"changed":                      good[:len(good)-12] + "AAAAAAAAAAAA",
		"cut off":                      good[:len(good)/2],
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w.unauthenticated(t, token, "")
		})
	}
	w.unauthenticated(t, w.provider.Forge(good, method, key, map[string]any{"aud": "account"}), "somebody else")
	w.unauthenticated(t, w.provider.Forge(good, method, key, map[string]any{"aud": nil}), "somebody else")
	_, err = w.call(t, w.provider.Forge(good, method, key, map[string]any{"aud": "redress-old"}))
	require.NoError(t, err)
}

func foreign(t *testing.T) any {
	t.Helper()
	return issuertest.Start(t, time.Now).PrivateKey()
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	account := lin()
	account.Lifetime = 5 * time.Hour
	w := begin(t, func(p *issuertest.Provider) { p.Add(account) })
	before := w.provider.Token("u-1")
	w.provider.Rotate()
	after := w.provider.Token("u-1")
	asked := w.provider.Asked()
	const unknown = "a key that the identity provider does not have"
	for range 20 {
		w.unauthenticated(t, after, unknown)
	}
	require.Equal(t, asked, w.provider.Asked(), "unknown keys do not have the provider asked again and again")
	w.move(11 * time.Minute)
	for _, token := range []string{after, before, after} {
		_, err := w.call(t, token)
		require.NoError(t, err)
	}
	require.Equal(t, asked+1, w.provider.Asked())

	w.provider.Withdraw()
	_, err := w.call(t, before)
	require.NoError(t, err, "nobody has asked yet")
	w.move(time.Hour)
	_, err = w.call(t, after)
	require.NoError(t, err)
	w.unauthenticated(t, before, unknown)
	require.Equal(t, asked+2, w.provider.Asked(), "once an hour, whoever comes")
}

func TestProviderAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := begin(t, func(p *issuertest.Provider) { p.Leave() })
	w.provider.Return()
	account := lin()
	account.Lifetime = 72 * time.Hour
	w.provider.Add(account)
	token := w.provider.Token("u-1")
	_, err := w.call(t, token)
	rpctest.RequireReason(t, err, codes.Unavailable, "IDENTITY_PROVIDER_UNAVAILABLE")
	w.move(11 * time.Minute)
	_, err = w.call(t, token)
	require.NoError(t, err, "asked again, it answers")

	w.provider.Leave()
	w.move(2 * time.Hour)
	_, err = w.call(t, token)
	require.NoError(t, err, "its keys are kept while it is away")
	w.move(22 * time.Hour)
	_, err = w.call(t, token)
	rpctest.RequireReason(t, err, codes.Unavailable, "IDENTITY_PROVIDER_UNAVAILABLE")
}

func TestWrongProvider(t *testing.T) {
	t.Parallel()
	right := issuertest.Start(t, time.Now)
	empty := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(empty.Close)
	secured := httptest.NewUnstartedServer(http.NotFoundHandler())
	secured.Config.ErrorLog = log.New(io.Discard, "", 0)
	secured.StartTLS()
	t.Cleanup(secured.Close)
	_, port, err := net.SplitHostPort(right.Issuer[len("http://"):])
	require.NoError(t, err)
	for issuer, want := range map[string]string{
		"http://localhost:" + port: "did not match",
		empty.URL:                  "404",
		secured.URL:                "certificate",
		"http://login.example.com": "must begin with https",
		"login.example.com":        "is no URL",
	} {
		_, err := openid.New(t.Context(), config(issuer), deps(time.Now))
		require.ErrorContains(t, err, want)
	}
	bad := config(right.Issuer)
	bad.Algorithms = []string{"HS256"}
	_, err = openid.New(t.Context(), bad, deps(time.Now))
	require.ErrorContains(t, err, `algorithm "HS256"`)
	bad = config(right.Issuer)
	bad.Audiences = nil
	_, err = openid.New(t.Context(), bad, deps(time.Now))
	require.ErrorContains(t, err, "audience is missing")
}
