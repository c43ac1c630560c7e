package auth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func keys(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return public, private
}

// refused fails the test unless the token is UNAUTHENTICATED, in words that hold want.
func refused(t *testing.T, v auth.Verifier, token, want string) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	require.ErrorContains(t, err, want)
	require.Equal(t, codes.Unauthenticated, errs.Status(err).Code())
	require.Equal(t, "UNAUTHENTICATED", errs.Reason(err))
}

func TestMintAndVerify(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	public, private := keys(t)
	c := newClock()
	minter, verifier := auth.NewMinter(private, c.now), auth.NewVerifier(c.now, public)
	for role := authv1.Role_AGENT; role <= authv1.Role_PUBLIC; role++ {
		token, err := minter.Mint("agents/lin", []authv1.Role{role, authv1.Role_AGENT}, time.Hour)
		require.NoError(t, err)
		for range 2 { // The second time from the cache.
			identity, err := verifier.Verify(t.Context(), token)
			require.NoError(t, err)
			require.Equal(t, auth.Identity{Subject: "agents/lin", Roles: []authv1.Role{role, authv1.Role_AGENT}}, identity)
			require.True(t, identity.Has(role))
		}
	}
	require.False(t, auth.Identity{Roles: []authv1.Role{authv1.Role_AGENT}}.Has(authv1.Role_HR))
	require.False(t, auth.Identity{Roles: []authv1.Role{authv1.Role_AGENT}}.Has())
}

// TestExpiry: the cache must not keep a token alive.
func TestExpiry(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	public, private := keys(t)
	c := newClock()
	verifier := auth.NewVerifier(c.now, public)
	token, err := auth.NewMinter(private, c.now).Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(t, err)
	c.move(time.Hour - time.Second)
	_, err = verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	c.move(time.Second)
	refused(t, verifier, token, "expired")
	c.move(-2 * time.Hour)
	refused(t, verifier, token, "not valid yet")
	c.move(time.Hour - 20*time.Second)
	_, err = verifier.Verify(t.Context(), token)
	require.NoError(t, err, "a clock that is a little behind")
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	public, private := keys(t)
	_, foreign := keys(t)
	c := newClock()
	verifier := auth.NewVerifier(c.now, public)
	good := func() jwt.MapClaims {
		return jwt.MapClaims{
			"iss": "redress", "aud": "redress", "sub": "agents/lin", "roles": []string{"agent"},
			"nbf": c.now().Unix(), "exp": c.now().Add(time.Hour).Unix(),
		}
	}
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		claims := good()
		change(claims)
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return token
	}
	with := func(name string, value any) string {
		return sign(jwt.SigningMethodEdDSA, private, func(claims jwt.MapClaims) { claims[name] = value })
	}
	without := func(name string) string {
		return sign(jwt.SigningMethodEdDSA, private, func(claims jwt.MapClaims) { delete(claims, name) })
	}
	unchanged := func(jwt.MapClaims) {}
	valid := sign(jwt.SigningMethodEdDSA, private, unchanged)
	_, err := verifier.Verify(t.Context(), valid)
	require.NoError(t, err)
	parts := strings.Split(valid, ".")
	for what, tc := range map[string]struct{ token, want string }{
		"empty":            {"", "damaged"},
		"no jwt":           {"hello", "damaged"},
		"very long":        {strings.Repeat("x", 5000), "too long"},
		"other key":        {sign(jwt.SigningMethodEdDSA, foreign, unchanged), "damaged"},
		"alg none":         {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, unchanged), "damaged"},
		"alg HS256":        {sign(jwt.SigningMethodHS256, []byte(public), unchanged), "damaged"},
		"alg renamed":      {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "damaged"},
		"signature off":    {parts[0] + "." + parts[1] + ".", "damaged"},
		"other issuer":     {with("iss", "else"), "this system"},
		"other audience":   {with("aud", "else"), "this system"},
		"no expiry":        {without("exp"), "this system"},
		"no beginning":     {without("nbf"), "this system"},
		"no subject":       {without("sub"), "subject"},
		"strange subject":  {with("sub", "customers/lin"), "subject"},
		"upper-case":       {with("sub", "agents/Lin"), "subject"},
		"line feed":        {with("sub", "agents/lin\n"), "subject"},
		"no roles":         {without("roles"), "no role"},
		"unknown role":     {with("roles", []string{"agent", "god"}), "does not exist"},
		"upper-case role":  {with("roles", []string{"AGENT"}), "does not exist"},
		"unspecified role": {with("roles", []string{"role_unspecified"}), "does not exist"},
		"roles no list":    {with("roles", "agent"), "damaged"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			refused(t, verifier, tc.token, tc.want)
			refused(t, verifier, tc.token, tc.want)
		})
	}
	refused(t, auth.NewVerifier(c.now), valid, "this system")
	second, _ := keys(t)
	_, err = auth.NewVerifier(c.now, second, public).Verify(t.Context(), valid)
	require.NoError(t, err, "while keys are rotated, several are good")
}

func TestMintRefuses(t *testing.T) {
	t.Parallel()
	_, private := keys(t)
	minter := auth.NewMinter(private, time.Now)
	agent := []authv1.Role{authv1.Role_AGENT}
	for what, tc := range map[string]struct {
		subject string
		roles   []authv1.Role
		ttl     time.Duration
	}{
		"no subject":       {"", agent, time.Hour},
		"strange subject":  {"lin", agent, time.Hour},
		"no roles":         {"agents/lin", nil, time.Hour},
		"unspecified role": {"agents/lin", []authv1.Role{authv1.Role_ROLE_UNSPECIFIED}, time.Hour},
		"unknown role":     {"agents/lin", []authv1.Role{99}, time.Hour},
		"no time":          {"agents/lin", agent, 0},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := minter.Mint(tc.subject, tc.roles, tc.ttl)
			require.Error(t, err)
		})
	}
}

// TestCacheIsBounded: many more tokens than the cache holds, and old ones are
// still good.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("only repeats with more data")
	}
	public, private := keys(t)
	c := newClock()
	minter, verifier := auth.NewMinter(private, c.now), auth.NewVerifier(c.now, public)
	first := ""
	for i := range 9000 {
		token, err := minter.Mint(fmt.Sprintf("agents/a%d", i), []authv1.Role{authv1.Role_AGENT}, time.Hour)
		require.NoError(t, err)
		if first == "" {
			first = token
		}
		_, err = verifier.Verify(t.Context(), token)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, verifier.Cached(), 2*4096)
	identity, err := verifier.Verify(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, "agents/a0", identity.Subject)
}

func TestCredentialsAreRenewed(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	c := newClock()
	verifier := auth.NewVerifier(c.now, public)
	credentials := auth.Credentials(auth.NewMinter(private, c.now), "services/worker", authv1.Role_SERVICE)
	require.False(t, credentials.RequireTransportSecurity())
	show := func() string {
		header, err := credentials.GetRequestMetadata(t.Context())
		require.NoError(t, err)
		token, ok := strings.CutPrefix(header["authorization"], "Bearer ")
		require.True(t, ok)
		identity, err := verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, "services/worker", identity.Subject)
		return token
	}
	first := show()
	c.move(20 * time.Minute)
	require.Equal(t, first, show(), "one token for many calls")
	c.move(20 * time.Minute)
	require.NotEqual(t, first, show(), "renewed long before it expires")
	c.move(100 * time.Hour)
	show()
	c.move(-50 * time.Hour)
	show()
	_, err := auth.Credentials(auth.NewMinter(private, c.now), "nobody").GetRequestMetadata(t.Context())
	require.Error(t, err)
}

func TestContext(t *testing.T) {
	t.Parallel()
	_, ok := auth.FromContext(t.Context())
	require.False(t, ok)
	identity, ok := auth.FromContext(auth.NewContext(t.Context(), auth.Identity{Subject: "agents/lin"}))
	require.True(t, ok)
	require.Equal(t, "agents/lin", identity.Subject)
}

func BenchmarkVerify(b *testing.B) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(b, err)
	public, _ := private.Public().(ed25519.PublicKey)
	verifier := auth.NewVerifier(time.Now, public)
	token, err := auth.NewMinter(private, time.Now).Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(b, err)
	for b.Loop() {
		if _, err := verifier.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(f, err)
	public, _ := private.Public().(ed25519.PublicKey)
	verifier := auth.NewVerifier(time.Now, public)
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJFZERTQSJ9.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		_, err := verifier.Verify(t.Context(), token)
		require.Error(t, err)
	})
}
