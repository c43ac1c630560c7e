package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// front is a front end of a standalone that may be down: it has no opinion on what comes back, and any number of
// goroutines may use it.
type front struct {
	base, token string
	http        *http.Client
}

// newFront returns a front end for the REST interface at address, with every role that the crash tests need. The key of
// the installation in dir must exist.
func newFront(t *testing.T, address, dir string) *front {
	t.Helper()
	roles := []authv1.Role{authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_OPERATOR, authv1.Role_AUDITOR}
	token, err := suite.DevelopmentToken(dir, "agents/lin", roles, 2*time.Hour, time.Now)
	require.NoError(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: concurrency}
	t.Cleanup(transport.CloseIdleConnections)
	return &front{base: "http://" + address, token: token, http: &http.Client{Transport: transport, Timeout: time.Minute}}
}

// call makes one call. The error says that there was no whole answer, and then nobody knows what was done.
func (f *front) call(ctx context.Context, method, path, key string, body any) (status int, answer []byte, err error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, f.base+path, reader)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// must makes a call that has to succeed and reads its answer into one.
func (f *front) must(t *testing.T, method, path, key string, body, answer any) {
	t.Helper()
	status, text, err := f.call(t.Context(), method, path, key, body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, "%s %s: %s", method, path, text)
	require.NoError(t, json.Unmarshal(text, answer))
}

// ready waits until complaints can be filed.
func (f *front) ready(t *testing.T) {
	t.Helper()
	await(t, time.Minute, 20*time.Millisecond, func() string {
		status, text, err := f.call(t.Context(), http.MethodGet, "/readyz", "", nil)
		if err == nil && status == http.StatusOK {
			return ""
		}
		return fmt.Sprintf("it is not ready: %d %s, %v", status, text, err)
	})
}

// problem is an error as REST tells it.
type problem struct {
	Code, Reason string
}

// kindOf names an answer that is no success, to be counted: "503 UNAVAILABLE/UNAVAILABLE".
func kindOf(status int, answer []byte) string {
	var p problem
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Sprintf("%d %q", status, answer)
	}
	return fmt.Sprintf("%d %s/%s", status, p.Code, p.Reason)
}

// filed is what the crash tests read of a complaint.
type filed struct {
	Name                    string
	ReceiveTime, CreateTime time.Time
	Targets                 struct{ Callback time.Time }
}

// called is what they read of a callback.
type called struct {
	Name, Duty, State, Verdict string
	DueTime                    time.Time
	Overdue                    bool
}

// all reads every page of a list.
func all[T any](t *testing.T, f *front, collection string) []T {
	t.Helper()
	var list []T
	for token := ""; ; {
		var raw map[string]json.RawMessage
		f.must(t, http.MethodGet, "/v1/"+collection+"?pageSize=200&pageToken="+token, "", nil, &raw)
		var page []T
		require.NoError(t, json.Unmarshal(raw[collection], &page))
		list = append(list, page...)
		require.NoError(t, json.Unmarshal(raw["nextPageToken"], &token))
		if token == "" {
			return list
		}
	}
}
