package issuertest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	example "github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the provider knows. What it does not implement no test asks for.
type storage struct {
	op.Storage

	now func() time.Time

	mu       sync.Mutex
	accounts map[string]Account
	keys     []*key // The last one signs.
}

var _ op.ClientCredentialsStorage = (*storage)(nil)

func newStorage(tb testing.TB, now func() time.Time) *storage {
	tb.Helper()
	s := &storage{now: now, accounts: make(map[string]Account)}
	s.rotate(tb)
	return s
}

// key is a key of the provider: op.SigningKey and, as published, op.Key.
type key struct {
	id      string
	private *rsa.PrivateKey
}

func (k *key) ID() string                                  { return k.id }
func (k *key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k *key) Key() any                                    { return k.private }

type published struct{ *key }

func (k published) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k published) Use() string                        { return "sig" }
func (k published) Key() any                           { return &k.private.PublicKey }

func (s *storage) add(account Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[account.Subject] = account
}

func (s *storage) rotate(tb testing.TB) {
	tb.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(tb, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, &key{id: "key-" + rand.Text(), private: private})
}

func (s *storage) withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[len(s.keys)-1:]
}

func (s *storage) current() *key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[len(s.keys)-1]
}

func (s *storage) account(subject string) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, ok := s.accounts[subject]
	if !ok {
		return Account{}, errors.New("nobody of that name")
	}
	return account, nil
}

// Health implements op.Storage.
func (s *storage) Health(context.Context) error { return nil }

// SigningKey implements op.Storage.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.current(), nil }

// SignatureAlgorithms implements op.Storage.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

// KeySet implements op.Storage.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []op.Key
	for _, each := range s.keys {
		all = append(all, published{each})
	}
	return all, nil
}

// client is an account as the provider sees it: its tokens are JWTs.
type client struct {
	*example.Client
}

// AccessTokenType implements op.Client.
func (client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// GrantTypes implements op.Client.
func (client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}

// ClientCredentials implements op.ClientCredentialsStorage.
func (s *storage) ClientCredentials(_ context.Context, id, proof string) (op.Client, error) {
	if _, err := s.account(id); err != nil || proof != secret {
		return nil, errors.New("no such account, or not its secret")
	}
	return client{example.WebClient(id, secret)}, nil
}

// ClientCredentialsTokenRequest implements op.ClientCredentialsStorage.
func (s *storage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	account, err := s.account(id)
	if err != nil {
		return nil, err
	}
	return &oidc.JWTTokenRequest{Subject: account.Subject, Audience: account.Audience, Scopes: scopes}, nil
}

// CreateAccessToken implements op.Storage.
func (s *storage) CreateAccessToken(_ context.Context, request op.TokenRequest) (string, time.Time, error) {
	account, err := s.account(request.GetSubject())
	if err != nil {
		return "", time.Time{}, err
	}
	lifetime := account.Lifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	return rand.Text(), s.now().Add(lifetime), nil
}

// GetPrivateClaimsFromScopes implements op.Storage.
func (s *storage) GetPrivateClaimsFromScopes(_ context.Context, subject, _ string, _ []string) (map[string]any, error) {
	account, err := s.account(subject)
	return account.Claims, err
}
