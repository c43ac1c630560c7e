package auth

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

const (
	// issuer and audience keep tokens of other systems out, even when they were
	// signed with the same key.
	issuer   = "redress"
	audience = "redress"

	// backDating makes a fresh token valid on a machine whose clock is a little
	// behind.
	backDating = 30 * time.Second
)

// subjectForm is what a subject may look like.
const subjectForm = `^(agents|services|frontends)/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`

// claims is what a token says.
type claims struct {
	Roles []string `json:"roles"`
	jwt.RegisteredClaims
}

// Minter makes tokens. It is safe for concurrent use.
type Minter struct {
	key     ed25519.PrivateKey
	now     func() time.Time
	subject *regexp.Regexp
}

// NewMinter makes a minter that signs with the key and dates by the clock.
func NewMinter(key ed25519.PrivateKey, now func() time.Time) *Minter {
	return &Minter{key: key, now: now, subject: regexp.MustCompile(subjectForm)}
}

// Mint makes a token for the subject that expires after ttl, in whole seconds.
// It fails for a subject of another form than "agents/lin", "services/worker"
// or "frontends/web", without roles, for an unknown role, and for a ttl below a
// second.
func (m *Minter) Mint(subject string, roles []authv1.Role, ttl time.Duration) (string, error) {
	names, err := roleNames(roles)
	switch {
	case err != nil:
		return "", err
	case !m.subject.MatchString(subject):
		return "", fmt.Errorf("auth: subject %q must look like agents/lin, services/worker or frontends/web", subject)
	case ttl < time.Second:
		return "", fmt.Errorf("auth: a token cannot be valid for %s", ttl)
	}
	now := m.now()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		Roles: names,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   subject,
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now.Add(-backDating)),
			ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
	})
	signed, err := token.SignedString(m.key)
	if err != nil {
		return "", fmt.Errorf("auth: sign a token: %w", err)
	}
	return signed, nil
}

// roleNames writes roles as tokens do: "agent", "supervisor" …
func roleNames(roles []authv1.Role) ([]string, error) {
	if len(roles) == 0 {
		return nil, errors.New("auth: a token needs at least one role")
	}
	names := make([]string, len(roles))
	for i, role := range roles {
		name, known := authv1.Role_name[int32(role)]
		if !known || role == authv1.Role_ROLE_UNSPECIFIED {
			return nil, fmt.Errorf("auth: %s is not a role that can be granted", role)
		}
		names[i] = strings.ToLower(name)
	}
	return names, nil
}

// ParseRole reads the name of a role as tokens write it, such as "agent".
func ParseRole(name string) (authv1.Role, error) {
	role := authv1.Role(authv1.Role_value[strings.ToUpper(name)])
	if role == authv1.Role_ROLE_UNSPECIFIED || strings.ToLower(name) != name {
		return 0, fmt.Errorf("auth: %q is not a role; there are %s", name, allRoles())
	}
	return role, nil
}

// allRoles lists the names of all roles for people.
func allRoles() string {
	var names []string
	for number := int32(1); authv1.Role_name[number] != ""; number++ {
		names = append(names, strings.ToLower(authv1.Role_name[number]))
	}
	return strings.Join(names, ", ")
}
