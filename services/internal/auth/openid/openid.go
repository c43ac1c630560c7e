package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// Config says which provider is trusted. All of it is required.
type Config struct {
	// Issuer is the provider, as its discovery document and its tokens write it.
	Issuer string
	// Audiences are for whom tokens must be made: one of these.
	Audiences []string
	// Algorithms are those that tokens may be signed by; see Algorithms.
	Algorithms []string
}

// Deps are what the verifier needs. All are required.
type Deps struct {
	// Policy is its section identity.
	Policy *policyv1.Identity
	// HTTP reaches the provider; it must have a time limit.
	HTTP *http.Client
	// Now is the clock that tokens are dated by.
	Now func() time.Time
	// Logger hears when the provider cannot be reached.
	Logger *slog.Logger
}

// Algorithms are those that a provider may sign by: all of them with a public key,
// so that nobody can sign who can only verify.
func Algorithms() []string {
	return []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
	}
}

// Check says what is wrong with the settings, before anybody is asked.
func (c Config) Check() error {
	at, err := url.Parse(c.Issuer)
	switch {
	case err != nil || at.Host == "" || at.RawQuery != "" || at.Fragment != "" || at.User != nil:
		return fmt.Errorf("issuer %q is no URL such as https://login.example.com/realms/firm", c.Issuer)
	case at.Scheme != "https" && (at.Scheme != "http" || !isLoopback(at.Hostname())):
		return fmt.Errorf("issuer %q must begin with https: only on this host a provider may do without", c.Issuer)
	case len(c.Audiences) == 0 || slices.Contains(c.Audiences, ""):
		return errors.New("the audience is missing: for whom the provider makes tokens that count here")
	case len(c.Algorithms) == 0:
		return errors.New("no algorithm is allowed")
	}
	for _, name := range c.Algorithms {
		if !slices.Contains(Algorithms(), name) {
			return fmt.Errorf("algorithm %q is none that tokens may be signed by: there are %s", name, strings.Join(Algorithms(), ", "))
		}
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Verifier implements auth.Verifier for the tokens of one provider.
type Verifier struct {
	cfg      Config
	policy   *policyv1.Identity
	now      func() time.Time
	provider *provider
	rules    rules
}

var _ auth.Verifier = (*Verifier)(nil)

// New makes a verifier, and asks the provider for its keys. A provider that
// answers something else than it should is an error, and so is one whose host
// nobody knows. One that cannot be reached is none: it is asked again when tokens
// come, which are UNAVAILABLE until it answers, so that a provider that is away
// keeps nothing else from starting.
func New(ctx context.Context, cfg Config, deps Deps) (*Verifier, error) {
	if deps.Policy == nil || deps.HTTP == nil || deps.Now == nil || deps.Logger == nil {
		return nil, errors.New("openid: policy, HTTP client, clock and logger are required")
	}
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("openid: %w", err)
	}
	v := &Verifier{
		cfg: cfg, policy: deps.Policy, now: deps.Now, rules: newRules(deps.Policy),
		provider: &provider{
			issuer: cfg.Issuer, client: watching(deps.HTTP), now: deps.Now, logger: deps.Logger,
			fresh: deps.Policy.GetKeysFresh().AsDuration(), kept: deps.Policy.GetKeysKept().AsDuration(),
			pause: deps.Policy.GetKeysPause().AsDuration(),
		},
	}
	switch err := v.provider.fetch(ctx); {
	case errors.Is(err, errAway):
		v.provider.tell(ctx, err)
	case err != nil:
		return nil, fmt.Errorf("openid: issuer %s: %s", cfg.Issuer, brief(err))
	}
	return v, nil
}

// Verify implements auth.Verifier. Beside UNAUTHENTICATED it answers
// IDENTITY_WITHOUT_ROLE, IDENTITY_WITHOUT_AGENT and
// IDENTITY_PROVIDER_UNAVAILABLE.
func (v *Verifier) Verify(ctx context.Context, text string) (auth.Identity, error) {
	if len(text) > auth.MaxToken {
		return auth.Identity{}, refused("The token is too long to be one.")
	}
	token, err := v.open(ctx, text)
	if err != nil {
		return auth.Identity{}, err
	}
	if !slices.ContainsFunc(token.Audience, func(each string) bool { return slices.Contains(v.cfg.Audiences, each) }) {
		return auth.Identity{}, refused("The token was made for somebody else: its audience is none of this system's.")
	}
	var said map[string]any
	if err := token.Claims(&said); err != nil {
		return auth.Identity{}, refused("The token is damaged, or was not made for this system.")
	}
	if err := v.timely(token, said); err != nil {
		return auth.Identity{}, err
	}
	return v.rules.identify(token.Subject, said)
}

// open checks signature and issuer. When no known key made the signature, the
// provider may have a new one.
func (v *Verifier) open(ctx context.Context, text string) (*oidc.IDToken, error) {
	known, err := v.provider.keys(ctx)
	if err != nil {
		return nil, away(err)
	}
	for last := false; ; last = true {
		signature := &signature{keys: known.public}
		// Audience and times are looked at afterwards: there may be several of the one,
		// and the library's leeway for the others is no setting.
		token, err := oidc.NewVerifier(v.cfg.Issuer, signature, &oidc.Config{
			SupportedSigningAlgs: v.cfg.Algorithms, SkipClientIDCheck: true, SkipExpiryCheck: true,
		}).Verify(ctx, text)
		switch {
		case err == nil:
			return token, nil
		case !signature.unknown || last:
			return nil, refused("The token is damaged, or was not made for this system.")
		}
		newer, err := v.provider.newer(ctx, known)
		switch {
		case err != nil:
			return nil, away(err)
		case newer == known:
			return nil, refused("The token is damaged, or signed with a key that the identity provider does not have.")
		}
		known = newer
	}
}

// signature verifies with some keys, and remembers whether it was that which failed.
type signature struct {
	keys    oidc.StaticKeySet
	unknown bool
}

// VerifySignature implements oidc.KeySet.
func (s *signature) VerifySignature(ctx context.Context, text string) ([]byte, error) {
	payload, err := s.keys.VerifySignature(ctx, text)
	s.unknown = err != nil
	return payload, err
}

// timely holds the token's times against the clock. A token without an end is
// refused: it would be good for ever.
func (v *Verifier) timely(token *oidc.IDToken, said map[string]any) error {
	now, skew := v.now(), v.policy.GetClockSkew().AsDuration()
	if token.Expiry.IsZero() || token.Expiry.Unix() == 0 {
		return refused("The token does not say when it ends.")
	}
	if !now.Before(token.Expiry.Add(skew)) {
		return refused("The token has expired.")
	}
	begins := token.IssuedAt
	if seconds, ok := said["nbf"].(float64); ok {
		if from := time.Unix(int64(seconds), 0); from.After(begins) {
			begins = from
		}
	}
	if now.Before(begins.Add(-skew)) {
		return refused("The token is not valid yet.")
	}
	return nil
}
