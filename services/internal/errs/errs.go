// Package errs is the only place where gRPC status codes are chosen. A service
// says what went wrong by one of the constructors; the interceptor of package
// rpc turns whatever a handler returned into a status with Status.
//
// Each error carries a reason in UPPER_SNAKE, which clients may rely on, and a
// message for people, which they may not. A cause is for the log alone: its
// text never reaches a status.
package errs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// Domain is the domain of every reason this suite gives out.
const Domain = "redress.dev"

// FieldViolation says what is wrong with one field of a request.
type FieldViolation struct {
	// Field is the path in the request, such as "complainant.phone".
	Field string
	// Description is for people.
	Description string
	// Reason is for programs, in UPPER_SNAKE.
	Reason string
}

// Error is a failure whose meaning is known. Make one with a constructor; the
// methods that add to it return a copy, so a sentinel may safely be refined.
type Error struct {
	// Code is the canonical gRPC code.
	Code codes.Code
	// Reason is for programs, in UPPER_SNAKE.
	Reason string
	// Message is for people; it holds no personal data and no cause.
	Message string
	// Metadata goes along with the reason.
	Metadata map[string]string
	// Violations are the faults of an invalid request, field by field.
	Violations []FieldViolation
	// RetryAfter, when positive, tells the caller when to try again.
	RetryAfter time.Duration

	cause error
}

// Invalid is a request that can never succeed as it stands: INVALID_ARGUMENT,
// with one violation. An empty field means the request as a whole.
func Invalid(reason, field, format string, args ...any) *Error {
	e := newError(codes.InvalidArgument, reason, format, args)
	if field != "" {
		e.Violations = []FieldViolation{{Field: field, Description: e.Message, Reason: reason}}
	}
	return e
}

// InvalidField is the same for what is wrong with one field: the message begins with it, so that nobody has to guess what is meant.
func InvalidField(reason, field, description string) *Error {
	return Invalid(reason, "", "%s: %s", field, description).Field(reason, field, "%s", description)
}

// NotFound is a resource that does not exist, or that the caller may not know
// to exist: NOT_FOUND.
func NotFound(reason, format string, args ...any) *Error {
	return newError(codes.NotFound, reason, format, args)
}

// Precondition is a valid request at the wrong time, such as resolving what is
// closed; it may succeed after the state has been changed: FAILED_PRECONDITION.
func Precondition(reason, format string, args ...any) *Error {
	return newError(codes.FailedPrecondition, reason, format, args)
}

// Conflict is a change based on what has meanwhile been changed by someone
// else; read again and decide again: ABORTED.
func Conflict(reason, format string, args ...any) *Error {
	return newError(codes.Aborted, reason, format, args)
}

// AlreadyExists is the creation of what is there already: ALREADY_EXISTS.
func AlreadyExists(reason, format string, args ...any) *Error {
	return newError(codes.AlreadyExists, reason, format, args)
}

// Denied is a known caller who may not do this: PERMISSION_DENIED.
func Denied(reason, format string, args ...any) *Error {
	return newError(codes.PermissionDenied, reason, format, args)
}

// Unauthenticated is a caller without valid credentials: UNAUTHENTICATED.
func Unauthenticated(reason, format string, args ...any) *Error {
	return newError(codes.Unauthenticated, reason, format, args)
}

// Unavailable is a failure that goes away by itself, such as a database that is
// being restarted; the same request may be sent again: UNAVAILABLE.
func Unavailable(reason, format string, args ...any) *Error {
	return newError(codes.Unavailable, reason, format, args)
}

// Exhausted is a limit that has been reached: RESOURCE_EXHAUSTED.
func Exhausted(reason, format string, args ...any) *Error {
	return newError(codes.ResourceExhausted, reason, format, args)
}

// With adds a pair to the metadata of the reason.
func (e *Error) With(key, value string) *Error {
	c := e.clone()
	if c.Metadata == nil {
		c.Metadata = map[string]string{}
	}
	c.Metadata[key] = value
	return c
}

// JSONPath writes the path of a field as the JSON has it: "complainant.customer_id" is "complainant.customerId" there. Keys of maps stay.
func JSONPath(path string) string {
	var out strings.Builder
	upper, inKey := false, false
	for _, r := range path {
		switch {
		case r == '[' || r == ']':
			inKey = r == '['
			out.WriteRune(r)
		case r == '_' && !inKey:
			upper = true
		case upper:
			out.WriteString(strings.ToUpper(string(r)))
			upper = false
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Field adds a violation, for a request with several faults.
func (e *Error) Field(reason, field, format string, args ...any) *Error {
	c := e.clone()
	c.Violations = append(c.Violations, FieldViolation{Field: field, Description: fmt.Sprintf(format, args...), Reason: reason})
	return c
}

// Within puts the paths of the violations below a field of the request, for a part that several requests have.
func (e *Error) Within(field string) *Error {
	c := e.clone()
	for i := range c.Violations {
		c.Violations[i].Field = field + "." + c.Violations[i].Field
	}
	return c
}

// After tells the caller to try again after d.
func (e *Error) After(d time.Duration) *Error {
	c := e.clone()
	c.RetryAfter = d
	return c
}

// Wrap keeps the cause for errors.Is, errors.As and the log.
func (e *Error) Wrap(cause error) *Error {
	c := e.clone()
	c.cause = cause
	return c
}

// Error is for the log: reason, message and cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Reason)
	b.WriteString(": ")
	b.WriteString(e.Message)
	if e.cause != nil {
		b.WriteString(": ")
		b.WriteString(e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.cause }

// Is holds for errors of the same code and reason, so that a refined copy of a
// sentinel is still recognised.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Reason == e.Reason
}

// Reason returns the reason of any error, also of a status received from
// another service; for an error that says none it is what Status would say.
// It is empty for nil.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return info(Status(err)).GetReason()
}

func newError(code codes.Code, reason, format string, args []any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) clone() *Error {
	c := *e
	c.Metadata = maps.Clone(e.Metadata)
	c.Violations = slices.Clone(e.Violations)
	return &c
}
