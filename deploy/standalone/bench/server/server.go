package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"sync"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// Config says which product to run on which data.
type Config struct {
	// Command is what to run; the configuration is added as its last argument. What it names must call Serve.
	Command []string `json:"-"`
	// Dir is the data directory.
	Dir string
	// Database is a PostgreSQL URL, or empty for SQLite files in Dir.
	Database string
	// Policy is the path of a policy file laid over the built-in default; empty for the default alone.
	Policy string
	// Paused begins with deliveries paused.
	Paused bool
	// NoAdmin leaves out the operators' address, and with it all metrics: what then observes the product is nothing but the log.
	NoAdmin bool
	// Collector is where traces go: host:port of one that takes OTLP over gRPC. None are made when empty.
	Collector string
}

// startLimit is how long a start may take, and stopLimit an orderly end.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 30 * time.Second
	readyEvery = 2 * time.Millisecond
)

// Server is a running product. Orders are given by one goroutine at a time.
type Server struct {
	// GRPC, HTTP, Admin and Temporal are where it answers: host:port each. Admin is empty where there is none.
	GRPC, HTTP, Admin, Temporal string
	// Took is how long it was from the start of the process until /readyz answered 200.
	Took time.Duration

	cfg     Config
	now     func() time.Time
	command *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	log     *tail
}

// Start runs the product and returns when it is ready to file complaints. When it does not get ready, the error has what it wrote
// to standard error.
func Start(ctx context.Context, cfg Config, now func() time.Time) (*Server, error) {
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	line := append(append([]string{}, cfg.Command...), string(text))
	// Stop ends it; the end of ctx must not do so in the middle of an answer, since what it leaves is measured.
	s := &Server{cfg: cfg, now: now, command: exec.CommandContext(context.WithoutCancel(ctx), line[0], line[1:]...), log: &tail{}} //nolint:gosec // It runs itself.
	s.command.Stderr = s.log
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if s.orders, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	s.answers = bufio.NewReader(out)
	began := now()
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("server: it does not get ready: %w", err), s.Stop())
	}
	s.Took = now().Sub(began)
	return s, nil
}

// ready waits until complaints can be filed.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	var at addresses
	line, err := s.answers.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		return fmt.Errorf("it does not say where it answers: %w", err)
	}
	s.GRPC, s.HTTP, s.Admin, s.Temporal = at.GRPC, at.HTTP, at.Admin, at.Temporal
	for {
		if s.asksWell(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(readyEvery):
		}
	}
}

func (s *Server) asksWell(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cmp.Or(s.Admin, s.HTTP)+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// PID is the product's process.
func (s *Server) PID() int { return s.command.Process.Pid }

// Dir is its data directory.
func (s *Server) Dir() string { return s.cfg.Dir }

// Token makes a token for one of the directory's people, good for a day.
func (s *Server) Token(subject string, roles ...authv1.Role) (string, error) {
	return suite.DevelopmentToken(s.cfg.Dir, subject, roles, 24*time.Hour, s.now)
}

// Pause stops deliveries; filing goes on.
func (s *Server) Pause() error { return s.order(orderPause) }

// Resume ends Pause.
func (s *Server) Resume() error { return s.order(orderResume) }

// Free has it collect its garbage and give the memory back, so that what it has is what it needs.
func (s *Server) Free() error { return s.order(orderFree) }

// Profile writes a profile of its processor time to a file until ProfileEnd, and then one of the memory in use beside it.
func (s *Server) Profile(path string) error { return s.order(orderProfile + path) }

// ProfileEnd ends Profile.
func (s *Server) ProfileEnd() error { return s.order(orderStop) }

func (s *Server) order(text string) error {
	if _, err := fmt.Fprintln(s.orders, text); err != nil {
		return fmt.Errorf("server: it takes no orders: %w%s", err, s.log)
	}
	answer, err := s.answers.ReadString('\n')
	if err != nil {
		return fmt.Errorf("server: it does not answer an order: %w%s", err, s.log)
	}
	if answer != "done\n" {
		return fmt.Errorf("server: %s: %s", text, answer)
	}
	return nil
}

// Stop ends it in an orderly way, or after half a minute in another. Its error has the end of what it wrote to standard error.
func (s *Server) Stop() error {
	_ = s.orders.Close() // Closed already when it ended by itself; Wait tells.
	ended := make(chan struct{})
	killer := time.AfterFunc(stopLimit, func() {
		select {
		case <-ended:
		default:
			_ = s.command.Process.Kill()
		}
	})
	defer killer.Stop()
	_, _ = io.Copy(io.Discard, s.answers)
	err := s.command.Wait()
	close(ended)
	if err != nil {
		return fmt.Errorf("server: %w%s", err, s.log)
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// tailSize is how much of it is kept.
const tailSize = 4000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

// String is empty, or a new line and what was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := bytes.TrimSpace(t.text); len(text) > 0 {
		return "\n" + string(text)
	}
	return ""
}
