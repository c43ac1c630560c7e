package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestEveryErrorHasAReason(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"ours":        {errs.NotFound("COMPLAINT_NOT_FOUND", "None."), codes.NotFound, "COMPLAINT_NOT_FOUND"},
		"wrapped":     {fmt.Errorf("read: %w", errs.Conflict("ETAG_MISMATCH", "Old.")), codes.Aborted, "ETAG_MISMATCH"},
		"foreign":     {errors.New("secret text"), codes.Internal, "INTERNAL"},
		"status":      {status.Error(codes.NotFound, "secret text"), codes.Internal, "INTERNAL"},
		"cancelled":   {fmt.Errorf("secret text: %w", context.Canceled), codes.Canceled, "CANCELLED"},
		"too late":    {context.DeadlineExceeded, codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"unavailable": {status.Error(codes.Unavailable, "secret text"), codes.Unavailable, "UNAVAILABLE"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h, _ := serve(t, &desk{read: func(context.Context) error { return tc.err }})
			_, err := agent(h).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name})
			rpctest.RequireReason(t, err, tc.code, tc.reason)
			require.NotContains(t, err.Error(), "secret text")
		})
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	h, log := serve(t, &desk{
		read:  func(context.Context) error { panic("boom") },
		watch: func(grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error { panic("bang") },
	})
	_, err := agent(h).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name})
	rpctest.RequireReason(t, err, codes.Internal, "INTERNAL")
	require.NotContains(t, err.Error(), "boom")
	require.Contains(t, log.String(), "panic: boom")
	require.Contains(t, log.String(), "report_test.go", "the stack is logged")
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			require.Contains(t, log.String(), "trace_id="+info.GetMetadata()["trace_id"])
		}
	}

	stream, err := intakev1.NewEventLogServiceClient(h.Conn("services/routing", authv1.Role_SERVICE)).
		WatchEvents(t.Context(), &eventv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	rpctest.RequireReason(t, err, codes.Internal, "INTERNAL")
	require.Contains(t, log.String(), "panic: bang")

	_, err = agent(h).CreateComplaint(t.Context(), valid())
	require.NoError(t, err, "the server lives on")
}

func TestOneLineACallWithoutItsContents(t *testing.T) {
	t.Parallel()
	h, log := serve(t, &desk{})
	_, err := agent(h).CreateComplaint(t.Context(), valid())
	require.NoError(t, err)
	broken := valid()
	broken.Complainant.Email = "private-at-home"
	_, err = agent(h).CreateComplaint(t.Context(), broken)
	require.Error(t, err)

	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	require.Len(t, lines, 2)
	for _, want := range []string{"method=/redress.intake.v1.IntakeService/CreateComplaint", "code=OK", "subject=agents/lin", "duration=", "trace_id=", "span_id="} {
		require.Contains(t, lines[0], want)
	}
	require.Contains(t, lines[1], "reason=INVALID_FIELD")
	for _, private := range []string{"parcel", "13800000000", "private-at-home"} {
		require.NotContains(t, log.String(), private)
	}
}

func TestTraceGoesOn(t *testing.T) {
	t.Parallel()
	seen := make(chan trace.TraceID, 1)
	h, _ := serve(t, &desk{read: func(ctx context.Context) error {
		seen <- trace.SpanContextFromContext(ctx).TraceID()
		return nil
	}})
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	var trailer metadata.MD
	_, err := agent(h).GetComplaint(trace.ContextWithSpanContext(t.Context(), span), &intakev1.GetComplaintRequest{Name: name}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	require.Equal(t, span.TraceID(), <-seen)
	require.Equal(t, []string{span.TraceID().String()}, trailer.Get("trace-id"))

	_, err = agent(h).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	fresh := <-seen
	require.True(t, fresh.IsValid(), "a call without a trace gets one")
	require.Equal(t, []string{fresh.String()}, trailer.Get("trace-id"))
}

func TestDeadlineByDefault(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 1)
	h, _ := serve(t, &desk{read: func(ctx context.Context) error {
		at, _ := ctx.Deadline()
		left <- time.Until(at)
		return nil
	}})
	_, err := agent(h).GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: name})
	require.NoError(t, err)
	require.InDelta(t, 10*time.Second, <-left, float64(5*time.Second))
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	_, err = agent(h).GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
	require.NoError(t, err)
	require.Greater(t, <-left, time.Minute)
}
