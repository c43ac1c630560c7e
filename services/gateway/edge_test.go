package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// documentedPaths are what front ends were promised.
func documentedPaths() []string {
	return []string{
		"get /v1/agents", "get /v1/callbacks", "get /v1/complaints", "post /v1/complaints", "get /v1/complaints/{complaint}",
		"patch /v1/complaints/{complaint}", "get /v1/complaints/{complaint}/assignment", "get /v1/complaints/{complaint}/callbacks",
		"post /v1/complaints/{complaint}/callbacks/{callback}:recordAttempt", "get /v1/complaints/{complaint}/duties",
		"get /v1/complaints/{complaint}/messages", "post /v1/complaints/{complaint}/messages", "get /v1/complaints/{complaint}/remedies",
		"post /v1/complaints/{complaint}/remedies", "get /v1/complaints/{complaint}/timeline", "post /v1/complaints/{complaint}:close",
		"post /v1/complaints/{complaint}:reopen", "post /v1/complaints/{complaint}:resolve", "post /v1/complaints/{complaint}:withdraw",
		"get /v1/departments", "get /v1/guide", "get /v1/complaints/{complaint}/attachments", "post /v1/complaints/{complaint}/attachments",
		"get /v1/complaints/{complaint}/attachments/{attachment}", "get /v1/complaints/{complaint}/attachments/{attachment}:download",
		"post /v1/complaints:import", "post /v1/complaints:search", "post /v1/customers:lookup", "post /v1/status",
		"get /v1/reviews/{review}/page", "get /v1/reviews/{review}/table",
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.call(t, http.MethodGet, "/openapi.json", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	var document struct {
		Info struct {
			Title, Version, Description string
		}
		Security            []map[string][]string
		SecurityDefinitions map[string]struct{ Type, Name, In string }
		Paths               map[string]map[string]struct {
			Security  *[]any
			Responses map[string]struct{ Schema map[string]any }
		}
		Definitions map[string]struct{ Properties map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(a.text), &document))
	require.Equal(t, "Redress", document.Info.Title)
	require.Equal(t, "v1", document.Info.Version)
	require.Contains(t, document.Info.Description, "Idempotency-Key")
	require.Equal(t, []map[string][]string{{"bearer": {}}}, document.Security)
	require.Equal(t, "Authorization", document.SecurityDefinitions["bearer"].Name)
	for _, promised := range documentedPaths() {
		verb, path, _ := strings.Cut(promised, " ")
		require.Contains(t, document.Paths[path], verb, path)
	}
	for path, verbs := range document.Paths {
		for verb, operation := range verbs {
			require.Equal(t, "#/definitions/Problem", operation.Responses["default"].Schema["$ref"], "%s %s", verb, path)
			open := path == "/v1/guide" || path == "/v1/status" || strings.HasPrefix(path, "/v1/surveys/{token}")
			require.Equal(t, open, operation.Security != nil, "only guide, status and surveys need no token: %s %s", verb, path)
		}
	}
	problem := document.Definitions["Problem"].Properties
	for _, field := range []string{"code", "reason", "message", "metadata", "fields", "traceId"} {
		require.Contains(t, problem, field)
	}
	require.Len(t, problem, 6)
	require.Contains(t, document.Definitions["FieldProblem"].Properties, "field")
	for _, described := range []proto.Message{&intakev1.ImportRow{}, &intakev1.ImportedEnd{}, &intakev1.ImportComplaintsResponse{}} {
		// Written by hand, they must not fall behind.
		message := described.ProtoReflect().Descriptor()
		properties := document.Definitions[string(message.Name())].Properties
		require.Len(t, properties, message.Fields().Len(), message.Name())
		for i := range message.Fields().Len() {
			require.Contains(t, properties, message.Fields().Get(i).JSONName(), message.Name())
		}
	}
	for _, reference := range regexp.MustCompile(`"#/definitions/([^"]+)"`).FindAllStringSubmatch(a.text, -1) {
		require.Contains(t, document.Definitions, reference[1])
	}
}

// TestDocs: the page must work where nothing but this program can be reached.
func TestDocs(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.token = ""
	a := w.call(t, http.MethodGet, "/docs", "")
	require.Equal(t, http.StatusMovedPermanently, a.status)
	require.Equal(t, "/docs/", a.header.Get("Location"))
	a = w.call(t, http.MethodGet, "/docs/", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.text, "/openapi.json")
	assets := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(a.text, -1)
	require.GreaterOrEqual(t, len(assets), 3)
	for _, asset := range assets {
		require.Regexp(t, "^/docs/", asset[1])
		found := w.call(t, http.MethodGet, asset[1], "")
		require.Equal(t, http.StatusOK, found.status, asset[1])
		require.NotEmpty(t, found.text, asset[1])
	}
	require.NotRegexp(t, `(?i)https?://[a-z]`, a.text, "nothing is fetched from elsewhere")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, http.StatusNotFound, w.call(t, http.MethodGet, "/docs/nonsense.js", "").status)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.token = ""
	a := w.call(t, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, object{"status": "ready"}, a.body)
	w.ready = errors.New("the services do not answer")
	a = w.call(t, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, object{"status": "the services do not answer"}, a.body)
	a = w.call(t, http.MethodGet, "/healthz", "")
	require.Equal(t, http.StatusOK, a.status, "alive, though not ready")
	require.Equal(t, object{"status": "ok"}, a.body)
}

func TestHead(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/openapi.json", "/docs/", "/healthz", "/readyz"} {
		a := w.call(t, http.MethodHead, path, "")
		require.Equal(t, http.StatusOK, a.status, path)
		require.Empty(t, a.text)
	}
	w.ready = errors.New("not yet")
	require.Equal(t, http.StatusServiceUnavailable, w.call(t, http.MethodHead, "/readyz", "").status)
}

func TestRESTIsServed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	w := start(t)
	for _, promised := range documentedPaths() {
		verb, path, _ := strings.Cut(promised, " ")
		path = strings.NewReplacer("complaints/{complaint}", name, "{callback}", "1", "{attachment}", "0123456789abcdefghjkmnpqrs").Replace(path)
		a := w.call(t, strings.ToUpper(verb), path, "")
		require.NotContains(t, []any{"PATH_NOT_FOUND", "METHOD_NOT_ALLOWED"}, a.body["reason"], promised)
	}
}

func TestEdgeNeedsItsDependencies(t *testing.T) {
	t.Parallel()
	_, err := gateway.NewEdge(t.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{Ready: func(context.Context) error { return nil }})
	require.Error(t, err)
	_, err = gateway.NewEdge(t.Context(), gateway.EdgeConfig{}, gateway.EdgeDeps{Conn: rpctest.Serve(t, nil).Anonymous()})
	require.Error(t, err)
	_, err = gateway.New(gateway.Deps{})
	require.Error(t, err)
}
