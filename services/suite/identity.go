package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/auth/openid"
	"github.com/redress-dev/redress/services/internal/reach"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// providerPatience is how long the identity provider may take for an answer.
const providerPatience = 5 * time.Second

// IdentityConfig says who vouches for people. Without an issuer the installation's own tokens do.
type IdentityConfig struct {
	// Issuer is the firm's OpenID Connect provider; empty for none.
	Issuer string `name:"oidc-issuer" env:"REDRESS_OIDC_ISSUER" placeholder:"URL" group:"identity" help:"OpenID Connect provider that people and the firm's programs come by, as its tokens name it (iss). Then the installation's own tokens count for its services alone."`
	// Audience is for whom the provider's tokens are made, several separated by commas.
	Audience string `name:"oidc-audience" env:"REDRESS_OIDC_AUDIENCE" placeholder:"NAME,…" group:"identity" help:"For whom its tokens must be made (aud): one of these names, separated by commas."`
	// Algorithms are those that it may sign by.
	Algorithms string `name:"oidc-algorithms" env:"REDRESS_OIDC_ALGORITHMS" default:"RS256,PS256,ES256,EdDSA" placeholder:"NAME,…" group:"identity" help:"What it may sign tokens by, separated by commas. None with a shared secret is taken."`
	// BreakGlass is a file that lets people in without the provider, as long as it is there and says so; empty for never.
	BreakGlass string `name:"break-glass" env:"REDRESS_BREAK_GLASS" placeholder:"FILE" group:"identity" help:"File that, while it is there, lets people in with the installation's own tokens, for agents/break-glass-NAME: its first line is until when, the rest is why. By default there is no such way."`
}

// provider is what package openid wants to know.
func (c IdentityConfig) provider() openid.Config {
	return openid.Config{Issuer: c.Issuer, Audiences: list(c.Audience), Algorithms: list(c.Algorithms)}
}

// list takes apart what commas separate.
func list(text string) []string {
	var all []string
	for each := range strings.SplitSeq(text, ",") {
		if each = strings.TrimSpace(each); each != "" && !slices.Contains(all, each) {
			all = append(all, each)
		}
	}
	return all
}

// check says what is wrong, so that it is told before anything is begun.
func (c IdentityConfig) check() error {
	switch {
	case c.Issuer == "" && c.Audience != "":
		return errors.New("--oidc-audience is given and --oidc-issuer is not: nobody would ask for it")
	case c.Issuer == "" && c.BreakGlass != "":
		return errors.New("--break-glass is given and --oidc-issuer is not: without a provider there is no glass to break")
	case c.Issuer == "":
		return nil
	}
	if err := c.provider().Check(); err != nil {
		return fmt.Errorf("--oidc-issuer, --oidc-audience, --oidc-algorithms: %w", err)
	}
	return nil
}

// verifier checks the tokens of callers: the installation's own, and those of the identity provider where there is one.
func (s *Suite) verifier(ctx context.Context) (auth.Verifier, error) {
	own := auth.NewVerifier(s.deps.Now, s.keys.tokenPublic())
	c := s.cfg.Identity
	if c.Issuer == "" || !s.cfg.listens() {
		return own, nil
	}
	policy := s.deps.Policy.Proto().GetIdentity()
	people, err := openid.New(ctx, c.provider(), openid.Deps{
		Policy: policy, HTTP: &http.Client{Timeout: providerPatience}, Now: s.deps.Now, Logger: s.deps.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	services := auth.Emergency{Local: own, Logger: s.deps.Logger}
	if c.BreakGlass != "" {
		services.Glass = auth.NewGlass(c.BreakGlass, policy.GetBreakGlassLongest().AsDuration(), s.deps.Now)
		s.deps.Logger.WarnContext(ctx, "break-glass is possible: people may come in without the identity provider while the file is there", "file", c.BreakGlass)
	}
	return auth.ByIssuer{Local: services, Others: map[string]auth.Verifier{c.Issuer: people}}, nil
}

// rows keeps people to the complaints that the policy lets them see; nil where everybody sees all.
func (s *Suite) rows() (rpc.Rows, error) {
	policy := s.deps.Policy.Proto().GetAccess()
	if !reach.Narrows(policy) {
		return nil, nil
	}
	return reach.New(policy, custody{s})
}

// custody asks routing who sees what, over the suite's own connection, which is made after the servers.
type custody struct{ suite *Suite }

// CheckAccess implements reach.Authority.
func (c custody) CheckAccess(ctx context.Context, in *routingv1.CheckAccessRequest, opts ...grpc.CallOption) (*routingv1.CheckAccessResponse, error) {
	return routingv1.NewAccessServiceClient(c.suite.conn).CheckAccess(ctx, in, opts...)
}
