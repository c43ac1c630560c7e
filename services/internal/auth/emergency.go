package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// GlassPrefix begins the names of people who came in through a broken glass, so
// that all that they do is on record as done by such.
const GlassPrefix = "agents/break-glass-"

// maxGlass is the largest break-glass file that is read.
const maxGlass = 4096

// Emergency is the verifier of the installation's own tokens where people have an
// identity provider: services have such tokens, and nobody else, since whoever
// can read the key file could be anybody. Only while the glass is broken people
// have them too, by names that begin with GlassPrefix.
type Emergency struct {
	// Local checks the tokens.
	Local Verifier
	// Glass is nil where it cannot be broken, which is the default.
	Glass *Glass
	// Logger hears of each token that is taken, and refused, because of the glass.
	Logger *slog.Logger
}

// Verify implements Verifier. The token of a person is UNAUTHENTICATED unless the
// glass is broken.
func (e Emergency) Verify(ctx context.Context, token string) (Identity, error) {
	identity, err := e.Local.Verify(ctx, token)
	if err != nil || isService(identity) {
		return identity, err
	}
	const refused = "Here tokens of people come from the identity provider alone."
	if e.Glass == nil || !strings.HasPrefix(identity.Subject, GlassPrefix) {
		return Identity{}, unauthenticated(refused)
	}
	until, why, err := e.Glass.Broken()
	if err != nil {
		e.Logger.WarnContext(ctx, "break-glass token refused", "subject", identity.Subject, "because", err)
		return Identity{}, unauthenticated(refused)
	}
	e.Logger.ErrorContext(ctx, "BREAK GLASS: a token that is not the identity provider's was taken",
		"subject", identity.Subject, "roles", identity.Roles, "until", until, "why", why)
	return identity, nil
}

// isService tells whether a token is what services mint for their own calls.
func isService(identity Identity) bool {
	return strings.HasPrefix(identity.Subject, "services/") && len(identity.Roles) == 1 && identity.Roles[0] == authv1.Role_SERVICE
}

// Glass is the file that lets people in while there is no identity provider. Its
// first line is when that ends (RFC 3339), what follows is why. It is read anew
// for each token, so that it counts from when it is written until it is deleted.
type Glass struct {
	path    string
	longest time.Duration
	now     func() time.Time
}

// NewGlass is the glass of a file, which need not exist: as long as it does not,
// the glass is whole. An end that is farther off than longest counts for nothing.
func NewGlass(path string, longest time.Duration, now func() time.Time) *Glass {
	return &Glass{path: path, longest: longest, now: now}
}

// Broken says until when the glass is broken, and why; an error when it is not.
func (g *Glass) Broken() (until time.Time, why string, err error) {
	text, err := os.ReadFile(g.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return time.Time{}, "", errors.New("the glass is whole")
	case err != nil:
		return time.Time{}, "", err
	case len(text) > maxGlass:
		return time.Time{}, "", fmt.Errorf("%s is larger than %d bytes", g.path, maxGlass)
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	until, err = time.Parse(time.RFC3339, strings.TrimSpace(string(first)))
	why = strings.Join(strings.Fields(string(rest)), " ")
	now := g.now()
	switch {
	case err != nil:
		return time.Time{}, "", fmt.Errorf("%s: the first line is no time such as 2026-03-01T18:00:00Z", g.path)
	case why == "":
		return time.Time{}, "", fmt.Errorf("%s: the second line does not say why", g.path)
	case !now.Before(until):
		return time.Time{}, "", fmt.Errorf("%s: its time was over at %s", g.path, until.Format(time.RFC3339))
	case until.Sub(now) > g.longest:
		return time.Time{}, "", fmt.Errorf("%s: its time is farther off than the policy's identity.break_glass_longest, %s", g.path, g.longest)
	}
	return until, why, nil
}
