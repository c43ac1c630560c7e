package channel

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// answerLimit is a technical limit: what an answer says is not looked at, but a connection is used again once it was read.
const answerLimit = 64 << 10

// shortestSecret is the fewest bytes that Standard Webhooks allows for a secret.
const shortestSecret = 24

// WebhookConfig says where requests go.
type WebhookConfig struct {
	// URL is where they are posted to.
	URL string
	// Secret signs them: "whsec_" and base64, as Standard Webhooks writes secrets.
	Secret string
	// Now is the clock of the signature.
	Now func() time.Time
	// Transport makes the requests; http.DefaultTransport's kind when nil.
	Transport http.RoundTripper
}

// Webhook posts messages as signed requests: the headers webhook-id, webhook-timestamp and webhook-signature of Standard Webhooks.
type Webhook struct {
	cfg    WebhookConfig
	key    []byte
	client *http.Client
}

// NewWebhook checks the configuration; its error names what is wrong, but no secret. It does not connect.
func NewWebhook(cfg WebhookConfig) (*Webhook, error) {
	target, err := url.Parse(cfg.URL)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, errors.New("the webhook's address is no http or https URL")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(cfg.Secret, "whsec_"))
	if err != nil || len(key) < shortestSecret {
		return nil, fmt.Errorf("the webhook's secret is not whsec_ with base64 of %d bytes or more", shortestSecret)
	}
	if cfg.Now == nil {
		return nil, errors.New("the webhook has no clock")
	}
	return &Webhook{cfg: cfg, key: key, client: &http.Client{
		Transport: cfg.Transport,
		// A redirect would send what was signed for one address to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// request is the body, by the layout that Standard Webhooks recommends.
type request struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

// Send implements Channel.
func (w *Webhook) Send(ctx context.Context, m Message) (string, error) {
	now := w.cfg.Now().UTC()
	data := map[string]any{
		"recipient": m.Recipient, "language": m.Language, "subject": m.Subject, "text": m.Text,
	}
	if m.Link != "" {
		data["link"] = m.Link
	}
	if m.Unsubscribe != "" {
		data["unsubscribe"] = m.Unsubscribe
	}
	maps.Copy(data, m.Details)
	maps.Copy(data, m.Personal)
	body, err := json.Marshal(request{Type: m.Type, Timestamp: now.Format(time.RFC3339), Data: data})
	if err != nil {
		return "", &RefusalError{Problem: "the message cannot be written as JSON"}
	}
	var written atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(wrote httptrace.WroteRequestInfo) {
		if wrote.Err == nil {
			written.Store(true)
			m.handed()
		}
	}})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, w.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return "", errors.New("the webhook's address cannot be used")
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "redress")
	req.Header.Set("webhook-id", m.ID)
	req.Header.Set("webhook-timestamp", stamp)
	req.Header.Set("webhook-signature", w.sign(m.ID, stamp, body))
	answer, err := w.client.Do(req)
	if err != nil { // The error has the address, in which a secret may stand.
		problem := "the webhook cannot be reached"
		if late(ctx) {
			problem = "the webhook did not answer in time"
		}
		if written.Load() {
			return "", &UnsureError{Problem: problem + "; whether it has the message is not known"}
		}
		return "", errors.New(problem)
	}
	_, _ = io.CopyN(io.Discard, answer.Body, answerLimit)
	_ = answer.Body.Close()
	if err := judged(answer.StatusCode); err != nil {
		return "", err
	}
	return strconv.Itoa(answer.StatusCode) + " for webhook-id " + m.ID, nil
}

// sign is the signature over id, time and body.
func (w *Webhook) sign(id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, w.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// judged tells what a status means: taken, never, or perhaps later. A receiver that does not know us, or cannot be found, may be
// mended; one that cannot read this message, or wants no more of them, will not be by sending it again.
func judged(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case slices.Contains([]int{
		http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
	}, status):
		return &RefusalError{Problem: fmt.Sprintf("the webhook answers %d", status)}
	default:
		return fmt.Errorf("the webhook answers %d", status)
	}
}
