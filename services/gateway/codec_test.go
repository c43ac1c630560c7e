package gateway_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/envelope"
)

// sealedBody is the body that Temporal's web interface sends for a text: sealed with the keys, and once more plain.
func sealedBody(t *testing.T, keys *envelope.Keys, text string) string {
	t.Helper()
	plain, err := converter.GetDefaultDataConverter().ToPayload(text)
	require.NoError(t, err)
	sealed, err := envelope.NewCodec(keys, envelope.On).Encode([]*commonpb.Payload{plain})
	require.NoError(t, err)
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: append(sealed, plain)})
	require.NoError(t, err)
	return string(body)
}

// newTemporalKeys makes keys in a file of the test's own.
func newTemporalKeys(t *testing.T) *envelope.Keys {
	t.Helper()
	keys, err := envelope.LoadOrCreateKeys(filepath.Join(t.TempDir(), "temporal.key"))
	require.NoError(t, err)
	return keys
}

// TestTheWebInterfaceHasPayloadsDecrypted proves that operators and auditors, and nobody else, have payloads decrypted by the protocol that
// Temporal's web interface speaks, and that pages of the configured origin alone may ask.
func TestTheWebInterfaceHasPayloadsDecrypted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	w := start(t)
	body := sealedBody(t, w.temporal, "deadline")
	for _, role := range []authv1.Role{authv1.Role_OPERATOR, authv1.Role_AUDITOR} {
		w.token = w.mint(role)
		a := w.call(t, http.MethodPost, "/v1/codec/decode", body, "Content-Type: application/json", "X-Namespace: redress", "Origin: "+uiOrigin)
		require.Equal(t, http.StatusOK, a.status, a.text)
		require.Equal(t, uiOrigin, a.header.Get("Access-Control-Allow-Origin"))
		answer := &commonpb.Payloads{}
		require.NoError(t, protojson.Unmarshal([]byte(a.text), answer), a.text)
		require.Len(t, answer.GetPayloads(), 2)
		for _, p := range answer.GetPayloads() {
			var text string
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(p, &text))
			require.Equal(t, "deadline", text)
		}
	}
	for role := range authv1.Role_name {
		if r := authv1.Role(role); r != 0 && r != authv1.Role_OPERATOR && r != authv1.Role_AUDITOR {
			w.token = w.mint(r)
			requireProblem(t, w.call(t, http.MethodPost, "/v1/codec/decode", body), http.StatusForbidden, "PERMISSION_DENIED", errorv1.Reason_ROLE_NOT_ALLOWED)
		}
	}
	w.token = ""
	requireProblem(t, w.call(t, http.MethodPost, "/v1/codec/decode", body), http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED)
}

// TestOnlyTheWebInterfacesPagesMayAsk proves that browsers are told so.
func TestOnlyTheWebInterfacesPagesMayAsk(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.token = ""
	asks := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type,x-namespace"}
	a := w.call(t, http.MethodOptions, "/v1/codec/decode", "", append(asks, "Origin: "+uiOrigin)...)
	require.Equal(t, http.StatusNoContent, a.status)
	require.Equal(t, uiOrigin, a.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, a.header.Get("Access-Control-Allow-Headers"), "X-Namespace")
	for _, origin := range []string{"https://elsewhere.example", uiOrigin + ".example", "null"} {
		a := w.call(t, http.MethodOptions, "/v1/codec/decode", "", append(asks, "Origin: "+origin)...)
		require.Equal(t, http.StatusMethodNotAllowed, a.status, origin)
		require.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
	}
	require.Empty(t, w.call(t, http.MethodGet, "/v1/guide", "", "Origin: "+uiOrigin).header.Get("Access-Control-Allow-Origin"), "nothing else is for other origins")
}

// TestWhatCannotBeDecrypted proves that another key, an altered payload and a bad request are refused with their reasons.
func TestWhatCannotBeDecrypted(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.token = w.mint(authv1.Role_OPERATOR)
	other := newTemporalKeys(t)
	a := w.call(t, http.MethodPost, "/v1/codec/decode", sealedBody(t, other, "deadline"))
	requireProblem(t, a, http.StatusBadRequest, "FAILED_PRECONDITION", errorv1.Reason_PAYLOAD_UNREADABLE)
	require.Contains(t, a.text, other.Primary())
	requireProblem(t, w.call(t, http.MethodPost, "/v1/codec/decode", `{"payloads":[]}`), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_INVALID_FIELD)
	requireProblem(t, w.call(t, http.MethodPost, "/v1/codec/decode", `{"payload":[]}`), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_UNKNOWN_FIELD)
}
