package openid

import (
	"context"
	"crypto"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// maxAnswer is more than any provider has to say.
const maxAnswer = 1 << 20

// errAway says that the provider could not be reached, or could not answer.
var errAway = errors.New("the identity provider cannot be reached")

// keys are those of a provider at one time. They never change.
type keys struct {
	public oidc.StaticKeySet
	since  time.Time
}

// provider knows the keys of one issuer.
type provider struct {
	issuer             string
	client             *http.Client
	now                func() time.Time
	logger             *slog.Logger
	fresh, kept, pause time.Duration

	known atomic.Pointer[keys]

	// mu is held while the provider is asked, so that one asks for all.
	mu     sync.Mutex
	asked  time.Time
	failed error
}

// keys are those to verify with. Old ones are fetched anew by one of those who
// come, while the others go on with them. The error wraps errAway, or says what is
// wrong with the provider.
func (p *provider) keys(ctx context.Context) (*keys, error) {
	known := p.known.Load()
	if known == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.ask(ctx, nil)
	}
	age := p.now().Sub(known.since)
	if age < p.fresh {
		return known, nil
	}
	if age >= p.kept {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.ask(ctx, known)
	}
	if p.mu.TryLock() {
		defer p.mu.Unlock()
		if newer, err := p.ask(ctx, known); err == nil {
			return newer, nil
		}
	}
	return known, nil
}

// newer are the keys after those that did not do; the same when the provider was
// asked too recently to be asked again.
func (p *provider) newer(ctx context.Context, known *keys) (*keys, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known.since.Add(p.pause).After(p.now()) && p.known.Load() == known {
		return known, nil
	}
	return p.ask(ctx, known)
}

// ask fetches keys unless somebody has done so since known, or a moment ago in
// vain. The caller holds the lock.
func (p *provider) ask(ctx context.Context, known *keys) (*keys, error) {
	if now := p.known.Load(); now != known {
		return now, nil
	}
	if p.failed != nil && p.now().Before(p.asked.Add(p.pause)) {
		return nil, p.failed
	}
	if err := p.fetch(ctx); err != nil {
		p.tell(ctx, err)
		return nil, err
	}
	return p.known.Load(), nil
}

// tell says in the log that the provider was asked in vain.
func (p *provider) tell(ctx context.Context, err error) {
	p.logger.WarnContext(ctx, "the identity provider did not say its keys; people come in by keys that are known, or not at all",
		"issuer", p.issuer, "error", brief(err))
}

// brief is the first line of an error, which may hold a whole page that the provider
// answered with.
func brief(err error) string {
	first, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return first[:min(len(first), 300)]
}

// fetch asks the provider where its keys are, and for them. What one caller finds
// out is of use to all, so it does not end with the caller.
func (p *provider) fetch(ctx context.Context) error {
	found, err := p.discover(context.WithoutCancel(ctx))
	p.asked, p.failed = p.now(), err
	if err != nil {
		return err
	}
	p.known.Store(&keys{public: oidc.StaticKeySet{PublicKeys: found}, since: p.asked})
	return nil
}

func (p *provider) discover(ctx context.Context) ([]crypto.PublicKey, error) {
	described, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.issuer)
	if err != nil {
		return nil, err
	}
	var where struct {
		Keys string `json:"jwks_uri"`
	}
	if err := described.Claims(&where); err != nil || where.Keys == "" {
		return nil, errors.New("its discovery document has no jwks_uri")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where.Keys, nil)
	if err != nil {
		return nil, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", where.Keys, response.Status)
	}
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&set); err != nil {
		return nil, fmt.Errorf("%s has no keys: %w", where.Keys, err)
	}
	return public(set)
}

// public are the keys that signatures may be checked with. Those for something
// else, and those that both sides would share, are left out.
func public(set jose.JSONWebKeySet) ([]crypto.PublicKey, error) {
	var all []crypto.PublicKey
	for _, key := range set.Keys {
		if key.Use != "" && key.Use != "sig" || !key.IsPublic() || !key.Valid() {
			continue
		}
		all = append(all, key.Key)
	}
	if len(all) == 0 {
		return nil, errors.New("it has no key that tokens could be signed with")
	}
	return all, nil
}

// watching is the client whose errors wrap errAway when they may pass: the provider
// cannot be reached, or says that it cannot answer.
func watching(client *http.Client) *http.Client {
	same := *client
	same.Transport = watched{client.Transport}
	return &same
}

type watched struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	next := w.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	name, _ := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case name != nil && name.IsNotFound, untrusted:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errAway, err)
	case response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests:
		_ = response.Body.Close()
		return nil, fmt.Errorf("%w: %s answers %s", errAway, request.URL.Redacted(), response.Status)
	}
	return response, nil
}

// once adds what is not there yet.
func once[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}
