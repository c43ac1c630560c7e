package suite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run serves until ctx ends or a part fails, and drains before it returns: calls in flight are answered, deliveries are left
// at a clean point, the worker finishes its tasks. It returns nil when ctx ended it. Call Close afterwards.
func (s *Suite) Run(ctx context.Context) error {
	if err := s.routing.SyncDirectory(ctx); err != nil {
		return fmt.Errorf("suite: directory: %w", err)
	}
	// The services must answer until relays and worker, which call them, have stopped.
	callers, stopCallers := context.WithCancel(ctx)
	defer stopCallers()
	servers, stopServers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServers()

	serving, servingCtx := errgroup.WithContext(servers)
	serving.Go(func() error { return s.serveGRPC(servingCtx) })
	calling, callingCtx := errgroup.WithContext(callers)
	calling.Go(func() error { return s.serveHTTP(callingCtx) })
	calling.Go(func() error { return s.runWorker(callingCtx) })
	for name, subscribers := range s.subscribers() {
		calling.Go(func() error {
			if err := s.logs[name].Run(callingCtx, subscribers...); err != nil {
				return fmt.Errorf("suite: relay of %s: %w", name, err)
			}
			return nil
		})
	}
	// A server that fails ends everything.
	go func() {
		<-servingCtx.Done()
		stopCallers()
	}()
	callErr := calling.Wait()
	stopServers()
	return errors.Join(callErr, serving.Wait())
}

func (s *Suite) serveGRPC(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		timer := time.AfterFunc(s.cfg.DrainTime, s.grpc.Stop)
		defer timer.Stop()
		s.grpc.GracefulStop()
	}()
	if err := s.grpc.Serve(s.deps.Listeners.grpc); err != nil {
		return fmt.Errorf("suite: gRPC: %w", err)
	}
	<-done // Serve returns nil as soon as stopping begins; calls in flight go on until it is done.
	return nil
}

func (s *Suite) serveHTTP(ctx context.Context) error {
	server := &http.Server{
		Handler:           s.edge,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTime)
		defer cancel()
		done <- server.Shutdown(drain)
	}()
	if err := server.Serve(s.deps.Listeners.http); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("suite: HTTP: %w", err)
	}
	if err := <-done; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
