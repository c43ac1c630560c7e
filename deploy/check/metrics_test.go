package check_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/check"
)

// runbook is the page that alerts lead to.
const runbook = "https://github.com/redress-dev/redress/blob/main/docs/operations.md"

// TestWhatIsAskedForIsEmitted starts Redress, has a complaint filed and its callback made, reads its metrics, and holds every alert and
// every dashboard to them.
func TestWhatIsAskedForIsEmitted(t *testing.T) {
	t.Parallel()
	emitted := emittedMetrics(t)
	headings := check.Headings(read(t, "docs/operations.md"))
	alerts := read(t, "deploy/prometheus/alerts.yml")
	require.NoError(t, check.Alerts([]byte(alerts), emitted, runbook, headings))
	for name, broken := range map[string]struct{ from, to, why string }{
		"nobody emits it":    {"redress_notices_dead", "redress_notices_gone", "nobody emits redress_notices_gone"},
		"no such label":      {`redress_duties_overdue{kind="callback"}`, `redress_duties_overdue{sort="callback"}`, "has no label sort"},
		"no such value":      {`redress_duties_overdue{kind="callback"}`, `redress_duties_overdue{kind="call-back"}`, "never has"},
		"not told apart":     {"max by (log, subscriber)", "max by (log, reader)", "cannot be told apart by reader"},
		"not PromQL":         {"max(redress_notices_dead) > 0", "max(redress_notices_dead > 0", "unclosed left parenthesis"},
		"an unknown key":     {"    for: 5m", "    during: 5m", "during"},
		"no runbook":         {"#redressnoticesdead", "#redressnoticesgone", "must have a heading"},
		"another runbook":    {"#redressnoticesdead", "#redressnoticeswait", "must have a heading"},
		"an unknown urgency": {"severity: page", "severity: loud", "there are page and ticket"},
		"says nothing":       {"summary: '{{ $value }} notices to staff were given up'", "summary: ''", "says nothing"},
		"no template":        {"'{{ $value }} notices to staff were given up'", "'{{ $values }} notices'", "$values"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, check.Alerts([]byte(changed(t, alerts, broken.from, broken.to)), emitted, runbook, headings), broken.why)
		})
	}
	delete(headings, "redressnoticesdead")
	require.ErrorContains(t, check.Alerts([]byte(alerts), emitted, runbook, headings), "RedressNoticesDead: runbook")

	files, err := filepath.Glob(filepath.Join(root, "deploy/grafana/dashboards/*.json"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	ids := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, check.Dashboard(text, []string{"prometheus"}, emitted), file)
		var named struct{ UID string }
		require.NoError(t, json.Unmarshal(text, &named))
		require.False(t, ids[named.UID], named.UID)
		ids[named.UID] = true
	}
	dashboard := read(t, "deploy/grafana/dashboards/deadlines.json")
	for name, broken := range map[string]struct{ from, to, why string }{
		"nobody emits it":  {"redress_duties_due_soon", "redress_duties_due", "nobody emits redress_duties_due"},
		"not PromQL":       {"max by (kind) (", "max by kind (", "unexpected"},
		"an unknown place": {`"uid": "prometheus"`, `"uid": "prometheus"`, ""},
		"no id":            {`"uid": "redress-deadlines"`, `"uid": ""`, "needs a uid"},
		"the same id":      {`"id": 2,`, `"id": 1,`, "has the id of"},
		"one on another":   {`"x": 6,`, `"x": 5,`, "lies on"},
		"too far right":    {`"x": 18,`, `"x": 19,`, "24 columns"},
	} {
		if broken.why == "" {
			require.ErrorContains(t, check.Dashboard([]byte(dashboard), []string{"other"}, emitted), "unknown source", name)
			continue
		}
		require.ErrorContains(t, check.Dashboard([]byte(changed(t, dashboard, broken.from, broken.to)), []string{"prometheus"}, emitted), broken.why, name)
	}
}

// TestScraping: Prometheus reads every process that Compose starts, and what nobody starts is refused.
func TestScraping(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs(filepath.Join(root, composeFile))
	require.NoError(t, err)
	project, err := check.LoadCompose(t.Context(), file, []byte(read(t, composeFile)))
	require.NoError(t, err)
	text := read(t, "deploy/prometheus/prometheus.yml")
	rules := []string{"alerts.yml"}
	jobs, err := check.Scraping([]byte(text), rules, project.ServiceNames())
	require.NoError(t, err)
	require.Contains(t, jobs["temporal"], "temporal")
	require.True(t, check.Handed(project.Services["prometheus"], "tls_ca"))
	for name, broken := range map[string]struct{ from, to, why string }{
		"an unknown key":    {"scrape_interval", "scrape_intervall", "scrape_intervall"},
		"a role less":       {"review, worker", "worker", "nobody reads the metrics of review"},
		"nobody is there":   {"temporal:8000", "temporary:8000", "there is no temporary"},
		"other rules":       {"alerts.yml", "alarms.yml", "there are [alerts.yml]"},
		"plaintext":         {"scheme: https", "scheme: http", "speaks TLS"},
		"no such duration":  {"scrape_interval: 15s", "scrape_interval: 15", "duration"},
		"labels that break": {"target_label: role", "replacement: role", "target_label"},
	} {
		_, err := check.Scraping([]byte(changed(t, text, broken.from, broken.to)), rules, project.ServiceNames())
		require.ErrorContains(t, err, broken.why, name)
	}
}

// emittedMetrics are those of Redress, and the few that others emit.
func emittedMetrics(t *testing.T) check.Metrics {
	t.Helper()
	emitted, err := check.Scraped(scrapeRedress(t))
	require.NoError(t, err)
	require.Greater(t, len(emitted), 80)
	emitted["up"] = map[string][]string{} // Prometheus' own, of each process that it reads.
	// Temporal's server has it in the version that is deployed.
	server := module(t, "go.temporal.io/server")
	var defined []string
	for _, file := range []string{"metric_defs.go", "tags.go"} {
		text, err := os.ReadFile(filepath.Join(server, "common/metrics", file))
		require.NoError(t, err)
		defined = append(defined, regexp.MustCompile(`NewGaugeDef\("\w+"\)|= "\w+"`).FindAllString(string(text), -1)...)
	}
	require.Contains(t, defined, `NewGaugeDef("approximate_backlog_count")`)
	labels := map[string][]string{}
	for _, label := range []string{"namespace", "taskqueue", "task_type"} {
		require.Contains(t, defined, `= "`+label+`"`)
		labels[label] = nil
	}
	emitted["approximate_backlog_count"] = labels
	return emitted
}

// output collects what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// scrapeRedress runs the standalone, has it do some work, and returns its metrics.
func scrapeRedress(t *testing.T) string {
	t.Helper()
	standalone := program(t, "deploy/standalone")
	dir := filepath.Join(t.TempDir(), "var")
	rest, operators := freeAddress(t), freeAddress(t)
	banner, said := &output{}, &output{}
	process := exec.CommandContext(t.Context(), standalone, "--data-dir", dir, "--http-addr", rest, "--admin-addr", operators,
		"--grpc-addr", freeAddress(t), "--temporal-addr", freeAddress(t), "--temporal-ui-addr", "",
		"--policy", filepath.Join(root, "deploy/standalone/policy-demo.yaml"))
	process.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "REDRESS_") })
	process.Stdout, process.Stderr = banner, said
	process.Cancel = func() error { return process.Process.Signal(os.Interrupt) }
	process.WaitDelay = time.Minute
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		_ = process.Process.Signal(os.Interrupt)
		_ = process.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	token := regexp.MustCompile(`TOKEN=(\S+)`)
	require.Eventually(t, func() bool { return token.MatchString(banner.String()) }, 3*time.Minute, 200*time.Millisecond, "it starts")
	c := caller{base: "http://" + rest + "/v1/", token: token.FindStringSubmatch(banner.String())[1]}
	filed := c.post(t, "complaints", `{"statement": "nobody calls me", "complainant": {"displayName": "Wang", "phone": "138 1234 5678"}}`)
	name, _ := filed["name"].(string)
	require.NotEmpty(t, name)
	var page string
	require.Eventually(t, func() bool {
		status, _ := c.try(t, name+"/callbacks/1:recordAttempt", `{"outcome": "REACHED", "way": "PHONE"}`)
		page = get(t, "http://"+operators+"/metrics")
		return status == http.StatusOK && strings.Contains(page, "redress_time_to_contact_seconds_bucket") &&
			strings.Contains(page, "temporal_workflow_task_schedule_to_start_latency_seconds_bucket") &&
			strings.Contains(page, "temporal_local_activity_execution_latency_seconds_bucket")
	}, 3*time.Minute, 500*time.Millisecond)
	return page
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

// get reads a page.
func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(page)
}

// caller makes calls over REST.
type caller struct{ base, token string }

// try makes a call with a key that is the same for the same path.
func (c caller) try(t *testing.T, path, body string) (status int, answer map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Idempotency-Key", "check-"+strings.ReplaceAll(path, "/", "-"))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer
}

// post makes a call that must succeed.
func (c caller) post(t *testing.T, path, body string) map[string]any {
	t.Helper()
	status, answer := c.try(t, path, body)
	require.Equal(t, http.StatusOK, status, answer)
	return answer
}
