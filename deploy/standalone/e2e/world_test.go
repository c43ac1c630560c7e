package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/redress-dev/redress/deploy/standalone/program"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows"
)

const (
	// demoPolicy has the default's rules in seconds, and a minute to acknowledge something.
	demoPolicy = "testdata/policy.yaml"
	// toldPolicy is the one that the demonstration is told with.
	toldPolicy = "../policy-demo.yaml"
)

// world is a running Redress and a person who uses it.
type world struct {
	t *testing.T
	// program is the standalone; nil where every role is a process of its own.
	program *program.Program
	// gateways are where REST is spoken, intake is where it answers over gRPC, and dir has the keys.
	gateways []string
	intake   string
	dir      string
	// places are the folders with all that is kept, and said is all that was logged.
	places   []string
	said     func() string
	temporal client.Client
	// temporalAddress is where Temporal answers.
	temporalAddress string
	token           string
	log             *safeBuffer
	// slack is what a busy machine may add to the times that the tests require.
	slack time.Duration
	// away is how long a service may be gone while something is read: tests kill them. Readers repeat what had no answer, as front ends do.
	away time.Duration
}

// freePorts is the configuration of a suite that disturbs nobody.
func freePorts(dir string) suite.Config {
	const free = "127.0.0.1:0"
	return suite.Config{DataDir: dir, HTTPAddress: free, GRPCAddress: free, AdminAddress: free, TemporalAddress: free}
}

// start runs a standalone in this process on free ports, in dir, until the test ends or stop is called.
func start(t *testing.T, dir, policy string) *world {
	t.Helper()
	return startAs(t, freePorts(dir), policy)
}

// startAs does it with a configuration of the test's own.
func startAs(t *testing.T, cfg suite.Config, policy string) *world {
	t.Helper()
	w := &world{t: t, dir: cfg.DataDir, log: &safeBuffer{}}
	var err error
	w.program, err = program.New(t.Context(), program.Config{
		Suite: cfg, Program: settings.Program{Policy: policy}, UIAddress: "127.0.0.1:0",
	}, program.Deps{Now: time.Now, Stderr: w.log})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.program.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, w.program.Close())
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	w.gateways, w.intake = []string{w.program.HTTPAddress()}, w.program.GRPCAddress()
	w.places, w.said = []string{cfg.DataDir}, w.log.String
	w.enter(w.program.TemporalAddress())
	return w
}

// enter connects to Temporal, takes a token and waits until complaints can be filed.
func (w *world) enter(temporal string) {
	w.t.Helper()
	w.temporalAddress = temporal
	var err error
	w.temporal, err = client.Dial(client.Options{
		HostPort: temporal, Namespace: program.Namespace, DataConverter: workflows.DataConverter(),
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(w.t, err)
	w.t.Cleanup(w.temporal.Close)
	w.token = w.mint("agents/lin", authv1.Role_AGENT, authv1.Role_SUPERVISOR)
	require.Eventually(w.t, func() bool {
		status, _ := w.call(http.MethodGet, "/readyz", nil)
		return status == http.StatusOK
	}, 10*time.Second+w.slack, 50*time.Millisecond)
}

func (w *world) mint(subject string, roles ...authv1.Role) string {
	w.t.Helper()
	token, err := suite.DevelopmentToken(w.dir, subject, roles, time.Hour, time.Now)
	require.NoError(w.t, err)
	return token
}

// as returns the same world used by somebody else.
func (w *world) as(subject string, roles ...authv1.Role) *world {
	other := *w
	other.token = w.mint(subject, roles...)
	return &other
}

// object is a JSON object.
type object = map[string]any

// call makes a REST call with a fresh idempotency key and returns status and body.
func (w *world) call(method, path string, body any) (int, object) {
	w.t.Helper()
	return w.callKey(method, path, body, uuid.NewString())
}

func (w *world) callKey(method, path string, body any, key string) (int, object) {
	w.t.Helper()
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	case []byte:
		content = b
	default:
		var err error
		content, err = json.Marshal(b)
		require.NoError(w.t, err)
	}
	status, text, err := w.send(method, path, content, key)
	require.NoError(w.t, err)
	var answer object
	require.NoError(w.t, json.Unmarshal(text, &answer), "%s %s answered %d %q", method, path, status, text)
	return status, answer
}

// send makes a call at one of the gateways: at another one where nobody listens, as a load balancer does.
func (w *world) send(method, path string, body []byte, key string) (status int, answer []byte, err error) {
	for _, i := range rand.Perm(len(w.gateways)) {
		status, answer, err = w.sendTo(w.gateways[i], method, path, body, key)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	return status, answer, err
}

func (w *world) sendTo(address, method, path string, body []byte, key string) (status int, answer []byte, err error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+address+path, reader)
	if err != nil {
		return 0, nil, err
	}
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	if method != http.MethodGet && key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// get and post make calls that must succeed.
func (w *world) get(path string) object {
	w.t.Helper()
	until := time.Now().Add(w.away)
	status, answer := w.call(http.MethodGet, path, nil)
	for status == http.StatusServiceUnavailable && time.Now().Before(until) {
		time.Sleep(100 * time.Millisecond)
		status, answer = w.call(http.MethodGet, path, nil)
	}
	require.Equal(w.t, http.StatusOK, status, "GET %s: %v", path, answer)
	return answer
}

func (w *world) post(path string, body any) object {
	w.t.Helper()
	status, answer := w.call(http.MethodPost, path, body)
	require.Equal(w.t, http.StatusOK, status, "POST %s: %v", path, answer)
	return answer
}

// file files a complaint and returns its name.
func (w *world) file(statement string) string {
	w.t.Helper()
	name, ok := w.post("/v1/complaints", object{"statement": statement, "complainant": object{"phone": "+8613812345678"}})["name"].(string)
	require.True(w.t, ok)
	return name
}

// duty reads one duty of a complaint by its id, nil when there is none yet.
func (w *world) duty(complaint, id string) object {
	w.t.Helper()
	status, answer := w.call(http.MethodGet, "/v1/"+complaint+"/duties", nil)
	if status != http.StatusOK {
		return nil
	}
	list, _ := answer["duties"].([]any)
	for _, d := range list {
		if duty, ok := d.(object); ok && duty["name"] == complaint+"/duties/"+id {
			return duty
		}
	}
	return nil
}

// timeline reads the entries of a complaint's timeline in order.
func (w *world) timeline(complaint string) []object {
	w.t.Helper()
	return w.timelineBy(complaint, 200)
}

// timelineBy reads them in pages of a size.
func (w *world) timelineBy(complaint string, size int) (entries []object) {
	w.t.Helper()
	for token := ""; ; {
		page := w.get(fmt.Sprintf("/v1/%s/timeline?pageSize=%d&pageToken=%s", complaint, size, token))
		list, ok := page["entries"].([]any)
		require.True(w.t, ok)
		require.LessOrEqual(w.t, len(list), size)
		for _, e := range list {
			entry, ok := e.(object)
			require.True(w.t, ok)
			entries = append(entries, entry)
		}
		if token, ok = page["nextPageToken"].(string); !ok || token == "" {
			return entries
		}
	}
}

// eventually waits until a condition holds, and says what it waited for. The condition is looked at by the test itself: what is still looked at
// beside a test that has ended would end all tests. However short it should take, a busy machine is waited for, and an attempt that a killed
// worker took with it, which is made again after half a minute, and may be lost twice: that something came in time is shown by the times on
// record.
func (w *world) eventually(what string, within time.Duration, condition func() bool) {
	w.t.Helper()
	within = max(within, 3*time.Minute)
	for until := time.Now().Add(within + w.slack); !condition(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			require.FailNow(w.t, "not in time", what)
		}
	}
}

// safeBuffer is a buffer that many may write to.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write implements io.Writer.
func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
