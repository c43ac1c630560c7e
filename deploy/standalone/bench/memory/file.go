package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	bench "github.com/redress-dev/redress/deploy/standalone/bench/client"
	"github.com/redress-dev/redress/deploy/standalone/bench/fill"
	"github.com/redress-dev/redress/deploy/standalone/bench/server"
	"github.com/redress-dev/redress/deploy/standalone/program"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

const (
	// callers is how many file at a time.
	callers = 16
	// runEvery is how often it is looked whether all workflows run, and runLimit and runEach for how long: some time, and more for each.
	runEvery = time.Second
	runLimit = 10 * time.Minute
	runEach  = 50 * time.Millisecond
)

// file files complaints, waits until each has a workflow and somebody in charge, and makes templates of some.
func file(ctx context.Context, s *server.Server, n int) (found []fill.Template, err error) {
	agent, agentConn, err := intake(s, "agents/lin", authv1.Role_AGENT)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, agentConn.Close()) }()
	service, serviceConn, err := intake(s, "services/bench", authv1.Role_SERVICE)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, serviceConn.Close()) }()
	deck := bench.NewDeck(bench.NewBook())
	group, filing := errgroup.WithContext(ctx)
	group.SetLimit(callers)
	call := agentConn.File(deck)
	for range n {
		group.Go(func() error { return call(filing, 0) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := settled(ctx, s, agent, n); err != nil {
		return nil, err
	}
	found, _, err = fill.Collect(ctx, agent, service, templates)
	return found, err
}

func intake(s *server.Server, subject string, role authv1.Role) (intakev1.IntakeServiceClient, *bench.GRPC, error) {
	token, err := s.Token(subject, role)
	if err != nil {
		return nil, nil, err
	}
	conn, err := bench.DialGRPC(s.GRPC, token)
	return intakev1.NewIntakeServiceClient(conn), conn, err
}

// settled waits until so many workflows run and no complaint is without a department.
func settled(ctx context.Context, s *server.Server, agent intakev1.IntakeServiceClient, n int) error {
	temporal, err := client.Dial(client.Options{HostPort: s.Temporal, Namespace: program.Namespace, Logger: quiet{}})
	if err != nil {
		return err
	}
	defer temporal.Close()
	ctx, cancel := context.WithTimeout(ctx, runLimit+time.Duration(n)*runEach)
	defer cancel()
	for {
		running, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: `ExecutionStatus = "Running"`})
		if err != nil {
			return err
		}
		waiting, err := agent.ListComplaints(ctx, &intakev1.ListComplaintsRequest{Filter: `state = "RECEIVED"`, PageSize: 1})
		if err != nil {
			return err
		}
		if running.GetCount() == int64(n) && len(waiting.GetComplaints()) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d workflows run: %w", running.GetCount(), n, ctx.Err())
		case <-time.After(runEvery):
		}
	}
}

// quiet is a logger that says nothing.
type quiet struct{}

// Debug implements log.Logger, as the others do.
func (quiet) Debug(string, ...any) {}

// Info implements log.Logger.
func (quiet) Info(string, ...any) {}

// Warn implements log.Logger.
func (quiet) Warn(string, ...any) {}

// Error implements log.Logger.
func (quiet) Error(string, ...any) {}
