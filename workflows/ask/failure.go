package ask

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// Failure turns a service's error into one for Temporal. It keeps code and reason and drops the words, which might quote
// what somebody wrote, since a history keeps them. It is final when the call itself is refused, whoever asks and whenever.
func Failure(ctx context.Context, method string, err error) error {
	code, reason := Answer(err)
	return temporal.NewApplicationErrorWithOptions(method+": "+describeAnswer(code, reason), describeAnswer(code, reason),
		temporal.ApplicationErrorOptions{NonRetryable: final(code, reason), Category: Category(ctx, reason)})
}

// KeepTrying is Failure for calls without whose answer the workflow cannot go on. None is final: what a defect or a wrong
// setting refuses today succeeds after the repair, and until then operators see the attempts.
func KeepTrying(ctx context.Context, method string, err error) error {
	code, reason := Answer(err)
	return temporal.NewApplicationErrorWithOptions(method+": "+describeAnswer(code, reason), describeAnswer(code, reason),
		temporal.ApplicationErrorOptions{Category: Category(ctx, reason)})
}

// ordinaryAttempts is how often a service may answer that it has not heard of something yet before that is more than ordinary: half a
// minute, with the pauses between attempts. An event takes a moment from service to service, and longer when many come at once.
const ordinaryAttempts = 5

// Category tells Temporal's library how to log a failure: what ends by itself in a moment as a detail, all else as an error. An answer
// that is repeated for longer may mean that an event is parked, so it is an error again.
func Category(ctx context.Context, reason string) temporal.ApplicationErrorCategory {
	if reason == errorv1.Reason_NOT_YET_KNOWN.String() && activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt <= ordinaryAttempts {
		return temporal.ApplicationErrorCategoryBenign
	}
	return temporal.ApplicationErrorCategoryUnspecified
}

// final is true for answers that trying again cannot change. Missing rights, missing methods and unknown complaints are
// not among them: deployments get repaired, and services hear of complaints by the relay, which may be behind.
func final(code codes.Code, reason string) bool {
	switch code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange, codes.AlreadyExists:
		return true
	case codes.NotFound:
		// The customer's data was erased; there is nobody left to write to.
		return reason == intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String()
	default:
		return false
	}
}

// Answer returns the code and, if the service gave one, the reason of an error.
func Answer(err error) (codes.Code, string) {
	s := status.Convert(err)
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return s.Code(), info.GetReason()
		}
	}
	return s.Code(), ""
}

func describeAnswer(code codes.Code, reason string) string {
	if reason == "" {
		return code.String()
	}
	return code.String() + " " + reason
}
