package auth

import (
	"context"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// ByIssuer lets each token be checked by who knows its issuer.
type ByIssuer struct {
	// Local checks the tokens of the installation.
	Local Verifier
	// Others check those of other issuers, by the claim iss.
	Others map[string]Verifier
}

// Verify implements Verifier. A token of nobody known is UNAUTHENTICATED; whether
// it says the truth about who made it is for the verifier to find out.
func (b ByIssuer) Verify(ctx context.Context, token string) (Identity, error) {
	if len(token) > MaxToken {
		return Identity{}, unauthenticated("The token is too long to be one.")
	}
	var said jwt.RegisteredClaims
	// Nothing of it is believed: the verifier that it leads to reads the token anew.
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimSpace(token), &said); err != nil {
		return Identity{}, unauthenticated("The token is damaged, or was not made for this system.")
	}
	if other, ok := b.Others[said.Issuer]; ok {
		return other.Verify(ctx, token)
	}
	return b.Local.Verify(ctx, token)
}
