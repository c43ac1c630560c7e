package gateway_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
)

func TestPathsThatNoMethodHas(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v2/complaints", "/v1/complaint", "/v1/complaints/", "/v1//complaints", "//v1/complaints", "/v1/complaints/../guide",
		"/v1/" + name + "/", "/v1/" + name + ":erase", "/v1/" + name + ":", "/v1/" + name + "/nonsense", "/favicon.ico", "/openapi.json/", "/healthz/",
	} {
		for _, verb := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
			a := w.call(t, verb, path, "")
			require.Equal(t, http.StatusNotFound, a.status, "%s %s: %s", verb, path, a.text)
			requireProblem(t, a, http.StatusNotFound, "NOT_FOUND", errorv1.Reason_PATH_NOT_FOUND)
		}
	}
}

func TestMethodsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, tc := range []struct{ verb, path, allow string }{
		{"DELETE", "/v1/complaints", "GET, POST"},
		{"PUT", "/v1/" + name, "GET, PATCH"},
		{"POST", "/v1/" + name, "GET, PATCH"},
		{"GET", "/v1/" + name + ":close", "POST"},
		{"PATCH", "/v1/" + name + ":close", "POST"},
		{"GET", "/v1/" + name + "/callbacks/1:recordAttempt", "POST"},
		{"POST", "/v1/" + name + "/timeline", "GET"},
		{"OPTIONS", "/v1/guide", "GET"},
		{"POST", "/v1/callbacks", "GET"},
		{"POST", "/openapi.json", "GET, HEAD"},
		{"DELETE", "/docs/", "GET, HEAD"},
		{"POST", "/readyz", "GET, HEAD"},
	} {
		a := w.call(t, tc.verb, tc.path, "{}")
		requireProblem(t, a, http.StatusMethodNotAllowed, "UNIMPLEMENTED", errorv1.Reason_METHOD_NOT_ALLOWED)
		require.Equal(t, tc.allow, a.header.Get("Allow"), "%s %s", tc.verb, tc.path)
	}
}

func TestWhoMayNotCall(t *testing.T) {
	t.Parallel()
	w := start(t)
	public := w.mint(authv1.Role_PUBLIC)
	for what, tc := range map[string]struct {
		authorization string
		status        int
		code          string
		reason        errorv1.Reason
	}{
		"no token":   {"", http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED},
		"no bearer":  {"Basic bGluOmxpbg==", http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED},
		"forged":     {"Bearer " + w.token + "x", http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED},
		"not ASCII":  {"Bearer \xe5\xae\xa2", http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED},
		"wrong role": {"Bearer " + public, http.StatusForbidden, "PERMISSION_DENIED", errorv1.Reason_ROLE_NOT_ALLOWED},
	} {
		t.Run(what, func(t *testing.T) {
			anonymous := *w
			anonymous.token = ""
			a := anonymous.call(t, http.MethodGet, "/v1/complaints", "", "Authorization: "+tc.authorization)
			requireProblem(t, a, tc.status, tc.code, tc.reason)
			if tc.status == http.StatusUnauthorized {
				require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
			} else {
				require.Empty(t, a.header.Get("WWW-Authenticate"))
				require.Contains(t, a.text, "ListComplaints", "the metadata names the method")
			}
			require.Empty(t, w.desk.seen())
		})
	}
}

func TestIdempotencyKeyHeader(t *testing.T) {
	t.Parallel()
	w := start(t)
	for what, keys := range map[string][]string{
		"not ASCII": {"\xe5\xae\xa2"}, "control": {"a\tb"}, "too long": {strings.Repeat("k", 129)}, "empty": {""}, "two": {"a", "b"},
	} {
		t.Run(what, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/complaints", strings.NewReader(filing()))
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+w.token)
			request.Header["Idempotency-Key"] = keys
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusBadRequest, response.StatusCode)
			require.Empty(t, w.desk.seen())
			if len(keys) == 1 {
				a := w.call(t, http.MethodPost, "/v1/complaints", filing(), "Idempotency-Key: "+keys[0])
				requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_IDEMPOTENCY_KEY_INVALID)
			}
		})
	}
}

// TestHeadsThatGRPCCannotCarry sends what proxies and broken clients send beside the request.
func TestHeadsThatGRPCCannotCarry(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, head := range []string{
		"GET /v1/guide HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: caf\xe9\r\nX-Forwarded-For: \xff\r\n",
		"GET http://caf%C3%A9/v1/guide HTTP/1.1\r\nHost: x\r\n",
		"GET /v1/guide HTTP/1.1\r\nHost: x\r\nGrpc-Metadata-X-Bin: !\r\nConnection: close\r\nTe: trailers\r\n",
		"GET /v1/guide HTTP/1.0\r\n",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		require.NoError(t, err)
		_, err = conn.Write([]byte(head + "\r\n"))
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode, head)
		require.NoError(t, response.Body.Close())
		require.NoError(t, conn.Close())
	}
}

func TestPathsThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/v1/complaints/%ff", "/v1/complaints/%ff/timeline", "/v1/complaints/%ff:close"} {
		verb := http.MethodGet
		if strings.HasSuffix(path, ":close") {
			verb = http.MethodPost
		}
		requireProblem(t, w.call(t, verb, path, ""), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_UTF8)
	}
	for _, id := range []string{"x", "%00", "%E5%AE%A2", "..%2f..", "0123456789ABCDEFGHJKMNPQRS"} {
		a := w.call(t, http.MethodGet, "/v1/complaints/"+id, "")
		if a.status != http.StatusNotFound {
			requireProblem(t, a, http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
			require.Equal(t, []string{"name"}, fields(a))
		}
	}
}

func TestAnswersStayOutOfCaches(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/v1/" + name, "/v1/complaints/x"} {
		a := w.call(t, http.MethodGet, path, "")
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	}
}
