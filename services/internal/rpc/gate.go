package rpc

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
)

// gate lets a call through when its token is valid and one of its roles may call
// the method (API-4).
type gate struct {
	verifier auth.Verifier
	access   *auth.Access
}

func (g gate) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := g.admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handler(ctx, request)
}

func (g gate) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if server == nil {
		// Only calls of methods that nobody implements come without an
		// implementation; they are answered by unknownMethod.
		return handler(server, ss)
	}
	ctx, err := g.admit(ss.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	return handler(server, &stream{ServerStream: ss, ctx: ctx})
}

// admit checks token and roles, and returns the context that holds the identity.
// A method that may be called without a token is open to bad ones too: who asks
// for the public guide with an expired token gets the guide.
func (g gate) admit(ctx context.Context, method string) (context.Context, error) {
	if open(method) {
		return ctx, nil
	}
	access, declared := g.access.Of(method)
	identity, err := g.identify(ctx)
	switch {
	case err != nil && access.GetAnonymous():
		return ctx, nil
	case err != nil:
		return nil, err
	}
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		c.subject = identity.Subject
	}
	if !declared || !access.GetAnonymous() && !identity.Has(access.GetRoles()...) {
		return nil, denied(method, access.GetRoles())
	}
	return auth.NewContext(ctx, identity), nil
}

// identify verifies the token of the call.
func (g gate) identify(ctx context.Context) (auth.Identity, error) {
	headers := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(headers) != 1 {
		return auth.Identity{}, errs.Unauthenticated(errorv1.Reason_UNAUTHENTICATED.String(),
			"Send a token: exactly one header %q.", "authorization: Bearer …")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return auth.Identity{}, errs.Unauthenticated(errorv1.Reason_UNAUTHENTICATED.String(),
			"The authorization header must begin with %q.", "Bearer ")
	}
	return g.verifier.Verify(ctx, strings.TrimSpace(token))
}

// denied says which roles it would have taken.
func denied[Role interface{ String() string }](method string, roles []Role) *errs.Error {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = strings.ToLower(role.String())
	}
	return errs.Denied(errorv1.Reason_ROLE_NOT_ALLOWED.String(), "None of your roles may call this method.").
		With("method", method).With("roles", strings.Join(names, ", "))
}

// open tells whether a method belongs to gRPC's own services for everybody.
func open(method string) bool {
	for _, service := range []string{
		"/grpc.health.v1.Health/",
		"/grpc.reflection.v1.ServerReflection/",
		"/grpc.reflection.v1alpha.ServerReflection/",
	} {
		if strings.HasPrefix(method, service) {
			return true
		}
	}
	return false
}
