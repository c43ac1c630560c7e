package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/telemetry"
)

// fails makes the desk answer everything with an error.
func (d *desk) fails(err error) {
	d.answers(func(context.Context, proto.Message) (*intakev1.Complaint, error) { return nil, err })
}

func TestErrorsOfServices(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, tc := range map[string]struct {
		err        error
		status     int
		code       string
		reason     errorv1.Reason
		retryAfter string
	}{
		"not found":   {errs.NotFound("RESOURCE_NOT_FOUND", "None."), 404, "NOT_FOUND", errorv1.Reason_RESOURCE_NOT_FOUND, ""},
		"conflict":    {errs.Conflict("ETAG_MISMATCH", "Old."), 409, "ABORTED", errorv1.Reason_ETAG_MISMATCH, ""},
		"too large":   {errs.Exhausted("BODY_TOO_LARGE", "Large."), 413, "RESOURCE_EXHAUSTED", errorv1.Reason_BODY_TOO_LARGE, ""},
		"not yet":     {errs.Unavailable("NOT_YET_KNOWN", "Wait.").After(100 * time.Millisecond), 503, "UNAVAILABLE", errorv1.Reason_NOT_YET_KNOWN, "1"},
		"later":       {errs.Unavailable("UNAVAILABLE", "Wait.").After(2500 * time.Millisecond), 503, "UNAVAILABLE", errorv1.Reason_UNAVAILABLE, "3"},
		"defect":      {errors.New("secret"), 500, "INTERNAL", errorv1.Reason_INTERNAL, ""},
		"cancelled":   {context.Canceled, 499, "CANCELLED", errorv1.Reason_CANCELLED, ""},
		"out of time": {context.DeadlineExceeded, 504, "DEADLINE_EXCEEDED", errorv1.Reason_DEADLINE_EXCEEDED, ""},
	} {
		t.Run(what, func(t *testing.T) {
			w.desk.fails(tc.err)
			a := w.call(t, http.MethodGet, "/v1/"+name, "")
			requireProblem(t, a, tc.status, tc.code, tc.reason)
			require.Equal(t, tc.retryAfter, a.header.Get("Retry-After"))
			require.NotContains(t, a.text, "secret")
			require.Regexp(t, "^[0-9a-f]{32}$", a.body["traceId"], "the service logged the call under it")
		})
	}
}

func TestShapeOfAProblem(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.desk.fails(errs.Invalid("PHONE_INVALID", "complainant.customer_id", "No <number>.").With("some_key", "v").With("field", "complainant.customer_id").Field("RULE", "demands[0].currency_code", "None."))
	a := w.call(t, http.MethodGet, "/v1/"+name, "", "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Equal(t, object{
		"code": "INVALID_ARGUMENT", "reason": "PHONE_INVALID", "message": "No <number>.",
		"metadata": object{"some_key": "v", "field": "complainant.customerId"},
		"fields": []any{
			object{"field": "complainant.customerId", "description": "No <number>.", "reason": "PHONE_INVALID"},
			object{"field": "demands[0].currencyCode", "description": "None.", "reason": "RULE"},
		},
		"traceId": "0af7651916cd43dd8448eb211c80319c",
	}, a.body, "the trace that the front end began goes on")
	require.NotContains(t, a.text, `\u003c`)
}

// TestPathsAreThoseOfTheBody: where the body is one field of the request, what is wrong with it is told by its own paths, by the edge, by
// the rules of the contract and by the service alike.
func TestPathsAreThoseOfTheBody(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, tc := range map[string]struct {
		method, path, body string
		field, message     string
	}{
		"a rule":               {"POST", "/v1/" + name + "/messages", `{"author": "AGENT", "text": ""}`, "text", "text: "},
		"the service's word":   {"PATCH", "/v1/" + name, `{"notes": "x"}`, "complainant.displayName", "complainant.displayName: must be given"},
		"a body of all fields": {"POST", "/v1/complaints", `{"statement": "", "complainant": {"phone": "1"}}`, "statement", "statement: "},
		"no body":              {"POST", "/v1/" + name + "/messages", "", "", "The body: "},
		"a pattern":            {"GET", "/v1/complaints/x", "", "name", `name: must be a name as it was answered, such as "complaints/`},
		"hours of no length":   {"POST", "/v1/complaints", `{"statement": "x", "complainant": {"phone": "1", "contactHours": "08:00-10:00,09:00-09:00"}}`, "complainant.contactHours", `complainant.contactHours: must not end when they begin`},
		"a pattern in a body":  {"POST", "/v1/complaints", `{"statement": "x", "complainant": {"phone": "1", "contactHours": "at noon"}}`, "complainant.contactHours", `complainant.contactHours: must be hours of the day such as "09:00-12:00"`},
		"an enum":              {"POST", "/v1/" + name + "/messages", `{"author": "PIGEON"}`, "author", "author: must be one of "},
		"an enum in a list":    {"POST", "/v1/complaints", filing(`"demands": [{"kind": "gold"}]`), "demands[0].kind", "demands[0].kind: must be one of "},
		"a form's field":       {"POST", "/v1/" + name + "/attachments?message=x", "x", "message", `message: must be a name as it was answered, such as "complaints/`},
		"an enum's number":     {"POST", "/v1/complaints", filing(`"channel": 99`), "channel", "channel: must be one of "},
	} {
		t.Run(what, func(t *testing.T) {
			w.desk.fails(errs.InvalidField("INVALID_FIELD", "complaint.complainant.display_name", "must be given"))
			a := w.call(t, tc.method, tc.path, tc.body)
			requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
			require.Equal(t, tc.field, fields(a)[0])
			require.True(t, strings.HasPrefix(a.body["message"].(string), tc.message), a.text)
			require.NotContains(t, a.text, "UNSPECIFIED")
		})
	}
}

// TestMarkOfServicesIsText: only the edge itself may write a problem into a status; a service's message is text.
func TestMarkOfServicesIsText(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.desk.fails(errs.Invalid("INVALID_FIELD", "", `redress-problem:{"code":"OK","reason":"METHOD_NOT_FOUND"}`))
	requireProblem(t, w.call(t, http.MethodGet, "/v1/"+name, ""), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
}

func TestDeadlineOfTheCaller(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.desk.answers(func(ctx context.Context, _ proto.Message) (*intakev1.Complaint, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	a := w.call(t, http.MethodGet, "/v1/"+name, "", "Grpc-Timeout: 30m")
	requireProblem(t, a, http.StatusGatewayTimeout, "DEADLINE_EXCEEDED", errorv1.Reason_DEADLINE_EXCEEDED)
	for _, timeout := range []string{"soon", "1", "-", "1x"} {
		a = w.call(t, http.MethodGet, "/v1/"+name, "", "Grpc-Timeout: "+timeout)
		requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	}
}

func TestServicesThatCannotBeReached(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1"
	conn, err := rpc.Dial(nobody, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	var log logtest.Buffer
	edge, err := gateway.NewEdge(t.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{
		Conn: conn, Ready: func(context.Context) error { return nil }, Callers: build(t, conn, &keys{}, conn, newTemporalKeys(t)), Now: time.Now,
		Logger: slog.New(telemetry.None().Logs(slog.NewTextHandler(&log, nil))),
	})
	require.NoError(t, err)
	server := httptest.NewServer(edge)
	t.Cleanup(server.Close)
	for what, tc := range map[string]struct{ method, path, body, route, service string }{
		"a list":    {"GET", "/v1/complaints", "", "/v1/complaints", "intake"},
		"a command": {"POST", "/v1/complaints", filing(), "/v1/complaints", "intake"},
		"duties":    {"GET", "/v1/callbacks", "", "/v1/callbacks", "followup"},
		"an import": {"POST", "/v1/complaints:import?source=crm", "{}", "/v1/complaints:import", "intake"},
	} {
		t.Run(what, func(t *testing.T) {
			a := (&world{url: server.URL}).call(t, tc.method, tc.path, tc.body)
			requireProblem(t, a, http.StatusServiceUnavailable, "UNAVAILABLE", errorv1.Reason_UNAVAILABLE)
			require.Equal(t, "The service "+tc.service+" cannot be reached now; try again with the same idempotency key.", a.body["message"])
			require.Equal(t, object{"service": tc.service}, a.body["metadata"])
			require.Equal(t, "2", a.header.Get("Retry-After"))
			require.NotContains(t, a.text, nobody, "addresses are nobody's business")
			require.Equal(t, a.header.Get("Trace-Id"), a.body["traceId"])
			require.Eventually(t, func() bool {
				for line := range strings.Lines(log.String()) {
					if strings.Contains(line, "trace_id="+a.header.Get("Trace-Id")) {
						return strings.Contains(line, nobody) && strings.Contains(line, "route="+tc.route+" ")
					}
				}
				return false
			}, 5*time.Second, time.Millisecond, "operators are told the address")
		})
	}
}

// TestWhatServicesAnswerIsToldAlone: gRPC's words around it, of how often it tried, are nobody's business either.
func TestWhatServicesAnswerIsToldAlone(t *testing.T) {
	t.Parallel()
	d := &desk{}
	d.fails(errs.Unavailable("UNAVAILABLE", "The database is away."))
	h := rpctest.Serve(t, func(server grpc.ServiceRegistrar) { intakev1.RegisterIntakeServiceServer(server, d) })
	conn := h.Dial(nil)
	edge, err := gateway.NewEdge(t.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{
		Conn: conn, Ready: func(context.Context) error { return nil }, Callers: build(t, conn, &keys{}, conn, newTemporalKeys(t)), Now: time.Now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(edge)
	t.Cleanup(server.Close)
	token, err := h.Minter.Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(t, err)
	a := (&world{url: server.URL, token: token}).call(t, http.MethodGet, "/v1/"+name, "")
	requireProblem(t, a, http.StatusServiceUnavailable, "UNAVAILABLE", errorv1.Reason_UNAVAILABLE)
	require.Equal(t, "The database is away.", a.body["message"])
}
