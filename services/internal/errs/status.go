package errs

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The reasons that Status gives to failures which did not say one themselves.
const (
	// ReasonInternal is a failure nobody foresaw.
	ReasonInternal = "INTERNAL"
	// ReasonCancelled is a call that its caller gave up.
	ReasonCancelled = "CANCELLED"
	// ReasonDeadlineExceeded is a call that took longer than its caller would wait.
	ReasonDeadlineExceeded = "DEADLINE_EXCEEDED"
	// ReasonUnavailable is a service that could not be reached.
	ReasonUnavailable = "UNAVAILABLE"
)

// Status turns any error into what the caller is told:
//   - nil is OK;
//   - an *Error, also a wrapped one, says it itself;
//   - a status with an ErrorInfo, from another service, is passed on as it is;
//   - a context that ended, or a status that says so, becomes CANCELLED or
//     DEADLINE_EXCEEDED, and a service that could not be reached UNAVAILABLE;
//   - everything else is INTERNAL, without a word of its text.
func Status(err error) *status.Status {
	if err == nil {
		return status.New(codes.OK, "")
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.GRPCStatus()
	}
	if answered, ok := Answered(err); ok {
		return answered
	}
	code := codes.Unknown
	if st := inner(err); st != nil {
		code = st.Code()
	}
	switch {
	case code == codes.Canceled || errors.Is(err, context.Canceled):
		code, reason, message := codes.Canceled, ReasonCancelled, "The caller gave up the call."
		return newError(code, reason, message, nil).GRPCStatus()
	case code == codes.DeadlineExceeded || errors.Is(err, context.DeadlineExceeded):
		code, reason, message := codes.DeadlineExceeded, ReasonDeadlineExceeded, "The call took longer than the caller would wait."
		return newError(code, reason, message, nil).GRPCStatus()
	case code == codes.Unavailable:
		return Unavailable(ReasonUnavailable, "A service needed for this call cannot be reached now. Try again.").GRPCStatus()
	default:
		return newError(codes.Internal, ReasonInternal,
			"Internal error. The operators see the cause in the log under this call's trace id.", nil).GRPCStatus()
	}
}

// Answered returns the status that a service answered with, as it answered it,
// of an error that may have been wrapped since. It is false for an error of
// somebody else, such as a connection's: those say no reason.
func Answered(err error) (*status.Status, bool) {
	st := inner(err)
	return st, info(st).GetReason() != ""
}

// inner is the status within an error; nil when there is none. It is taken
// itself: status.FromError would put the text of everything wrapped around it
// into the message.
func inner(err error) *status.Status {
	s, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err)
	if !ok {
		return nil
	}
	if st := s.GRPCStatus(); st.Code() != codes.OK {
		return st
	}
	return nil
}

// GRPCStatus is what the caller is told: code and message, an ErrorInfo with
// the reason always, a BadRequest when fields are at fault, a RetryInfo when
// there is a time to try again. Package status and the gRPC server look for
// this method.
func (e *Error) GRPCStatus() *status.Status {
	st := status.New(e.Code, valid(e.Message))
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: e.Reason, Domain: Domain, Metadata: validMap(e.Metadata)}}
	if len(e.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range e.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: valid(v.Field), Description: valid(v.Description), Reason: v.Reason,
			})
		}
		details = append(details, bad)
	}
	if e.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	if with, err := st.WithDetails(details...); err == nil {
		return with
	}
	return st
}

// info finds the ErrorInfo of a status; nil when there is none.
func info(st *status.Status) *errdetails.ErrorInfo {
	for _, d := range st.Details() {
		if i, ok := d.(*errdetails.ErrorInfo); ok {
			return i
		}
	}
	return nil
}

// valid makes text fit for a proto string: messages quote what callers sent,
// and one bad byte would turn the whole answer into an internal error.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func validMap(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[valid(k)] = valid(v)
	}
	return out
}
