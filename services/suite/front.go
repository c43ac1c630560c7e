package suite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/redress-dev/redress/services/gateway"
)

// parting is how long REST clients have to give up their connections. One that is closed while a request is on its way leaves its
// client without an answer, and it may not ask again.
const parting = 300 * time.Millisecond

// front answers REST from the moment at which its address is taken: first that the gateway starts, then with what it serves.
type front struct {
	listener net.Listener
	server   *http.Server
	handler  atomic.Pointer[http.Handler]
	leaving  atomic.Bool // Whether clients are told to connect elsewhere.
	failed   chan error  // Why the server ended; once.
}

// newFront begins to answer at the listener with the handler of a gateway that starts.
func newFront(ctx context.Context, listener net.Listener, starting http.Handler) *front {
	f := &front{listener: listener, failed: make(chan error, 1)}
	f.handler.Store(&starting)
	f.server = &http.Server{
		Handler:           http.HandlerFunc(f.answer),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	go func() { f.failed <- f.server.Serve(listener) }()
	return f
}

// answer has clients close their connections after the answer, once the process stops. HTTP/1.1 has no other way to say so.
func (f *front) answer(w http.ResponseWriter, r *http.Request) {
	if f.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	(*f.handler.Load()).ServeHTTP(w, r)
}

// open has callers served.
func (f *front) open(handler http.Handler) { f.handler.Store(&handler) }

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

// gate turns callers of gRPC away until it is opened: a connection that nobody accepts leaves its caller waiting, one that is closed tells
// it at once that the process is not there yet.
type gate struct {
	listener *net.TCPListener
	done     chan struct{} // Closed when nobody is turned away any more.
}

func newGate(listener *net.TCPListener) *gate {
	g := &gate{listener: listener, done: make(chan struct{})}
	go func() {
		defer close(g.done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // It is opened, or the process ends.
			}
			_ = conn.Close()
		}
	}()
	return g
}

// open leaves the listener to the server.
func (g *gate) open() {
	_ = g.listener.SetDeadline(time.Unix(1, 0)) // Fails for a listener that is closed, and then nobody is turned away either.
	<-g.done
	_ = g.listener.SetDeadline(time.Time{})
}

// refuseCallers answers whoever calls before the suite can serve.
func (s *Suite) refuseCallers(ctx context.Context) error {
	if listener, ok := s.deps.Listeners.grpc.(*net.TCPListener); ok {
		s.gate = newGate(listener)
	}
	if s.deps.Listeners.http == nil {
		return nil
	}
	starting, err := gateway.NewStarting(gateway.EdgeDeps{Ready: s.Ready, Telemetry: s.telemetry, Logger: s.deps.Logger, Now: s.deps.Now})
	if err != nil {
		return err
	}
	s.front = newFront(ctx, s.deps.Listeners.http, starting)
	s.onClose(s.front.server.Close)
	return nil
}

// letIn has callers served by what was built. Between now and Run they wait for an instant, as they do while a process is busy.
func (s *Suite) letIn() {
	if s.gate != nil {
		s.gate.open()
	}
	if s.front != nil {
		s.front.open(s.edge)
	}
}
