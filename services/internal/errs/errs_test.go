package errs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/services/internal/errs"
)

// detail returns the first detail of type T, or nil.
func detail[T any](st *status.Status) *T {
	for _, d := range st.Details() {
		if t, ok := d.(*T); ok {
			return t
		}
	}
	return nil
}

func TestConstructorsChooseTheCode(t *testing.T) {
	t.Parallel()
	for want, e := range map[codes.Code]*errs.Error{
		codes.InvalidArgument:    errs.Invalid("SOME_REASON", "a.b", "is %d", 7),
		codes.NotFound:           errs.NotFound("SOME_REASON", "is %d", 7),
		codes.FailedPrecondition: errs.Precondition("SOME_REASON", "is %d", 7),
		codes.Aborted:            errs.Conflict("SOME_REASON", "is %d", 7),
		codes.AlreadyExists:      errs.AlreadyExists("SOME_REASON", "is %d", 7),
		codes.PermissionDenied:   errs.Denied("SOME_REASON", "is %d", 7),
		codes.Unauthenticated:    errs.Unauthenticated("SOME_REASON", "is %d", 7),
		codes.Unavailable:        errs.Unavailable("SOME_REASON", "is %d", 7),
		codes.ResourceExhausted:  errs.Exhausted("SOME_REASON", "is %d", 7),
	} {
		t.Run(want.String(), func(t *testing.T) {
			t.Parallel()
			st := errs.Status(fmt.Errorf("wrapped: %w", e))
			require.Equal(t, want, st.Code())
			require.Equal(t, "is 7", st.Message())
			require.True(t, proto.Equal(&errdetails.ErrorInfo{Reason: "SOME_REASON", Domain: "redress.dev"}, detail[errdetails.ErrorInfo](st)))
			require.Nil(t, detail[errdetails.RetryInfo](st))
			require.Equal(t, want == codes.InvalidArgument, detail[errdetails.BadRequest](st) != nil)
			require.Equal(t, "SOME_REASON", errs.Reason(e))
			require.Equal(t, "SOME_REASON", errs.Reason(st.Err()))
			require.Equal(t, want, status.Code(e), "the gRPC server reads it without our help")
		})
	}
}

func TestFieldIsNamed(t *testing.T) {
	t.Parallel()
	st := errs.Status(errs.InvalidField("SOME_REASON", "item.text", "must be given"))
	require.Equal(t, "item.text: must be given", st.Message())
	require.True(t, proto.Equal(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "item.text", Description: "must be given", Reason: "SOME_REASON"},
	}}, detail[errdetails.BadRequest](st)))
}

func TestWithin(t *testing.T) {
	t.Parallel()
	inner := errs.Invalid("PHONE_INVALID", "complainant.phone", "No number.")
	require.Equal(t, "complaint.complainant.phone", inner.Within("complaint").Violations[0].Field)
	require.Equal(t, "complainant.phone", inner.Violations[0].Field)
}

func TestJSONPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"": "", "name": "name", "complainant.customer_id": "complainant.customerId", "demands[0].amount.currency_code": "demands[0].amount.currencyCode",
		`variables["my_own"].some_text`: `variables["my_own"].someText`,
	} {
		require.Equal(t, want, errs.JSONPath(path))
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	e := errs.Invalid("PHONE_INVALID", "complainant.phone", "not a phone number").
		Field("STATEMENT_EMPTY", "statement", "say what happened").
		With("limit", "3").After(2 * time.Second)
	st := errs.Status(e)
	require.Equal(t, map[string]string{"limit": "3"}, detail[errdetails.ErrorInfo](st).GetMetadata())
	require.Equal(t, 2*time.Second, detail[errdetails.RetryInfo](st).GetRetryDelay().AsDuration())
	require.True(t, proto.Equal(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "complainant.phone", Description: "not a phone number", Reason: "PHONE_INVALID"},
		{Field: "statement", Description: "say what happened", Reason: "STATEMENT_EMPTY"},
	}}, detail[errdetails.BadRequest](st)))
	require.Nil(t, detail[errdetails.BadRequest](errs.Status(errs.Invalid("BODY_INVALID", "", "no field"))))
}

func TestCauseStaysInside(t *testing.T) {
	t.Parallel()
	cause := errors.New("secret table name")
	e := errs.Unavailable("STORE_UNAVAILABLE", "try again").Wrap(cause)
	require.ErrorIs(t, e, cause)
	require.EqualError(t, e, "STORE_UNAVAILABLE: try again: secret table name")
	for _, err := range []error{e, cause, fmt.Errorf("secret: %w", e), fmt.Errorf("secret: %w", status.Error(codes.DataLoss, "secret")),
		fmt.Errorf("secret: %w", errs.Status(e).Err()), status.Error(codes.Unavailable, "secret address")} {
		st := errs.Status(err)
		require.NotContains(t, st.String(), "secret")
		require.NotEmpty(t, detail[errdetails.ErrorInfo](st).GetReason())
	}
}

func TestRefiningLeavesTheSentinelAlone(t *testing.T) {
	t.Parallel()
	sentinel := errs.Invalid("TOKEN_INVALID", "page_token", "bad token")
	refined := sentinel.With("a", "b").Wrap(errors.New("x")).After(time.Second).Field("Y", "y", "z")
	require.Nil(t, sentinel.Metadata)
	require.NoError(t, sentinel.Unwrap())
	require.Zero(t, sentinel.RetryAfter)
	require.Len(t, sentinel.Violations, 1)
	require.ErrorIs(t, refined, sentinel)
	require.NotErrorIs(t, refined, errs.Invalid("OTHER", "", ""))
	require.NotErrorIs(t, refined, errs.Conflict("TOKEN_INVALID", ""))
}

func TestStatusOfOtherErrors(t *testing.T) {
	t.Parallel()
	foreign, err := status.New(codes.NotFound, "gone").WithDetails(&errdetails.ErrorInfo{Reason: "ORDER_GONE", Domain: "shop.example"})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"nil":                     {nil, codes.OK, ""},
		"plain":                   {errors.New("x"), codes.Internal, "INTERNAL"},
		"cancelled":               {fmt.Errorf("x: %w", context.Canceled), codes.Canceled, "CANCELLED"},
		"deadline":                {fmt.Errorf("x: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"status cancelled":        {status.Error(codes.Canceled, "x"), codes.Canceled, "CANCELLED"},
		"status deadline":         {status.Error(codes.DeadlineExceeded, "x"), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"status unavailable":      {status.Error(codes.Unavailable, "x"), codes.Unavailable, "UNAVAILABLE"},
		"status without reason":   {status.Error(codes.NotFound, "x"), codes.Internal, "INTERNAL"},
		"status with reason":      {foreign.Err(), codes.NotFound, "ORDER_GONE"},
		"wrapped status":          {fmt.Errorf("x: %w", foreign.Err()), codes.NotFound, "ORDER_GONE"},
		"own error over context":  {errs.Unavailable("BUSY", "x").Wrap(context.Canceled), codes.Unavailable, "BUSY"},
		"own error over a status": {errs.Conflict("STALE", "x").Wrap(foreign.Err()), codes.Aborted, "STALE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.code, errs.Status(tc.err).Code())
			require.Equal(t, tc.reason, errs.Reason(tc.err))
		})
	}
	require.Equal(t, "Internal error. The operators see the cause in the log under this call's trace id.", errs.Status(errors.New("x")).Message())
	require.Equal(t, "gone", errs.Status(fmt.Errorf("x: %w", foreign.Err())).Message())
}

func TestInvalidUTF8CanBeSent(t *testing.T) {
	t.Parallel()
	st := errs.Status(errs.Invalid("X_INVALID", "f\xff", "got %s", "\xff\xfe").With("k\xff", "v\xff"))
	_, err := proto.Marshal(st.Proto())
	require.NoError(t, err)
	require.NotNil(t, detail[errdetails.BadRequest](st))
}
