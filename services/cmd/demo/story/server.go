package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// callTime is how long one call may take.
const callTime = 10 * time.Second

// server is Redress's REST interface.
type server struct {
	base string
	http *http.Client
}

func newServer(address string) *server {
	return &server{base: "http://" + address, http: &http.Client{Timeout: callTime}}
}

// refusal is an error that Redress answered.
type refusal struct {
	call    string
	status  int
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Error tells the call and the server's own words.
func (r *refusal) Error() string {
	return fmt.Sprintf("%s was answered with %d %s: %s", r.call, r.status, r.Reason, r.Message)
}

// get reads a resource with somebody's token; an empty one is nobody's.
func (s *server) get(ctx context.Context, token, path string, answer proto.Message) error {
	return s.call(ctx, token, http.MethodGet, path, nil, answer)
}

// post sends a command, under an idempotency key of its own.
func (s *server) post(ctx context.Context, token, path string, body, answer proto.Message) error {
	text, err := protojson.Marshal(body)
	if err != nil {
		return err
	}
	return s.call(ctx, token, http.MethodPost, path, text, answer)
}

// patch changes a resource with somebody's token.
func (s *server) patch(ctx context.Context, token, path string, body, answer proto.Message) error {
	text, err := protojson.Marshal(body)
	if err != nil {
		return err
	}
	return s.call(ctx, token, http.MethodPatch, path, text, answer)
}

func (s *server) call(ctx context.Context, token, method, path string, body []byte, answer proto.Message) error {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", uuid.NewString())
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		refused := &refusal{call: method + " " + path, status: resp.StatusCode}
		if json.Unmarshal(text, refused) != nil {
			refused.Message = fmt.Sprintf("%.200q", text)
		}
		return refused
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s answered something else than Redress does: %w", method, path, err)
	}
	return nil
}

// text reads something that is no JSON.
func (s *server) text(ctx context.Context, token, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.http.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &refusal{call: http.MethodGet + " " + path, status: resp.StatusCode, Message: fmt.Sprintf("%.200q", text)}
	}
	return string(text), err
}

// absent tells whether an error means that nobody listens there.
func absent(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}

// forbidden tells whether an error means that the token is not accepted.
func forbidden(err error) bool {
	var refused *refusal
	return errors.As(err, &refused) && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden)
}

// refusedWith tells whether Redress refused a call for a reason.
func refusedWith(err error, reason fmt.Stringer) bool {
	var refused *refusal
	return errors.As(err, &refused) && refused.Reason == reason.String()
}
