package gateway

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/shape"
)

// problem returns an INVALID_ARGUMENT problem of the edge itself.
func problem(reason errorv1.Reason, message string) *errorv1.Problem {
	return &errorv1.Problem{Code: codeName(codes.InvalidArgument), Reason: reason.String(), Message: message}
}

// fieldProblem returns an INVALID_FIELD problem with one field.
func fieldProblem(field, description string) *errorv1.Problem {
	p := problem(errorv1.Reason_INVALID_FIELD, field+": "+description)
	p.Fields = []*errorv1.FieldProblem{{Field: field, Description: description}}
	return p
}

func write(w http.ResponseWriter, httpStatus int, p *errorv1.Problem) {
	if p.GetTraceId() == "" { // The edge's own refusals are of a call, too.
		p.TraceId = w.Header().Get(traceHeader)
	}
	text, err := protojson.Marshal(p)
	if err != nil {
		// Only text that is not UTF-8 cannot be marshalled, and that was refused.
		httpStatus, text = http.StatusInternalServerError, []byte(`{"code":"INTERNAL","reason":"INTERNAL"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(httpStatus)
	_, _ = w.Write(append(text, '\n')) //nolint:gosec // It is JSON, says so, and is not to be taken for anything else.
}

// handleError answers with the problem that err stands for.
func (rs routes) handleError(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	var taken route
	if pattern, ok := runtime.HTTPPattern(r.Context()); ok {
		taken = rs[r.Method+" "+pattern.String()]
	}
	taken.refuse(ctx, w, err)
}

// refuse answers a call of this method with the problem that err stands for.
func (r route) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	blame(ctx, err)
	st := status.Convert(err)
	p, httpStatus := r.problemOf(st)
	p.TraceId = traceOf(ctx)
	if st.Code() == codes.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	retryAfter(w, st)
	write(w, httpStatus, p)
}

// retryAfter says when to ask again, if the status does.
func retryAfter(w http.ResponseWriter, st *status.Status) {
	if delay := retryDelay(st); delay > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(delay.Seconds()))))
	}
}

// traceOf finds the trace id under which the service logged the call, which is that of the call at the edge.
func traceOf(ctx context.Context) string {
	if md, ok := runtime.ServerMetadataFromContext(ctx); ok {
		if ids := md.TrailerMD.Get("trace-id"); len(ids) > 0 {
			return ids[0]
		}
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}

func retryDelay(st *status.Status) time.Duration {
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// problemOf finds the problem and the HTTP status of a status from a service, from the connection to it, or from the
// generated handlers.
func problemOf(st *status.Status) (*errorv1.Problem, int) { return route{}.problemOf(st) }

// problemOf is the same with the paths of fields as this method's body has them.
func (r route) problemOf(st *status.Status) (*errorv1.Problem, int) {
	httpStatus := runtime.HTTPStatusFromCode(st.Code())
	p := &errorv1.Problem{Code: codeName(st.Code()), Message: st.Message()}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			p.Reason, p.Metadata = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				p.Fields = append(p.Fields, &errorv1.FieldProblem{Field: v.GetField(), Description: v.GetDescription(), Reason: v.GetReason()})
			}
			r.place(p)
		}
	}
	if told := p.GetMetadata()["field"]; told != "" {
		p.Metadata["field"] = cmp.Or(r.sent(told), told) // As fields have it.
	}
	switch {
	case p.GetReason() == errorv1.Reason_BODY_TOO_LARGE.String():
		return p, http.StatusRequestEntityTooLarge
	case p.GetReason() != "":
		return p, httpStatus
	case st.Code() == codes.InvalidArgument:
		return r.malformed(st.Message()), httpStatus
	default:
		return lost(st.Code())
	}
}

// malformed finds the problem of a request that the generated handlers could not translate.
func (r route) malformed(message string) *errorv1.Problem {
	if p, ok := unmark(message); ok {
		return p
	}
	if m := regexp.MustCompile(`^parsing field "([^"]+)"`).FindStringSubmatch(message); m != nil {
		return fieldProblem(errs.JSONPath(m[1]), r.wanted(m[1]))
	}
	return problem(errorv1.Reason_INVALID_FIELD, message)
}

// lost finds the problem of a call that got no answer from a service. The connection's own words are for operators: they
// name addresses.
func lost(c codes.Code) (*errorv1.Problem, int) {
	reason, message := errorv1.Reason_INTERNAL, "Something went wrong on our side."
	switch c {
	case codes.Unavailable:
		reason, message = errorv1.Reason_UNAVAILABLE, "The service cannot be reached; try again with the same idempotency key."
	case codes.DeadlineExceeded:
		reason, message = errorv1.Reason_DEADLINE_EXCEEDED, "The call took too long and may have succeeded; try again with the same idempotency key."
	case codes.Canceled:
		reason, message = errorv1.Reason_CANCELLED, "The caller went away."
	default:
		c = codes.Internal
	}
	return &errorv1.Problem{Code: codeName(c), Reason: reason.String(), Message: message}, runtime.HTTPStatusFromCode(c)
}

// place turns the paths of a problem's fields into those of what was sent, and the message where it begins with one: the contract's
// "message.send_time" is "sendTime" in the body of a method whose body is the message. The body as a whole has no path.
func (r route) place(p *errorv1.Problem) {
	for _, field := range p.GetFields() {
		path := r.sent(field.GetField())
		if rest, ok := strings.CutPrefix(p.GetMessage(), field.GetField()+": "); ok {
			p.Message = cmp.Or(path, "The body") + ": " + rest
		}
		field.Field = path
	}
}

// sent is the path that a field has in what was sent; empty for the body as a whole.
func (r route) sent(field string) string {
	path := errs.JSONPath(field)
	if r.body == "" || r.body == "*" {
		return path
	}
	body := errs.JSONPath(r.body)
	if path == body {
		return ""
	}
	return strings.TrimPrefix(path, body+".")
}

// wanted says what a query parameter should have been.
func (r route) wanted(parameter string) string {
	if r.input != nil {
		if field := r.input.Fields().ByName(protoreflect.Name(parameter)); field != nil && field.Enum() != nil {
			return "must be one of " + strings.Join(shape.EnumNames(field), ", ")
		}
	}
	return "the value is not of the parameter's type"
}

// codeName writes a code as the contract does: INVALID_ARGUMENT.
func codeName(c codes.Code) string { return code.Code(c).String() }
