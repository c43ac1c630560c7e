package rpc_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhatAServiceAnswersIsToldAlone: gRPC puts into the error how often it tried.
func TestWhatAServiceAnswersIsToldAlone(t *testing.T) {
	t.Parallel()
	away := errs.Unavailable("UNAVAILABLE", "The database is away.")
	h, _ := serve(t, &desk{
		read:  func(context.Context) error { return away },
		watch: func(grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error { return away },
	})
	_, err := intakev1.NewIntakeServiceClient(h.Dial(auth.Credentials(h.Minter, "agents/lin", authv1.Role_AGENT))).
		GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name})
	rpctest.RequireReason(t, err, codes.Unavailable, "UNAVAILABLE")
	require.Equal(t, "The database is away.", status.Convert(err).Message())

	stream, err := intakev1.NewEventLogServiceClient(h.Dial(auth.Credentials(h.Minter, "services/routing", authv1.Role_SERVICE))).
		WatchEvents(t.Context(), &eventv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	rpctest.RequireReason(t, err, codes.Unavailable, "UNAVAILABLE")
	require.Equal(t, "The database is away.", status.Convert(err).Message())
}

// TestWhoDidNotAnswerIsTold: the caller hears which service it was, and the log what the connection says.
func TestWhoDidNotAnswerIsTold(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1"
	conn, err := rpc.Dial(nobody, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	_, err = followupv1.NewFollowupServiceClient(conn).ListDuties(t.Context(), &followupv1.ListDutiesRequest{})
	requireUnanswered(t, err, codes.Unavailable, "UNAVAILABLE", "The service followup cannot be reached now; try again with the same idempotency key.")
	require.ErrorContains(t, err, nobody, "for the log")
	require.NotContains(t, status.Convert(err).String(), nobody)
	require.Equal(t, status.Convert(err).Message(), errs.Status(err).Message(), "a service in between passes it on")

	stream, err := intakev1.NewEventLogServiceClient(conn).WatchEvents(t.Context(), &eventv1.WatchEventsRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	requireUnanswered(t, err, codes.Unavailable, "UNAVAILABLE", "The service intake cannot be reached now; try again with the same idempotency key.")
}

// TestWhoDidNotAnswerInTimeIsTold: a service that is there and silent, or whose address leads nowhere.
func TestWhoDidNotAnswerInTimeIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn, err := rpc.Dial("passthrough:///silent", nil, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close()) }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = intakev1.NewIntakeServiceClient(conn).GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
		requireUnanswered(t, err, codes.DeadlineExceeded, "DEADLINE_EXCEEDED",
			"The service intake did not answer in time, and the call may have succeeded; try again with the same idempotency key.")
	})
}

// requireUnanswered fails the test unless the error says exactly this, and when to try again if the service is away.
func requireUnanswered(t *testing.T, err error, code codes.Code, reason, message string) {
	t.Helper()
	rpctest.RequireReason(t, err, code, reason)
	st := status.Convert(err)
	require.Equal(t, message, st.Message())
	var delay time.Duration
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			require.Contains(t, message, " "+d.GetMetadata()["service"]+" ")
		case *errdetails.RetryInfo:
			delay = d.GetRetryDelay().AsDuration()
		}
	}
	require.Equal(t, code == codes.Unavailable, delay == 2*time.Second)
}
