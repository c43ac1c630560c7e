package rpc_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// room is a service that the same process calls, and what it saw of the last call.
type room struct {
	intakev1.UnimplementedIntakeServiceServer

	answer func(ctx context.Context) error
	caller auth.Identity
	key    string
	value  any
	calls  atomic.Int32
}

type roomKey struct{}

func (r *room) GetComplaint(ctx context.Context, request *intakev1.GetComplaintRequest) (*intakev1.Complaint, error) {
	r.calls.Add(1)
	r.caller, _ = auth.FromContext(ctx)
	command, _ := idem.FromContext(ctx)
	r.key, r.value = command.Key, ctx.Value(roomKey{})
	if r.answer != nil {
		if err := r.answer(ctx); err != nil {
			return nil, err
		}
	}
	return &intakev1.Complaint{Name: request.GetName()}, nil
}

// within serves a room, and returns a client that takes the shortcut, and one by the connection. Dialed counts connections.
func within(t *testing.T, r *room) (server *rpc.Server, short, long intakev1.IntakeServiceClient, dialed *atomic.Int32) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	server, err = rpc.NewServer(rpc.Deps{
		Verifier: auth.NewVerifier(time.Now, public), Logger: slog.New(slog.DiscardHandler),
		Secret: make([]byte, 32), Retention: time.Hour, Now: time.Now,
	})
	require.NoError(t, err)
	intakev1.RegisterIntakeServiceServer(server, r)
	listener, served, dialed := bufconn.Listen(1<<16), make(chan error, 1), &atomic.Int32{}
	creds := auth.Credentials(auth.NewMinter(private, time.Now), "services/worker", authv1.Role_SERVICE)
	dial := func(opts ...grpc.DialOption) intakev1.IntakeServiceClient {
		conn, err := rpc.Dial("passthrough:///within", creds, append(opts, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			dialed.Add(1)
			return listener.DialContext(ctx)
		}))...)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return intakev1.NewIntakeServiceClient(conn)
	}
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	long = dial()
	_, err = long.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: someComplaint}) // It serves now.
	require.NoError(t, err)
	return server, dial(server.Shortcut(creds)), long, dialed
}

const someComplaint = "complaints/01arz3ndektsv4rrffq69g5fav"

// TestACallFromInsideIsLikeAnyOther: same identity, key, rules, errors; and nothing of the caller's context.
func TestACallFromInsideIsLikeAnyOther(t *testing.T) {
	t.Parallel()
	r := &room{}
	_, short, long, dialed := within(t, r)
	connections := dialed.Load()
	ctx := metadata.AppendToOutgoingContext(context.WithValue(t.Context(), roomKey{}, "mine"), "idempotency-key", "k-1")
	got, err := short.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: someComplaint})
	require.NoError(t, err)
	require.Equal(t, someComplaint, got.GetName())
	require.Equal(t, "services/worker", r.caller.Subject)
	require.Equal(t, "k-1", r.key)
	require.Nil(t, r.value)

	for name, c := range map[string]struct {
		request *intakev1.GetComplaintRequest
		answer  func(context.Context) error
		ctx     context.Context //nolint:containedctx // It is the case's.
	}{
		"an error with a reason": {answer: func(context.Context) error {
			return errs.Precondition(intakev1.ErrorReason_RESOLUTION_NOT_PENDING.String(), "No.")
		}},
		"a broken rule":       {request: &intakev1.GetComplaintRequest{Name: "nonsense"}},
		"too large":           {request: &intakev1.GetComplaintRequest{Name: strings.Repeat("x", 3<<20)}},
		"a panic":             {answer: func(context.Context) error { panic("no") }},
		"two keys":            {ctx: metadata.AppendToOutgoingContext(ctx, "idempotency-key", "k-2")},
		"a method of no role": {answer: nil, request: nil},
	} {
		r.answer = c.answer
		if c.request == nil {
			c.request = &intakev1.GetComplaintRequest{Name: someComplaint}
		}
		if c.ctx == nil {
			c.ctx = t.Context()
		}
		call := func(client intakev1.IntakeServiceClient) error {
			if name == "a method of no role" {
				_, err := client.CreateComplaint(c.ctx, valid())
				return err
			}
			_, err := client.GetComplaint(c.ctx, c.request)
			return err
		}
		inside, outside := call(short), call(long)
		require.Error(t, inside, name)
		require.Equal(t, status.Code(outside), status.Code(inside), name)
		require.Equal(t, errs.Reason(outside), errs.Reason(inside), name)
	}
	require.Equal(t, connections, dialed.Load(), "no connection was made for any of it")
}

// TestACallFromInsideEndsWithItsCaller: the caller is answered at its deadline, and the service learns of it.
func TestACallFromInsideEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	r := &room{}
	_, short, _, _ := within(t, r)
	r.answer = func(ctx context.Context) error {
		<-ctx.Done()
		close(ended)
		time.Sleep(10 * tick)
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(t.Context(), tick)
	defer cancel()
	_, err := short.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: someComplaint})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
	<-ended
}

// TestWhatIsUnavailableInsideIsTriedAgain: by the connection, as often as any call.
func TestWhatIsUnavailableInsideIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := &room{}
	_, short, _, _ := within(t, r)
	before := r.calls.Load()
	r.answer = func(context.Context) error {
		if r.calls.Load() < before+3 {
			return errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(), "Try again.")
		}
		return nil
	}
	_, err := short.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: someComplaint})
	require.NoError(t, err)
	require.Equal(t, before+3, r.calls.Load())
}

// TestWhatNeedsAConnectionGetsOne: the trailer of an answer comes over one.
func TestWhatNeedsAConnectionGetsOne(t *testing.T) {
	t.Parallel()
	_, short, _, _ := within(t, &room{})
	var trailer metadata.MD
	_, err := short.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: someComplaint}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	require.NotEmpty(t, trailer.Get("trace-id"))
}

// TestCallsFromInsideAreDrained: GracefulStop waits for them, lets no more in, and Stop ends them.
func TestCallsFromInsideAreDrained(t *testing.T) {
	t.Parallel()
	for name, force := range map[string]bool{"answered": false, "ended": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, leave := make(chan struct{}), make(chan struct{})
			r := &room{}
			server, short, _, _ := within(t, r)
			r.answer = func(ctx context.Context) error {
				close(entered)
				select {
				case <-leave:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			answered := make(chan error, 1)
			go func() {
				_, err := short.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: someComplaint})
				answered <- err
			}()
			<-entered
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				server.GracefulStop()
			}()
			select {
			case <-stopped:
				t.Error("it stopped with a call in it")
			case <-time.After(5 * tick):
			}
			if force {
				server.Stop()
				require.Error(t, <-answered)
			} else {
				close(leave)
				require.NoError(t, <-answered)
			}
			<-stopped
			_, err := short.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: someComplaint})
			require.Equal(t, codes.Unavailable, status.Code(err))
		})
	}
}
