package rpc_test

import (
	"crypto/ed25519"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
)

func TestDepsAreRequired(t *testing.T) {
	t.Parallel()
	complete := rpc.Deps{
		Verifier:  auth.NewVerifier(time.Now, make(ed25519.PublicKey, ed25519.PublicKeySize)),
		Logger:    slog.New(slog.DiscardHandler),
		Secret:    make([]byte, 32),
		Retention: time.Hour,
		Now:       time.Now,
	}
	_, err := rpc.NewServer(complete)
	require.NoError(t, err)
	for want, strip := range map[string]func(*rpc.Deps){
		"Verifier":  func(d *rpc.Deps) { d.Verifier = nil },
		"Logger":    func(d *rpc.Deps) { d.Logger = nil },
		"Secret":    func(d *rpc.Deps) { d.Secret = d.Secret[:31] },
		"Retention": func(d *rpc.Deps) { d.Retention = 0 },
		"Now":       func(d *rpc.Deps) { d.Now = nil },
	} {
		deps := complete
		strip(&deps)
		_, err := rpc.NewServer(deps)
		require.ErrorContains(t, err, want)
	}
}
