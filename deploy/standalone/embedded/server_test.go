package embedded_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
)

const taskQueue = "test"

// breach is the search attribute of the tests.
func breach() temporal.SearchAttributeKeyKeywordList {
	return temporal.NewSearchAttributeKeyKeywordList("TestBreach")
}

// wait is a workflow with all that an operator looks at: a summarised timer, a
// search attribute, and a signal that ends it.
func wait(ctx workflow.Context) (string, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, breach().ValueSet([]string{"callback", "hand-off"})); err != nil {
		return "", err
	}
	timer := workflow.NewTimerWithOptions(ctx, time.Second, workflow.TimerOptions{Summary: "call back"})
	if err := timer.Get(ctx, nil); err != nil {
		return "", err
	}
	var word string
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, &word)
	return word, nil
}

func config(t *testing.T) embedded.Config {
	t.Helper()
	return embedded.Config{
		Dir:             filepath.Join(t.TempDir(), "with space, 100% & #?"),
		FrontendAddress: "127.0.0.1:0",
		Namespace:       "redress-test",
		Retention:       48 * time.Hour,
		SearchAttributes: map[string]enumspb.IndexedValueType{
			breach().GetName(): enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
		},
	}
}

// start also proves that the server has nothing to warn of from its start to
// its end.
func start(t *testing.T, cfg embedded.Config) *embedded.Server {
	t.Helper()
	began := time.Now()
	said := &lines{}
	s, err := embedded.Start(t.Context(), cfg, embedded.Deps{Logger: slog.New(slog.NewTextHandler(said, nil))})
	require.NoError(t, err)
	t.Logf("started in %s", time.Since(began))
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.Empty(t, said.String())
	})
	return s
}

// lines is a log that several goroutines write to.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

func stop(t *testing.T, s *embedded.Server) {
	t.Helper()
	began := time.Now()
	require.NoError(t, s.Close())
	t.Logf("closed in %s", time.Since(began))
	require.Less(t, time.Since(began), 5*time.Second)
}

func dial(t *testing.T, s *embedded.Server, namespace string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: s.FrontendAddress(), Namespace: namespace, Logger: testLogger(t)})
	require.NoError(t, err)
	return c
}

func TestWorkflowOutlivesRestart(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	s := start(t, cfg)
	id := s.NamespaceID()
	require.NotEmpty(t, id)
	c := dial(t, s, cfg.Namespace)
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(wait)
	require.NoError(t, w.Start())
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "complaint/1/1", TaskQueue: taskQueue}, wait)
	require.NoError(t, err)
	requireListed(ctx, t, c, `TestBreach = "callback"`, "complaint/1/1")
	requireListed(ctx, t, c, `TestBreach = "hand-off" AND ExecutionStatus = "Running"`, "complaint/1/1")
	require.NoError(t, c.SignalWorkflow(ctx, run.GetID(), "", "end", "spoken"))
	var word string
	require.NoError(t, run.Get(ctx, &word))
	require.Equal(t, "spoken", word)
	w.Stop()
	c.Close()
	stop(t, s)

	s = start(t, cfg)
	require.Equal(t, id, s.NamespaceID(), "the same data is served again")
	c = dial(t, s, cfg.Namespace)
	defer c.Close()
	requireListed(ctx, t, c, `TestBreach = "callback" AND ExecutionStatus = "Completed"`, "complaint/1/1")
	require.Equal(t, "call back", timerSummary(ctx, t, c, run))
}

// requireListed waits for visibility, which follows the workflow's own history.
func requireListed(ctx context.Context, t *testing.T, c client.Client, query, id string) {
	t.Helper()
	require.Eventually(t, func() bool {
		found, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		return err == nil && len(found.GetExecutions()) == 1 && found.GetExecutions()[0].GetExecution().GetWorkflowId() == id
	}, 20*time.Second, 20*time.Millisecond, query)
}

func timerSummary(ctx context.Context, t *testing.T, c client.Client, run client.WorkflowRun) string {
	t.Helper()
	events := c.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		if event.GetEventType() == enumspb.EVENT_TYPE_TIMER_STARTED {
			var summary string
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(event.GetUserMetadata().GetSummary(), &summary))
			return summary
		}
	}
	return ""
}

func TestLaterStartChangesNamespace(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	stop(t, start(t, cfg))

	cfg.Retention = 72 * time.Hour
	cfg.SearchAttributes["TestStage"] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	s := start(t, cfg)
	c := dial(t, s, cfg.Namespace)
	defer c.Close()
	found, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: cfg.Namespace})
	require.NoError(t, err)
	require.Equal(t, 72*time.Hour, found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "staged", TaskQueue: taskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("TestStage").ValueSet("received")),
	}, wait)
	require.NoError(t, err)
	requireListed(t.Context(), t, c, `TestStage = "received"`, "staged")
	stop(t, s)

	cfg.SearchAttributes["TestStage"] = enumspb.INDEXED_VALUE_TYPE_INT
	_, err = embedded.Start(t.Context(), cfg, embedded.Deps{Logger: testLogger(t)})
	require.ErrorContains(t, err, "search attribute TestStage of namespace redress-test is a Keyword and cannot become a Int")
}

func TestTakenAddress(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	taken := other.Addr().String()
	for name, test := range map[string]struct {
		change func(*embedded.Config)
		want   string
	}{
		"frontend": {func(c *embedded.Config) { c.FrontendAddress = taken }, "--temporal-addr"},
		"ui":       {func(c *embedded.Config) { c.UIAddress = taken }, "--temporal-ui-addr"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			test.change(&cfg)
			_, err := embedded.Start(t.Context(), cfg, embedded.Deps{Logger: testLogger(t)})
			var inUse *embedded.AddressInUseError
			require.ErrorAs(t, err, &inUse)
			require.EqualError(t, err, taken+" is already in use: stop the other program or choose another address with "+test.want)
			require.NoDirExists(t, cfg.Dir, "nothing was begun")
		})
	}
}

func TestDirectoryHasOneServer(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	s := start(t, cfg)
	_, err := embedded.Start(t.Context(), cfg, embedded.Deps{Logger: testLogger(t)})
	require.ErrorContains(t, err, "is in use by another running server")
	stop(t, s)
	stop(t, start(t, cfg))
}

func TestUnusableConfig(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*embedded.Config){
		"data directory is not set":               func(c *embedded.Config) { c.Dir = "" },
		"retention of closed workflows is 1m0s":   func(c *embedded.Config) { c.Retention = time.Minute },
		"must be FULL or NORMAL":                  func(c *embedded.Config) { c.Synchronous = "off" },
		`search attribute "X" has no usable type`: func(c *embedded.Config) { c.SearchAttributes["X"] = 0 },
		"names no host":                           func(c *embedded.Config) { c.FrontendAddress = ":0" },
		"is not a usable host:port":               func(c *embedded.Config) { c.UIAddress = "127.0.0.1" },
		"make the Temporal data directory":        func(c *embedded.Config) { c.Dir = "/dev/null/temporal" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			change(&cfg)
			_, err := embedded.Start(t.Context(), cfg, embedded.Deps{Logger: testLogger(t)})
			require.ErrorContains(t, err, want)
		})
	}
	_, err := embedded.Start(t.Context(), config(t), embedded.Deps{})
	require.ErrorContains(t, err, "Deps.Logger is required")
}

func TestUIOnlyLooks(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.UIAddress = "127.0.0.1:0"
	s := start(t, cfg)
	page := request(t, http.MethodGet, s, "/namespaces/redress-test/workflows", "")
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Contains(t, page.body, `<div id="svelte">`)
	require.Contains(t, page.Header.Values("Content-Security-Policy"), "connect-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'")

	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(request(t, http.MethodGet, s, "/api/v1/settings", "").body), &settings))
	for _, off := range []string{
		"DisableWriteActions", "WorkflowTerminateDisabled", "WorkflowCancelDisabled", "WorkflowSignalDisabled",
		"WorkflowUpdateDisabled", "WorkflowResetDisabled", "WorkflowPauseDisabled", "BatchActionsDisabled",
		"StartWorkflowDisabled", "ActivityCommandsDisabled", "DisableNewsFetch",
	} {
		require.Equal(t, true, settings[off], off)
	}
	require.Equal(t, false, settings["NotifyOnNewVersion"])
	require.Equal(t, "redress-test", settings["DefaultNamespace"])

	list := request(t, http.MethodGet, s, "/api/v1/namespaces/redress-test/workflows", "")
	require.Equal(t, http.StatusOK, list.StatusCode, list.body)
	terminate := request(t, http.MethodPost, s, "/api/v1/namespaces/redress-test/workflows/x/terminate", "")
	require.Equal(t, http.StatusMethodNotAllowed, terminate.StatusCode, terminate.body)
	require.Equal(t, http.StatusMisdirectedRequest, request(t, http.MethodGet, s, "/api/v1/settings", "rebound.example:80").StatusCode)
}

type response struct {
	*http.Response
	body string
}

func request(t *testing.T, method string, s *embedded.Server, path, host string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.UIAddress()+path, strings.NewReader("{}"))
	require.NoError(t, err)
	req.Host = host
	// What a browser on the page sends; without it the answer to a POST would be
	// about a missing token.
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return response{resp, string(body)}
}
