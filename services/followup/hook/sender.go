package hook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"code.dny.dev/ssrf"
)

const (
	// secretPrefix begins secrets as Standard Webhooks writes them.
	secretPrefix = "whsec_"
	// shortestSecret and longestSecret are what Standard Webhooks allows, in bytes.
	shortestSecret, longestSecret = 24, 64
	// headLimit is a technical limit of the answer's head.
	headLimit = 64 << 10
)

// Config says where requests may go, and how much of an answer is waited for.
type Config struct {
	// Allow are the prefixes, addresses and hosts that requests may go to besides the public network, and without TLS.
	Allow []string
	// Timeout is how long a request may take, its answer included.
	Timeout time.Duration
	// SnippetBytes is how much of an answer is kept.
	SnippetBytes int
}

// Deps is what a Sender needs.
type Deps struct {
	// Now is the clock of signatures.
	Now func() time.Time
	// Lookup finds the addresses of a name when a URL is checked; the system's when nil. What is dialled is looked at anyway.
	Lookup Lookup
	// TLS is how others prove who they are; by what the system trusts when nil.
	TLS *tls.Config
}

// Sender sends requests. It is safe for concurrent use.
type Sender struct {
	cfg   Config
	deps  Deps
	guard *guard
	// secured goes to public and allowed addresses, plain to allowed ones, and named wherever a host that is allowed by name is found.
	secured, plain, named *http.Client
}

// New makes a Sender. It fails when what is allowed cannot be read.
func New(cfg Config, deps Deps) (*Sender, error) {
	if cfg.Timeout <= 0 || deps.Now == nil {
		return nil, errors.New("hook: Config.Timeout and Deps.Now are required")
	}
	g, err := newGuard(cfg.Allow)
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	if deps.Lookup == nil {
		deps.Lookup = resolve
	}
	s := &Sender{cfg: cfg, deps: deps, guard: g}
	s.secured = s.client(&net.Dialer{Timeout: cfg.Timeout, Control: g.control(false)})
	s.plain = s.client(&net.Dialer{Timeout: cfg.Timeout, Control: g.control(true)})
	s.named = s.client(&net.Dialer{Timeout: cfg.Timeout})
	return s, nil
}

// client makes requests through a dialer, and through nothing else: a proxy would dial for us.
func (s *Sender) client(dialer *net.Dialer) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: s.deps.TLS, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4,
			IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: headLimit, TLSHandshakeTimeout: s.cfg.Timeout,
		},
		// A redirect would send what was signed for one address to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Check refuses a URL that requests must not go to, with a *RefusedError.
func (s *Sender) Check(ctx context.Context, target string) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return s.guard.check(ctx, target, s.deps.Lookup)
}

// Request is one to send.
type Request struct {
	// URL is where it goes.
	URL string
	// ID is the same each time the same is sent.
	ID string
	// Body is JSON.
	Body []byte
	// Secrets sign it, each as Secret reads it.
	Secrets [][]byte
}

// Outcome is what came of a request.
type Outcome struct {
	// Time is when it began, and Duration how long it took.
	Time     time.Time
	Duration time.Duration
	// Code is what was answered; 0 for nothing.
	Code int
	// Problem is why it is no success, without the URL; empty when it is one.
	Problem string
	// Snippet is the beginning of the answer.
	Snippet string
	// RetryAfter is how long the other side asks us to wait; 0 when it does not.
	RetryAfter time.Duration
}

// Send sends a request once.
func (s *Sender) Send(ctx context.Context, r Request) Outcome {
	out := Outcome{Time: s.deps.Now().UTC()}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if err := s.send(ctx, r, &out); err != nil {
		out.Problem = problem(ctx, err)
	}
	out.Duration = max(s.deps.Now().UTC().Sub(out.Time), 0)
	return out
}

func (s *Sender) send(ctx context.Context, r Request, out *Outcome) error {
	target, err := s.guard.parse(r.URL)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		return err
	}
	signature, err := sign(r, out.Time)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "redress")
	req.Header.Set(standardwebhooks.HeaderWebhookID, r.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(out.Time.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	client := s.secured
	switch {
	case s.guard.named(target.Hostname()):
		client = s.named
	case target.Scheme == "http":
		client = s.plain
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, int64(s.cfg.SnippetBytes))) // What cannot be read was answered all the same.
	out.Code, out.Snippet = answer.StatusCode, snippet(body)
	out.RetryAfter = retryAfter(answer.Header.Get("Retry-After"), out.Time)
	if out.Code < 200 || out.Code > 299 {
		out.Problem = fmt.Sprintf("it answers %d", out.Code)
	}
	return nil
}

// sign is the signatures of all secrets, parted by blanks.
func sign(r Request, at time.Time) (string, error) {
	signatures := make([]string, 0, len(r.Secrets))
	for _, secret := range r.Secrets {
		signer, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return "", err
		}
		signature, err := signer.Sign(r.ID, at, r.Body)
		if err != nil {
			return "", err
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}

// problem says what went wrong without naming the address, in which something secret may stand.
func problem(ctx context.Context, err error) string {
	var refused *RefusedError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &refused):
		return "the URL is refused: " + refused.Problem
	case errors.Is(err, errNotAllowed), errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrProhibitedPort):
		return "its host has an address that is not allowed"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.As(err, &name):
		return "its host is not found"
	case errors.As(err, &certificate), errors.As(err, &record):
		return "it does not prove who it is (TLS)"
	default:
		return "it cannot be reached"
	}
}

// snippet is the beginning of an answer as text.
func snippet(body []byte) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(string(body), ""))
}

// retryAfter reads how long the other side asks us to wait: seconds, or a time. 0 for what is neither.
func retryAfter(text string, now time.Time) time.Duration {
	const most = 366 * 24 * time.Hour
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), most)
}

// Secret reads a secret as Standard Webhooks writes it: "whsec_" and base64 of 24 to 64 bytes.
func Secret(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < shortestSecret || len(key) > longestSecret {
		return nil, fmt.Errorf("a secret is %q and base64 of %d to %d bytes", secretPrefix, shortestSecret, longestSecret)
	}
	return key, nil
}

// MakeSecret makes one of so many random bytes, as Secret reads it.
func MakeSecret(size int) (string, error) {
	key := make([]byte, size)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("hook: make a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(key), nil
}
