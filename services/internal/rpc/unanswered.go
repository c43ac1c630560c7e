package rpc

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// explainUnary has the error of a call say what callers may be told; see explain.
func explainUnary(ctx context.Context, method string, request, response any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return explain(method, invoker(ctx, method, request, response, conn, opts...))
}

// explainStream does the same for streams.
func explainStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := streamer(ctx, desc, conn, method, opts...)
	if err != nil {
		return nil, explain(method, err)
	}
	return explained{stream, method}, nil
}

// explained is a client's stream whose end is explained.
type explained struct {
	grpc.ClientStream

	method string
}

// RecvMsg reads the next message, or why there is none.
func (s explained) RecvMsg(message any) error {
	return explain(s.method, s.ClientStream.RecvMsg(message))
}

// explain makes of a call's error what whoever waits for it may be told. What a
// service answered is that answer alone: gRPC puts around it, in words of its own,
// how often it tried. Where no service answered, it is which one did not, and
// that the call may be repeated; gRPC's words, which name addresses, are its cause
// and for the log.
func explain(method string, err error) error {
	if err == nil {
		return nil
	}
	if answered, ok := errs.Answered(err); ok {
		return answered.Err()
	}
	service := serviceOf(method)
	if service == "" {
		return err
	}
	var told *errs.Error
	switch status.Code(err) {
	case codes.Unavailable:
		told = errs.Unavailable(errorv1.Reason_UNAVAILABLE.String(),
			"The service %s cannot be reached now; try again with the same idempotency key.", service).After(longestDial)
	case codes.DeadlineExceeded:
		told = &errs.Error{Code: codes.DeadlineExceeded, Reason: errorv1.Reason_DEADLINE_EXCEEDED.String(),
			Message: "The service " + service + " did not answer in time, and the call may have succeeded; try again with the same idempotency key."}
	default:
		return err
	}
	return told.With("service", service).Wrap(err)
}

// serviceOf is the service that a method of the contract belongs to: "/redress.intake.v1.IntakeService/GetComplaint" is
// intake's. It is empty for other methods.
func serviceOf(method string) string {
	parts := strings.Split(strings.TrimPrefix(method, "/"), ".")
	if len(parts) < 3 || parts[0] != "redress" {
		return ""
	}
	return parts[1]
}
