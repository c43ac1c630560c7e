// Package embedded runs a Temporal server and its web interface inside this
// process, on one SQLite file, so that a newcomer needs no other program.
//
// It is meant for one machine. What is acknowledged survives a crash of the
// process at any moment and, with Config.Synchronous FULL, a loss of power; a
// start on the same directory carries on. It listens on Config.FrontendAddress
// and Config.UIAddress; the services behind the frontend talk to each other
// over loopback ports. The frontend asks nobody who they are, so an address
// beyond loopback belongs behind something that does.
//
// The data file is named after the server's minor version (temporal-1.32.db):
// Temporal migrates SQLite files from no version to another. A new version
// therefore starts empty, with another Server.NamespaceID, and what was running
// has to be started again from the services' own records.
//
// Several servers in one process get along, each with its own directory and
// addresses. Of a closed one, the library keeps a database connection and a few
// idle goroutines until the process ends.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/temporal"
)

const (
	// startLimit bounds Start where the caller's context does not.
	startLimit = time.Minute
	// stopLimit bounds Close. The parts of the server take turns in waiting up
	// to two seconds for those that still talk to them.
	stopLimit = 8 * time.Second
)

// Server is a running Temporal server, with its web interface if wanted.
type Server struct {
	frontend    *net.TCPAddr
	namespaceID string
	temporal    temporal.Server
	ui          *webUI
	lock        *os.File
	logs        logger
	closeOnce   sync.Once
	closeErr    error
}

// Start returns a server that answers on its addresses and whose namespace is
// ready for clients. The error is an *AddressInUseError where a configured
// address is taken, and then nothing was written. On any other error nothing
// goes on running either, except where the library itself gave up half-way
// (out of disk, a damaged file): then the process should end.
func Start(ctx context.Context, cfg Config, deps Deps) (*Server, error) {
	if deps.Logger == nil {
		return nil, errors.New("embedded: Deps.Logger is required")
	}
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	s := &Server{logs: newLogger(deps.Logger, cfg.LogLevel)}
	if err := s.start(ctx, cfg, deps); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, cfg Config, deps Deps) (err error) {
	if s.frontend, err = reserve(cfg.FrontendAddress, frontendOption); err != nil {
		return err
	}
	var uiListener net.Listener
	if cfg.UIAddress != "" {
		if uiListener, err = listen(cfg.UIAddress, uiOption); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				_ = uiListener.Close()
			}
		}()
	}
	if s.lock, err = lockDir(cfg.Dir); err != nil {
		return err
	}
	data, err := openStore(cfg, s.logs)
	if err != nil {
		return err
	}
	if others := data.earlier(); len(others) > 0 {
		deps.Logger.Warn("data files of another Temporal version are left alone", "unused", others, "used", data.path)
	}
	placed, err := placeServices(s.frontend)
	if err != nil {
		return err
	}
	if err := s.run(ctx, serverOptions(placed, data, s.logs)); err != nil {
		return err
	}
	if err := s.prepare(ctx, cfg, deps.Logger); err != nil {
		return err
	}
	if uiListener == nil {
		return nil
	}
	if s.ui, err = newUI(uiListener, reachable(s.frontend), cfg.Namespace, deps.Logger); err != nil {
		return err
	}
	s.ui.serve(uiListener)
	return nil
}

// run builds and starts the server. The libraries report some failures by
// Logger.Fatal, which ends the goroutine here; the logger keeps the reason.
func (s *Server) run(ctx context.Context, options []temporal.ServerOption) error {
	type outcome struct {
		server temporal.Server
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result := outcome{err: errors.New("temporal gave up while starting")}
		defer func() {
			// A Fatal inside sync.OnceValue surfaces as a panic, too.
			if cause := recover(); cause != nil {
				result.err = fmt.Errorf("temporal gave up while starting: %v", cause)
			}
			done <- result
		}()
		server, err := temporal.NewServer(options...)
		if err == nil {
			result.server = server
			err = server.Start()
		}
		result.err = err
	}()
	select {
	case result := <-done:
		s.temporal = result.server
		if result.err == nil {
			return nil
		}
		select {
		case reason := <-s.logs.state.failure:
			return reason
		default:
			return fmt.Errorf("start temporal: %w", result.err)
		}
	case <-ctx.Done():
		go func() {
			if late := <-done; late.server != nil {
				_ = late.server.Stop()
			}
		}()
		return fmt.Errorf("start temporal: %w", ctx.Err())
	}
}

// prepare waits for the server and brings its namespace up to date.
func (s *Server) prepare(ctx context.Context, cfg Config, logs *slog.Logger) error {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  reachable(s.frontend),
		Namespace: cfg.Namespace,
		Logger:    sdklog.NewStructuredLogger(logs),
	})
	if err != nil {
		return fmt.Errorf("connect to temporal: %w", err)
	}
	defer c.Close()
	if err := awaitReady(ctx, c); err != nil {
		return err
	}
	s.namespaceID, err = reconcile(ctx, c, cfg)
	return err
}

// FrontendAddress returns the host:port for SDK clients on this machine.
func (s *Server) FrontendAddress() string { return reachable(s.frontend) }

// UIAddress returns the host:port of the web interface for browsers on this
// machine, empty if there is none.
func (s *Server) UIAddress() string {
	if s.ui == nil {
		return ""
	}
	return reachable(s.ui.address)
}

// NamespaceID identifies the namespace's data. It stays the same for as long as
// the data file lives: one who has started workflows here and later meets
// another id knows that they are gone.
func (s *Server) NamespaceID() string { return s.namespaceID }

// Failed delivers one error if the server gives up while it runs. It cannot be
// repaired from inside; the process should close it and end.
func (s *Server) Failed() <-chan error { return s.logs.state.failure }

// Close stops the web interface and then the server, and returns within a few
// seconds. Workers and clients should be closed before. The error says that the
// server did not stop in time; what it has acknowledged is safe regardless.
// Later calls return the same.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.logs.state.closing.Store(true)
		if s.ui != nil {
			s.ui.stop()
		}
		if s.temporal != nil {
			s.closeErr = s.stopTemporal()
		}
		if s.lock != nil {
			_ = s.lock.Close()
		}
	})
	return s.closeErr
}

func (s *Server) stopTemporal() error {
	done := make(chan error, 1)
	go func() { done <- s.temporal.Stop() }()
	select {
	case err := <-done:
		return err
	case <-time.After(stopLimit):
		return errors.New("temporal is still stopping")
	}
}
