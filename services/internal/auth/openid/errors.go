package openid

import (
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

func refused(message string) *errs.Error {
	return errs.Unauthenticated(errorv1.Reason_UNAUTHENTICATED.String(), "%s", message)
}

func withoutRole(claim string) *errs.Error {
	return errs.Denied(errorv1.Reason_IDENTITY_WITHOUT_ROLE.String(),
		"You are known to the identity provider, but none of your groups gives you a role here. Ask whoever grants access to complaints.").With("claim", claim)
}

func withoutAgent(claim string) *errs.Error {
	return errs.Unauthenticated(errorv1.Reason_IDENTITY_WITHOUT_AGENT.String(),
		"The token's claim %q does not say which person of the directory you are: it must look like lin.", claim).With("claim", claim)
}

func away(cause error) *errs.Error {
	return errs.Unavailable(errorv1.Reason_IDENTITY_PROVIDER_UNAVAILABLE.String(),
		"The identity provider cannot be reached, so the token cannot be checked. Try again.").Wrap(cause)
}
