package e2e_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/embedded"
	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
	"github.com/redress-dev/redress/workflows/complaint"
)

const (
	// stopping is how long the embedded Temporal may take to end.
	stopping = 10 * time.Second
	// pace is the pause between two complaints of an outage.
	pace = 200 * time.Millisecond
	// everyFifth complaint of an outage is left without a call.
	everyFifth = 5
	// catchUp is how long things may take after the outage.
	catchUp = 90 * time.Second
)

// outageLength is how long Temporal is away: some seconds by default, a minute with `make test-crash`.
func outageLength(t *testing.T) time.Duration {
	t.Helper()
	text, ok := os.LookupEnv("REDRESS_OUTAGE")
	if !ok {
		return 5 * time.Second
	}
	length, err := time.ParseDuration(text)
	require.NoError(t, err, "REDRESS_OUTAGE")
	return length
}

// TestCrashTemporal takes Temporal away for a while. Complaints and attempts go on to be recorded, and reading tells what is
// overdue. Afterwards every complaint has its workflow, what was done in time counts as done in time, and what fell due
// meanwhile is missed as of its due time.
func TestCrashTemporal(t *testing.T) {
	covers.Requirement(t, "API-1", "CALL-2", "CLK-1")
	a := newApart(t)
	forgotten := a.file(t)
	due := forgotten.Targets.Callback
	a.awaitWorkflow(t, forgotten)
	time.Sleep(time.Until(due.Add(-stopping)))

	require.NoError(t, a.temporal.Close())
	began := time.Now()
	require.Less(t, began, due, "stopping Temporal took too long for this test")
	_, err := new(net.Dialer).DialContext(t.Context(), "tcp", a.config.FrontendAddress)
	require.Error(t, err, "Temporal has not gone away")
	var reached, alone []filed
	until := began.Add(outageLength(t))
	if least := due.Add(time.Second); until.Before(least) {
		until = least
	}
	for n := 1; time.Now().Before(until); n++ {
		c := a.file(t)
		if n%everyFifth == 0 {
			alone = append(alone, c)
		} else {
			a.reach(t, c)
			reached = append(reached, c)
		}
		time.Sleep(pace)
	}
	d := a.callback(t, forgotten)
	require.True(t, d.Overdue, "overdue is exact at the moment of reading")
	require.Equal(t, "VERDICT_UNSPECIFIED", d.Verdict, "somebody settled the duty without a workflow")
	t.Logf("%d complaints filed and %d customers reached in %s without Temporal",
		len(reached)+len(alone), len(reached), time.Since(began).Round(time.Second))

	a.startTemporal(t)
	for _, c := range append(append([]filed{}, reached...), alone...) {
		a.awaitWorkflow(t, c)
	}
	a.requireMissed(t, forgotten)
	for _, c := range alone {
		a.requireMissed(t, c)
	}
	for _, c := range reached {
		a.requireMet(t, c)
	}
	a.audit.logs(t)
}

// apart is Redress in this process, built as the standalone is, but with a Temporal that can be stopped on its own.
type apart struct {
	front    *front
	audit    *audit
	config   embedded.Config
	temporal *embedded.Server
	logger   *slog.Logger
}

func newApart(t *testing.T) *apart {
	t.Helper()
	log := &safeBuffer{}
	a := &apart{logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})), config: embedded.Config{
		Dir: t.TempDir(), FrontendAddress: freeAddresses(t, 1)[0], Namespace: program.Namespace,
		SearchAttributes: complaint.SearchAttributes(),
	}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(log.String()))
		}
	})
	a.startTemporal(t)
	t.Cleanup(func() { require.NoError(t, a.temporal.Close()) })
	policy, err := suite.LoadPolicy(demoPolicy)
	require.NoError(t, err)
	cfg := suite.Config{
		DataDir: a.config.Dir, GRPCAddress: "127.0.0.1:0", HTTPAddress: "127.0.0.1:0", AdminAddress: "off",
		TemporalAddress: a.config.FrontendAddress, Namespace: program.Namespace, Migrate: true,
	}
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := suite.New(t.Context(), cfg, suite.Deps{Policy: policy, Now: time.Now, Logger: a.logger, Listeners: listeners})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, errors.Join(<-done, s.Close()))
	})
	a.front = newFront(t, s.HTTPAddress(), a.config.Dir)
	a.front.ready(t)
	a.audit = newAudit(t, a.front, s.GRPCAddress(), a.config.FrontendAddress, catchUp)
	return a
}

// startTemporal starts Temporal on its data and its address, for the first time or again.
func (a *apart) startTemporal(t *testing.T) {
	t.Helper()
	var err error
	a.temporal, err = embedded.Start(t.Context(), a.config, embedded.Deps{Logger: a.logger})
	require.NoError(t, err)
}

// file files a complaint at the first try.
func (a *apart) file(t *testing.T) filed {
	t.Helper()
	f := filing{key: uuid.NewString()}
	a.front.must(t, http.MethodPost, "/v1/complaints", f.key, f.body(), &f.answer)
	return f.answer
}

// reach records that the customer was reached, at the first try once the callback is known.
func (a *apart) reach(t *testing.T, c filed) {
	t.Helper()
	a.callback(t, c)
	var answer called
	a.front.must(t, http.MethodPost, "/v1/"+c.Name+"/callbacks/1:recordAttempt", uuid.NewString(),
		object{"outcome": "REACHED", "way": "PHONE"}, &answer)
	require.Equal(t, "MET", answer.Verdict)
	d := a.callback(t, c)
	require.Equal(t, "KEPT", d.State, "what was recorded is not read")
	require.False(t, d.Overdue)
}

// owed is what the test reads of a duty.
type owed struct {
	Name, State, Verdict         string
	Overdue, Breached, Corrected bool
	DueTime, FactTime            time.Time
}

// callback waits until the callback of a complaint is known, which takes no Temporal, and returns its duty.
func (a *apart) callback(t *testing.T, c filed) (found owed) {
	t.Helper()
	await(t, 10*time.Second, 20*time.Millisecond, func() string {
		var list struct{ Duties []owed }
		a.front.must(t, http.MethodGet, "/v1/"+c.Name+"/duties", "", nil, &list)
		for _, found = range list.Duties {
			if found.Name == c.Name+"/duties/1-callback" {
				return ""
			}
		}
		return c.Name + " has no callback"
	})
	return found
}

func (a *apart) awaitWorkflow(t *testing.T, c filed) {
	t.Helper()
	await(t, catchUp, quarter, func() string {
		id := "complaint/" + strings.TrimPrefix(c.Name, "complaints/") + "/1"
		if _, err := a.audit.temporal.DescribeWorkflowExecution(t.Context(), id, ""); err != nil {
			return "no workflow " + id + ": " + err.Error()
		}
		return ""
	})
}

// requireMissed requires that a call that nobody made is a breach as of its due time, still owed, and escalated.
func (a *apart) requireMissed(t *testing.T, c filed) {
	t.Helper()
	var d owed
	await(t, catchUp, quarter, func() string {
		if d = a.callback(t, c); d.Verdict == "MISSED" {
			return ""
		}
		return c.Name + ": the callback is not missed, but " + d.Verdict
	})
	require.True(t, d.Breached)
	require.True(t, d.Overdue)
	require.Equal(t, "OPEN", d.State)
	require.Equal(t, c.Targets.Callback, d.DueTime)
	await(t, catchUp, quarter, func() string {
		var missed, escalated bool
		for _, e := range a.timeline(t, c) {
			if e.Details["duty"] != d.Name {
				continue
			}
			at, err := time.Parse(time.RFC3339Nano, e.Details["dueTime"])
			missed = missed || e.Type == "duty_settled" && e.Details["verdict"] == "MISSED" && err == nil && at.Equal(c.Targets.Callback)
			escalated = escalated || e.Type == "escalation_raised"
		}
		if missed && escalated {
			return ""
		}
		return c.Name + ": the breach is not on the timeline, or not escalated"
	})
}

// requireMet requires that a call made without Temporal was in time, and that nobody ever thought otherwise.
func (a *apart) requireMet(t *testing.T, c filed) {
	t.Helper()
	d := a.callback(t, c)
	require.Equal(t, "MET", d.Verdict)
	require.Equal(t, "KEPT", d.State)
	require.False(t, d.Breached)
	require.False(t, d.Corrected)
	require.WithinRange(t, d.FactTime, c.ReceiveTime, c.Targets.Callback)
	for _, e := range a.timeline(t, c) {
		require.False(t, e.Type == "escalation_raised" && e.Details["duty"] == d.Name, "a call that was made was escalated")
	}
}

// told is an entry of a timeline.
type told struct {
	Type    string
	Details map[string]string
}

func (a *apart) timeline(t *testing.T, c filed) []told {
	t.Helper()
	var answer struct {
		Entries       []told
		NextPageToken string
	}
	a.front.must(t, http.MethodGet, "/v1/"+c.Name+"/timeline?pageSize=200", "", nil, &answer)
	require.Empty(t, answer.NextPageToken)
	return answer.Entries
}
