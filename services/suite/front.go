package suite

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/redress-dev/redress/services/gateway"
)

// parting is how long REST clients have to give up their connections. One that is closed while a request is on its way leaves its
// client without an answer, and it may not ask again.
const parting = 300 * time.Millisecond

// holdStep is how soon a call that waits for a gateway that starts sees that it has to wait for others, and is refused.
const holdStep = 20 * time.Millisecond

// front answers REST from the moment at which its address is taken. While the process starts, which is soon over, calls wait; while it
// waits for something that others have to bring they are refused.
type front struct {
	listener net.Listener
	server   *http.Server
	starting http.Handler  // Answers about health, and refuses everything else.
	edge     http.Handler  // There once opened is closed.
	opened   chan struct{} // Closed when calls are served.
	refusing atomic.Bool
	leaving  atomic.Bool // Whether clients are told to connect elsewhere.
	failed   chan error  // Why the server ended; once.
}

// newFront begins to answer at the listener. starting is the handler of a gateway that cannot serve yet.
func newFront(ctx context.Context, listener net.Listener, starting http.Handler, config *tls.Config, logger *slog.Logger) *front {
	f := &front{listener: listener, starting: starting, opened: make(chan struct{}), failed: make(chan error, 1)}
	f.server = &http.Server{
		Handler:           http.HandlerFunc(f.answer),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	go func() { f.failed <- serveHTTP(f.server, listener, config, logger) }()
	return f
}

// open has callers served.
func (f *front) open(edge http.Handler) {
	f.edge = edge
	close(f.opened)
}

// answer has clients close their connections after the answer, once the process stops. HTTP/1.1 has no other way to say so.
func (f *front) answer(w http.ResponseWriter, r *http.Request) {
	if f.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	if f.await(r) {
		f.edge.ServeHTTP(w, r)
		return
	}
	f.starting.ServeHTTP(w, r)
}

// await tells whether a call can be served, at the latest once the process has started or waits for others.
func (f *front) await(r *http.Request) bool {
	for {
		select {
		case <-f.opened:
			return true
		default:
		}
		if f.refusing.Load() || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			return false
		}
		select {
		case <-f.opened:
			return true
		case <-r.Context().Done():
			return false
		case <-time.After(holdStep):
		}
	}
}

// serve waits until ctx ends, and has the calls in flight end before it returns, for as long as drain. It fails when the address is not
// served any more.
func (f *front) serve(ctx context.Context, drain time.Duration) error {
	select {
	case err := <-f.failed:
		return fmt.Errorf("suite: HTTP: %w", err)
	case <-ctx.Done():
	}
	f.leaving.Store(true)
	failed := f.listener.Close() // Who connects now is refused, and asks somebody else.
	time.Sleep(parting)
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := errors.Join(failed, f.server.Shutdown(within)); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// gate turns callers of gRPC away while it is shut: a connection that nobody accepts leaves its caller waiting, one that is closed tells
// it at once that the process is not there yet.
type gate struct {
	listener *net.TCPListener
	done     chan struct{} // Closed when nobody is turned away any more; nil while it is open.
}

// shut begins to turn callers away.
func (g *gate) shut() {
	if g.done != nil {
		return
	}
	done := make(chan struct{})
	g.done = done
	go func() {
		defer close(done)
		for {
			conn, err := g.listener.Accept()
			if err != nil {
				return // It is opened, or the process ends.
			}
			_ = conn.Close()
		}
	}()
}

// open leaves the listener to the server.
func (g *gate) open() {
	if g.done == nil {
		return
	}
	_ = g.listener.SetDeadline(time.Unix(1, 0)) // Fails for a listener that is closed, and then nobody is turned away either.
	<-g.done
	g.done = nil
	_ = g.listener.SetDeadline(time.Time{})
}

// receive begins to answer whoever calls.
func (s *Suite) receive(ctx context.Context) error {
	if listener, ok := s.deps.Listeners.grpc.(*net.TCPListener); ok {
		s.gate = &gate{listener: listener}
	}
	if s.deps.Listeners.http == nil {
		return nil
	}
	starting, err := gateway.NewStarting(gateway.EdgeDeps{Ready: s.Ready, Telemetry: s.telemetry, Logger: s.deps.Logger, Now: s.deps.Now})
	if err != nil {
		return err
	}
	s.front = newFront(ctx, s.deps.Listeners.http, starting, s.transport.http, s.deps.Logger)
	s.onClose(s.front.server.Close)
	return nil
}

// refuse says whether callers are refused, because what the process waits for may take long to come.
func (s *Suite) refuse(callers bool) {
	if s.front != nil {
		s.front.refusing.Store(callers)
	}
	switch {
	case s.gate == nil:
	case callers:
		s.gate.shut()
	default:
		s.gate.open()
	}
}
