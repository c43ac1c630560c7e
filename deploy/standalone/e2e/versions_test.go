package e2e_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// workerOf is the configuration of a worker of its own beside a standalone, of a version.
func (w *world) workerOf(build string) suite.Config {
	cfg := freePorts(w.dir)
	cfg.Roles, cfg.AdminAddress = []suite.Role{suite.Worker}, "off"
	cfg.IntakeAddress, cfg.RoutingAddress, cfg.RemedyAddress, cfg.FollowupAddress, cfg.ReviewAddress = w.intake, w.intake, w.intake, w.intake, w.intake
	cfg.TemporalAddress, cfg.Namespace, cfg.WorkerDeployment, cfg.WorkerBuild = w.temporalAddress, program.Namespace, "redress", build
	return cfg
}

// employ runs such a worker until the test ends.
func (w *world) employ(policy, build string) {
	w.t.Helper()
	cfg := w.workerOf(build)
	rules, err := suite.LoadPolicy(policy)
	require.NoError(w.t, err)
	listeners, err := suite.Listen(cfg)
	require.NoError(w.t, err)
	s, err := suite.New(w.t.Context(), cfg, suite.Deps{Policy: rules, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Listeners: listeners})
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		require.NoError(w.t, <-done)
		require.NoError(w.t, s.Close())
	})
}

// promote makes a version the current one, as soon as Temporal has seen its workers.
func (w *world) promote(build string) {
	w.t.Helper()
	w.eventually(build+" is promoted", time.Minute, func() bool {
		report, err := suite.ReplayGate(w.t.Context(), w.workerOf(build), 0, slog.New(slog.DiscardHandler), time.Now)
		require.NoError(w.t, err)
		require.Zero(w.t, report.Failed(), "%v", report.Failures)
		return suite.Promote(w.t.Context(), w.workerOf(build), slog.New(slog.DiscardHandler), time.Now) == nil
	})
}

// buildOf is the version that a complaint's workflow went on with last; empty for none.
func (w *world) buildOf(complaint string) string {
	w.t.Helper()
	resp, err := w.temporal.DescribeWorkflowExecution(w.t.Context(), workflowID(complaint), "")
	require.NoError(w.t, err)
	return resp.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId()
}

// TestWorkersOfAVersionWaitForPromotion: a worker with a version does nothing before its version is the current one; then it begins what is new and
// goes on with what older ones began; the version before takes over again when it is promoted again.
func TestWorkersOfAVersionWaitForPromotion(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "OPS-1")
	cfg := freePorts(t.TempDir())
	cfg.WorkerDeployment, cfg.WorkerBuild = "redress", "1"
	w := startAs(t, cfg, "")
	acknowledged := func() string {
		name := w.file("call me")
		w.eventually("acknowledged", time.Minute, func() bool { return w.duty(name, "1-acknowledge")["state"] == "KEPT" })
		return name
	}
	waiting := w.file("call me")
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		require.NotEqual(t, "KEPT", w.duty(waiting, "1-acknowledge")["state"], "nobody promoted it")
	}
	w.promote("1")
	w.eventually("acknowledged", time.Minute, func() bool { return w.duty(waiting, "1-acknowledge")["state"] == "KEPT" })
	w.eventually("the version is on record", time.Minute, func() bool { return w.buildOf(waiting) == "1" })

	w.employ("", "2")
	begun := acknowledged()
	w.eventually("what begins before the promotion is the old version's", time.Minute, func() bool { return w.buildOf(begun) == "1" })
	w.promote("2")
	w.eventually("new workflows are the next version's", time.Minute, func() bool { return w.buildOf(acknowledged()) == "2" })
	w.post("/v1/"+waiting+"/callbacks/1:recordAttempt", object{"outcome": "REACHED", "way": "PHONE"})
	w.eventually("those that run go over to it", time.Minute, func() bool { return w.buildOf(waiting) == "2" })
	w.promote("1")
	w.eventually("and back", time.Minute, func() bool { return w.buildOf(acknowledged()) == "1" })
}
