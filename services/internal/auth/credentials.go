package auth

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

const (
	// tokenTTL is how long the token of a client connection is valid.
	tokenTTL = time.Hour
	// renewAfter is its age from which the next call mints a new one.
	renewAfter = tokenTTL / 2
)

// Credentials makes the credentials of a client connection that speaks for the
// subject. Tokens are minted when needed and renewed long before they expire.
// They travel on connections that are not encrypted too, because everything
// speaks over loopback for now. A subject or role that Mint refuses fails each
// call.
func Credentials(m *Minter, subject string, roles ...authv1.Role) credentials.PerRPCCredentials {
	return &minted{minter: m, subject: subject, roles: roles}
}

// minted implements credentials.PerRPCCredentials.
type minted struct {
	minter  *Minter
	subject string
	roles   []authv1.Role

	mu     sync.Mutex
	header string
	since  time.Time
}

// GetRequestMetadata adds the token to a call.
func (c *minted) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.minter.now()
	// A clock that was set back makes the token look younger than new.
	if age := now.Sub(c.since); c.header == "" || age < 0 || age >= renewAfter {
		token, err := c.minter.Mint(c.subject, c.roles, tokenTTL)
		if err != nil {
			return nil, err
		}
		c.header, c.since = "Bearer "+token, now
	}
	return map[string]string{"authorization": c.header}, nil
}

// RequireTransportSecurity is false: see Credentials.
func (c *minted) RequireTransportSecurity() bool { return false }
