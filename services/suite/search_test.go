package suite_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// TestCustomersAreFoundByABody: telephone numbers, addresses and words stand in no URL, which proxies write down.
func TestCustomersAreFoundByABody(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5", "REC-6")
	h := moveIn(t, func(*suite.Config) {})
	post := func(path, body string) reply { return h.call(http.MethodPost, path, strings.NewReader(body)) }
	found := post("/v1/complaints:search", `{"query": "138 1234 5678"}`)
	require.Equal(t, http.StatusOK, found.status, found.text)
	require.Contains(t, found.text, h.complaint)
	known := post("/v1/customers:lookup", `{"phone": "138 1234 5678"}`)
	require.Equal(t, http.StatusOK, known.status, known.text)
	require.Contains(t, known.text, h.complaint)
	for path, parameter := range map[string]string{"/v1/complaints:search": "query", "/v1/customers:lookup": "phone"} {
		query := fmt.Sprintf("?%s=%s", parameter, url.QueryEscape("+8613812345678"))
		asked := h.call(http.MethodGet, path+query, nil)
		asked.refuses(t, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
		require.Equal(t, "POST", asked.header.Get("Allow"))
		require.Contains(t, asked.text, "use POST")
		post(path+query, `{}`).refuses(t, http.StatusBadRequest, "UNKNOWN_PARAMETER")
	}
	post("/v1/complaints:search", `{"query": " "}`).refuses(t, http.StatusBadRequest, "INVALID_FIELD")
	// By what is not personal, a list finds as well.
	complaint := h.call(http.MethodGet, "/v1/"+h.complaint, nil)
	filter := url.QueryEscape(fmt.Sprintf("reference = %q", complaint.body["reference"]))
	require.Contains(t, h.call(http.MethodGet, "/v1/complaints?filter="+filter, nil).text, h.complaint)
}
