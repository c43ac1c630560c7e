package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// readyWithin bounds the questions behind /readyz.
const readyWithin = 2 * time.Second

// serveAdmin answers operators, from before anything else is there until Close: /healthz says that the process lives, /readyz
// whether it serves and if not what it waits for, /metrics what it counts.
func (s *Suite) serveAdmin() {
	if s.deps.Listeners.admin == nil {
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { tell(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { tell(w, s.Ready(r.Context())) })
	mux.Handle("GET /metrics", s.telemetry.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readyWithin}
	s.onClose(server.Close)
	go func() {
		err := serveHTTP(server, s.deps.Listeners.admin, s.transport.admin, s.deps.Logger)
		if !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.deps.Logger.Error("the operators' address is not served any more", "error", err)
		}
	}()
}

// tell answers a question of health.
func tell(w http.ResponseWriter, err error) {
	status, text := http.StatusOK, "ok"
	if err != nil {
		status, text = http.StatusServiceUnavailable, err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text}) // The client is gone; there is nobody to tell.
}

// Ready tells whether this process can take calls now, or why not. Databases are asked, and by a gateway whether any service answers. Temporal is
// not, but for a process that is nothing but a worker, which must be at work: what is filed without it is not lost.
func (s *Suite) Ready(ctx context.Context) error {
	if reason := s.state.reason(); reason != "" {
		return errors.New(reason)
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for role, db := range s.databases {
		if err := db.Ping(ctx); err != nil {
			return fmt.Errorf("the database of %s does not answer: %w", role, db.Failure(err))
		}
	}
	if reason := s.worker.reason(); reason != "" && len(s.cfg.Roles) == 1 && s.cfg.has(Worker) {
		// Where other roles run too, they work without Temporal.
		return fmt.Errorf("the worker %s: Temporal at %s must serve the namespace %s", reason, s.cfg.TemporalAddress, s.cfg.Namespace)
	}
	if !s.cfg.has(Gateway) {
		return nil
	}
	return s.anyService(ctx)
}

// anyService tells whether a gateway reaches one of the services at least. Calls to one that is away are answered with 503 each: a
// gateway that took itself out for it would take the others' calls with it, and so would all its replicas at once.
func (s *Suite) anyService(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // The first that answers is enough.
	answers := make(chan error, len(Roles()))
	asked := 0
	for _, role := range Roles() {
		if !role.stores() {
			continue
		}
		asked++
		go func() {
			resp, err := healthv1.NewHealthClient(s.conn[packageOf(role)]).Check(ctx, &healthv1.HealthCheckRequest{})
			switch {
			case err != nil:
				err = fmt.Errorf("%s does not answer: %w", role, err)
			case resp.GetStatus() != healthv1.HealthCheckResponse_SERVING:
				err = fmt.Errorf("%s is not serving", role)
			}
			answers <- err
		}()
	}
	var all error
	for range asked {
		err := <-answers
		if err == nil {
			return nil
		}
		all = errors.Join(all, err)
	}
	return fmt.Errorf("no service answers: %w", all)
}
