package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"regexp"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

const (
	// MaxToken is the longest token that is looked at, be it of a provider that
	// puts all groups of a person into it.
	MaxToken = 16 << 10
	// maxToken is the same for those of the installation, which say less: it keeps a
	// hostile token from costing more than a glance.
	maxToken = 4096
	// cacheSize bounds each of the two generations of the cache.
	cacheSize = 4096
)

// Verifier tells whom a token speaks for. Implementations are safe for concurrent
// use.
type Verifier interface {
	// Verify returns whom a token speaks for. A token that is expired, not valid
	// yet, forged, damaged or not for this system is UNAUTHENTICATED.
	Verify(ctx context.Context, token string) (Identity, error)
}

// Local checks the tokens of a Minter: those that were signed with a key of the
// installation.
type Local struct {
	parser  *jwt.Parser
	keys    jwt.VerificationKeySet
	now     func() time.Time
	subject *regexp.Regexp

	mu sync.Mutex
	// Tokens that were verified, by digest. When the young generation is full it
	// becomes the old one, and the old one is forgotten: so the cache is bounded,
	// and tokens in use stay.
	young, old map[[sha256.Size]byte]verified
}

// verified is what a valid token said.
type verified struct {
	identity         Identity
	notBefore, until time.Time
}

// NewVerifier makes a verifier that accepts tokens signed with any of the keys,
// so that keys can be rotated. Without a key no token is valid.
func NewVerifier(now func() time.Time, keys ...ed25519.PublicKey) *Local {
	v := &Local{
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(issuer),
			jwt.WithAudience(audience),
			jwt.WithExpirationRequired(),
			jwt.WithNotBeforeRequired(),
			jwt.WithTimeFunc(now),
			jwt.WithStrictDecoding(),
		),
		now:     now,
		subject: regexp.MustCompile(subjectForm),
		young:   make(map[[sha256.Size]byte]verified),
	}
	for _, key := range keys {
		v.keys.Keys = append(v.keys.Keys, key)
	}
	return v
}

// Verify implements Verifier.
func (v *Local) Verify(_ context.Context, token string) (Identity, error) {
	if len(token) > maxToken {
		return Identity{}, unauthenticated("The token is too long to be one.")
	}
	digest := sha256.Sum256([]byte(token))
	if known, ok := v.lookup(digest); ok {
		if now := v.now(); !now.Before(known.notBefore) && now.Before(known.until) {
			return known.identity, nil
		}
	}
	var said claims
	_, err := v.parser.ParseWithClaims(token, &said, func(*jwt.Token) (any, error) { return v.keys, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenMalformed):
		return Identity{}, unauthenticated("The token is damaged, or was not made for this system.")
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, unauthenticated("The token has expired.")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return Identity{}, unauthenticated("The token is not valid yet.")
	case err != nil:
		return Identity{}, unauthenticated("The token was not made for this system.")
	}
	identity, err := v.identify(said)
	if err != nil {
		return Identity{}, err
	}
	v.remember(digest, verified{identity: identity, notBefore: said.NotBefore.Time, until: said.ExpiresAt.Time})
	return identity, nil
}

// identify reads subject and roles, which the signature does not vouch for when
// the key is used elsewhere too.
func (v *Local) identify(said claims) (Identity, error) {
	if !v.subject.MatchString(said.Subject) {
		return Identity{}, unauthenticated("The token's subject must look like agents/lin, services/worker or frontends/web.")
	}
	if len(said.Roles) == 0 {
		return Identity{}, unauthenticated("The token grants no role.")
	}
	roles := make([]authv1.Role, len(said.Roles))
	for i, name := range said.Roles {
		role, err := ParseRole(name)
		if err != nil {
			return Identity{}, unauthenticated("The token grants a role that does not exist.")
		}
		roles[i] = role
	}
	return Identity{Subject: said.Subject, Roles: roles}, nil
}

func (v *Local) lookup(digest [sha256.Size]byte) (verified, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known, ok := v.young[digest]; ok {
		return known, true
	}
	known, ok := v.old[digest]
	if ok {
		v.keep(digest, known)
	}
	return known, ok
}

func (v *Local) remember(digest [sha256.Size]byte, known verified) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keep(digest, known)
}

// keep puts an entry into the young generation. The caller holds the lock.
func (v *Local) keep(digest [sha256.Size]byte, known verified) {
	if len(v.young) >= cacheSize {
		v.old, v.young = v.young, make(map[[sha256.Size]byte]verified, cacheSize)
	}
	v.young[digest] = known
}

func unauthenticated(message string) *errs.Error {
	return errs.Unauthenticated(errorv1.Reason_UNAUTHENTICATED.String(), "%s", message)
}
