package rpc_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// commands serves a desk that hands on the command of each call.
func commands(t *testing.T) (*rpctest.Harness, chan idem.Command) {
	t.Helper()
	seen := make(chan idem.Command, 1)
	h, _ := serve(t, &desk{create: func(ctx context.Context, _ *intakev1.CreateComplaintRequest) error {
		command, _ := idem.FromContext(ctx)
		seen <- command
		return nil
	}})
	return h, seen
}

func TestKeyReachesTheHandler(t *testing.T) {
	t.Parallel()
	h, seen := commands(t)
	send := func(key string, request *intakev1.CreateComplaintRequest) idem.Command {
		_, err := agent(h).CreateComplaint(rpctest.WithKey(t.Context(), key), request)
		require.NoError(t, err)
		return <-seen
	}
	first := send("k 1~", valid())
	require.Equal(t, "agents/lin", first.Caller)
	require.Equal(t, "/redress.intake.v1.IntakeService/CreateComplaint", first.Method)
	require.Equal(t, "k 1~", first.Key)
	require.Equal(t, 24*time.Hour, first.Retention)
	require.WithinDuration(t, time.Now(), first.Now, time.Minute)
	require.Equal(t, time.UTC, first.Now.Location())
	require.Len(t, first.Fingerprint, 32)
	require.Equal(t, first.Fingerprint, send("k1", valid()).Fingerprint, "the same body, the same fingerprint")
	other := valid()
	other.Statement += "!"
	require.NotEqual(t, first.Fingerprint, send("k1", other).Fingerprint)
	require.Len(t, send(strings.Repeat("k", 128), valid()).Key, 128)
}

func TestCommandsAlwaysHaveAKey(t *testing.T) {
	t.Parallel()
	h, seen := commands(t)
	_, err := agent(h).CreateComplaint(t.Context(), valid())
	require.NoError(t, err)
	first := <-seen
	require.NotEmpty(t, first.Key, "Dial gives each command one")
	_, err = agent(h).CreateComplaint(t.Context(), valid())
	require.NoError(t, err)
	require.NotEqual(t, first.Key, (<-seen).Key)
}

func TestKeyInvalid(t *testing.T) {
	t.Parallel()
	h, _ := commands(t)
	for what, keys := range map[string][]string{
		"too long":    {strings.Repeat("k", 129)},
		"empty":       {""},
		"two of them": {"a", "b"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			for _, key := range keys {
				ctx = metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
			}
			_, err := agent(h).CreateComplaint(ctx, valid())
			rpctest.RequireReason(t, err, codes.InvalidArgument, "IDEMPOTENCY_KEY_INVALID")
		})
	}
}

func TestUnavailableIsRetriedWithOneKey(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	keys := make(chan string, 4)
	h, _ := serve(t, &desk{create: func(ctx context.Context, _ *intakev1.CreateComplaintRequest) error {
		command, _ := idem.FromContext(ctx)
		keys <- command.Key
		if attempts.Add(1) < 3 {
			return errs.Unavailable("UNAVAILABLE", "Not now.")
		}
		return nil
	}})
	conn := h.Dial(auth.Credentials(h.Minter, "agents/lin", authv1.Role_AGENT))
	_, err := intakev1.NewIntakeServiceClient(conn).CreateComplaint(t.Context(), valid())
	require.NoError(t, err)
	require.EqualValues(t, 3, attempts.Load())
	first := <-keys
	require.NotEmpty(t, first)
	require.Equal(t, first, <-keys)
	require.Equal(t, first, <-keys)

	attempts.Store(-10)
	_, err = intakev1.NewIntakeServiceClient(h.Conn("agents/lin", authv1.Role_AGENT)).CreateComplaint(t.Context(), valid())
	rpctest.RequireReason(t, err, codes.Unavailable, "UNAVAILABLE")
	require.EqualValues(t, -9, attempts.Load(), "tests see each answer")
}
