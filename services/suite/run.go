package suite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"golang.org/x/sync/errgroup"
)

// Run serves until ctx ends or a part fails, and drains before it returns: calls in flight are answered, deliveries are left
// at a clean point, the worker finishes its tasks. It returns nil when ctx ended it. Call Close afterwards.
func (s *Suite) Run(ctx context.Context) error {
	if s.routing != nil {
		if err := s.await(ctx, "directory", func() error { return s.routing.SeedDirectory(ctx) }); err != nil {
			return fmt.Errorf("suite: directory: %w", err)
		}
	}
	// The services must answer until relays and worker, which call them, have stopped.
	callers, stopCallers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCallers()
	servers, stopServers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServers()

	serving, servingCtx := errgroup.WithContext(servers)
	if s.cfg.listens() {
		serving.Go(func() error { return s.serveGRPC(servingCtx) })
	}
	calling, callingCtx := errgroup.WithContext(callers)
	s.startCallers(callingCtx, calling)
	s.state.set("")
	select {
	case <-ctx.Done():
		s.takeLeave(callingCtx)
	case <-callingCtx.Done():
	case <-servingCtx.Done(): // A server that fails ends everything.
	}
	stopCallers()
	callErr := calling.Wait()
	stopServers()
	return errors.Join(callErr, serving.Wait())
}

// takeLeave tells load balancers that this process stops, and goes on serving until they have noticed.
func (s *Suite) takeLeave(ctx context.Context) {
	s.state.set("stopping")
	s.announce(healthv1.HealthCheckResponse_NOT_SERVING)
	select {
	case <-ctx.Done():
	case <-time.After(s.cfg.StopDelay):
	}
}

// startCallers starts what calls the services: the REST edge, the relays and the worker.
func (s *Suite) startCallers(ctx context.Context, calling *errgroup.Group) {
	calling.Go(func() error { // A process of one service without events to deliver has nothing else to wait for.
		<-ctx.Done()
		return nil
	})
	if s.files != nil {
		calling.Go(func() error { s.files.Run(ctx); return nil })
	}
	if s.cfg.has(Gateway) {
		calling.Go(func() error { return s.front.serve(ctx, s.cfg.DrainTime) })
	}
	if s.cfg.has(Worker) {
		calling.Go(func() error { return s.runWorker(ctx) })
		calling.Go(func() error { s.scheduleReviews(ctx); return nil })
	}
	if s.routing != nil {
		calling.Go(func() error { return s.routing.Run(ctx) })
		calling.Go(func() error { return s.routing.Distribute(ctx) })
		calling.Go(func() error { return s.routing.RunLadder(ctx) })
	}
	if s.followup != nil {
		calling.Go(func() error { return s.followup.Run(ctx) })
		calling.Go(func() error { return s.followup.RunWebhooks(ctx) })
	}
	if s.remedy != nil {
		calling.Go(func() error { return s.remedy.Run(ctx) })
	}
	if s.learning != nil {
		calling.Go(func() error { return s.learning.KeepLearning(ctx) })
	}
	subscribers := s.subscribers()
	for role, log := range s.logs {
		calling.Go(func() error {
			if err := log.Run(ctx, subscribers[role]...); err != nil {
				return fmt.Errorf("suite: relay of %s: %w", role, err)
			}
			return nil
		})
	}
	if s.indexer != nil {
		calling.Go(func() error { return s.indexer.Run(ctx) })
	}
	if s.cfg.meetsTemporal() {
		calling.Go(func() error { return s.watchNamespace(ctx) })
	}
	for _, role := range []Role{Intake, Followup, Routing, Remedy, Review} {
		if log, ok := s.logs[role]; ok {
			calling.Go(func() error { return s.deliverToTemporal(ctx, log) })
		}
	}
}

// announce tells load balancers whether the services of this process take calls.
func (s *Suite) announce(status healthv1.HealthCheckResponse_ServingStatus) {
	s.health.SetServingStatus("", status)
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, status)
	}
}

func (s *Suite) serveGRPC(ctx context.Context) error {
	listeners, ending := errgroup.WithContext(ctx) // One that fails ends the other.
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ending.Done()
		timer := time.AfterFunc(s.cfg.DrainTime, s.grpc.Stop)
		defer timer.Stop()
		s.grpc.GracefulStop()
	}()
	s.announce(healthv1.HealthCheckResponse_SERVING)
	for _, listener := range []net.Listener{s.deps.Listeners.grpc, s.inside} {
		listeners.Go(func() error { return s.grpc.Serve(listener) })
	}
	if err := listeners.Wait(); err != nil {
		return fmt.Errorf("suite: gRPC: %w", err)
	}
	<-done // Serve returns nil as soon as stopping begins; calls in flight go on until it is done.
	return nil
}
