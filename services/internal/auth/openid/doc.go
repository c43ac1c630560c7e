// Package openid checks tokens of a firm's OpenID Connect provider (API-4):
// Keycloak, Entra ID, Okta and the like.
//
// A token counts when the provider's present keys signed it by an algorithm that
// was allowed, when it names the issuer and one of the audiences, and when it is
// within its time, give or take the policy's clock skew. What its claims make of
// the caller is the policy's too (section identity): the groups of a person give
// roles and departments, a claim says whom of the directory the person is, and
// tokens that programs fetch for themselves belong to service accounts.
//
// The provider is asked for its keys when they get old, and when a token comes
// with a key that nobody knows, but not more often than the policy allows, whatever
// tokens come. While it is away, keys that are known go on counting for a time.
// github.com/coreos/go-oidc does discovery and verification. Its remote key set
// is not used, because it keeps keys for ever that the provider took back, and
// asks the provider for each token with an unknown key.
package openid
