package auth

import (
	"context"
	"slices"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// Identity is a caller whose token was verified.
type Identity struct {
	// Subject is who it is: "agents/lin", "services/worker", "frontends/web".
	Subject string
	// Roles is what the caller is to the firm; never empty.
	Roles []authv1.Role
	// Departments are those that the identity provider's groups give, by name:
	// "departments/service". The directory may know of more.
	Departments []string
}

// Has tells whether the caller has one of the roles.
func (i Identity) Has(roles ...authv1.Role) bool {
	return slices.ContainsFunc(i.Roles, func(role authv1.Role) bool { return slices.Contains(roles, role) })
}

type contextKey struct{}

// NewContext puts the caller's identity into the context of a call.
func NewContext(ctx context.Context, identity Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, identity)
}

// FromContext returns the caller's identity; false when the call is anonymous.
func FromContext(ctx context.Context) (Identity, bool) {
	identity, ok := ctx.Value(contextKey{}).(Identity)
	return identity, ok
}
