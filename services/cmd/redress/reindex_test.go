package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReindex: beside a running process the index is made anew, and complaints are found by words as before.
func TestReindex(t *testing.T) {
	t.Parallel()
	dir := installation(t)
	require.Equal(t, outcome{out: "0 of 0 texts\nready: the index, of 0 texts\n"}, call(t, []string{"reindex", "--data-dir", dir}))
	out, errors, _ := begin(t, []string{"serve", "all", "--data-dir", dir, "--grpc-addr=127.0.0.1:0", "--http-addr=127.0.0.1:0", "--admin-addr=off"},
		"REDRESS_TEMPORAL_ADDR="+closedAddress(t))
	require.Eventually(t, func() bool { return strings.HasSuffix(out.String(), "\n") }, time.Minute, 10*time.Millisecond, errors)
	_, rest, _ := strings.Cut(strings.TrimSpace(out.String()), "REST at ")
	rest, _, _ = strings.Cut(rest, ";")
	token := strings.TrimSpace(call(t, []string{"token", "--data-dir", dir, "--roles", "agent"}).out)
	request := func(method, path, body string) (answer struct {
		Name    string
		Results []struct{ Complaint struct{ Name string } }
	}) {
		req, err := http.NewRequestWithContext(t.Context(), method, rest+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { require.NoError(t, resp.Body.Close()) }()
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
		return answer
	}
	filed := request(http.MethodPost, "/v1/complaints", `{"statement": "The refrigerator broke", "complainant": {"customerId": "1"}}`)
	found := func() bool {
		results := request(http.MethodPost, "/v1/complaints:search", `{"query": "refrigerator"}`).Results
		return len(results) == 1 && results[0].Complaint.Name == filed.Name
	}
	require.Eventually(t, found, time.Minute, 10*time.Millisecond)
	got := call(t, []string{"reindex", "--data-dir", dir})
	require.Equal(t, outcome{out: "0 of 1 texts\nready: the index, of 1 texts\n"}, got)
	require.True(t, found())
	got = call(t, []string{"reindex", "--data-dir", dir, "--restart"})
	require.Equal(t, outcome{out: "0 of 1 texts\nready: the index, of 1 texts\n"}, got)

	got = call(t, []string{"reindex", "--data-dir", t.TempDir()})
	require.Equal(t, 1, got.code)
	require.Contains(t, got.errors, "vault")
}
