package auth_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/logtest"
)

// TestEmergency: where people come by a provider, the installation's own tokens are for its services, and for people only while
// the glass is broken.
func TestEmergency(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	public, private := keys(t)
	c := newClock()
	minter := auth.NewMinter(private, c.now)
	mint := func(subject string, role authv1.Role) string {
		token, err := minter.Mint(subject, []authv1.Role{role}, 24*time.Hour)
		require.NoError(t, err)
		return token
	}
	var heard logtest.Buffer
	logger := slog.New(slog.NewTextHandler(&heard, nil))
	file := filepath.Join(t.TempDir(), "glass")
	whole := auth.Emergency{Local: auth.NewVerifier(c.now, public), Logger: logger}
	broken := whole
	broken.Glass = auth.NewGlass(file, 4*time.Hour, c.now)

	const person = "agents/break-glass-lin"
	for _, v := range []auth.Verifier{whole, broken} {
		who, err := v.Verify(t.Context(), mint("services/worker", authv1.Role_SERVICE))
		require.NoError(t, err)
		require.Equal(t, "services/worker", who.Subject)
		for subject, role := range map[string]authv1.Role{
			person: authv1.Role_SUPERVISOR, "agents/lin": authv1.Role_AGENT, "frontends/web": authv1.Role_PUBLIC, "services/crm": authv1.Role_OPERATOR,
		} {
			refused(t, v, mint(subject, role), "come from the identity provider alone")
		}
	}
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	supervisor := mint(person, authv1.Role_SUPERVISOR)
	for text, want := range map[string]string{
		"":                                  "no time such as",
		"soon\nwhy":                         "no time such as",
		"2026-03-01T13:00:00Z":              "does not say why",
		"2026-03-01T13:00:00Z\n \n":         "does not say why",
		"2026-03-01T11:00:00Z\nit was away": "was over",
		"2026-03-01T17:00:00Z\nthe provider is away": "farther off",
	} {
		write(text)
		refused(t, broken, supervisor, "come from the identity provider alone")
		require.Contains(t, heard.String(), want)
	}
	write("2026-03-01T13:00:00Z\nINC-7: the provider is away\n")
	who, err := broken.Verify(t.Context(), supervisor)
	require.NoError(t, err)
	require.Equal(t, auth.Identity{Subject: person, Roles: []authv1.Role{authv1.Role_SUPERVISOR}}, who)
	require.Regexp(t, `level=ERROR msg="BREAK GLASS.*subject=agents/break-glass-lin.*INC-7`, heard.String())
	refused(t, broken, mint("agents/lin", authv1.Role_AGENT), "come from the identity provider alone")
	refused(t, whole, supervisor, "come from the identity provider alone")
	c.move(2 * time.Hour)
	refused(t, broken, supervisor, "come from the identity provider alone")
	write("2026-03-01T15:00:00Z\nINC-7")
	_, err = broken.Verify(t.Context(), supervisor)
	require.NoError(t, err)
	require.NoError(t, os.Remove(file))
	refused(t, broken, supervisor, "come from the identity provider alone")
}

// TestByIssuer: each token goes to who knows its issuer, and one that is none to nobody.
func TestByIssuer(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	c := newClock()
	token, err := auth.NewMinter(private, c.now).Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(t, err)
	own, none := auth.NewVerifier(c.now, public), auth.NewVerifier(c.now)
	_, err = auth.ByIssuer{Local: own, Others: map[string]auth.Verifier{"https://login.example": none}}.Verify(t.Context(), token)
	require.NoError(t, err)
	refused(t, auth.ByIssuer{Local: none, Others: map[string]auth.Verifier{"https://login.example": own}}, token, "not made for this system")
	for _, text := range []string{"", "a.b.c", "no token", string(make([]byte, 20_000))} {
		refused(t, auth.ByIssuer{Local: own}, text, "")
	}
}
