package followup_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// hooked is a policy with webhooks that may go to servers of the test.
const hooked = `webhooks: {enabled: true, allow: ["127.0.0.0/8"], timeout: 60s, retry_after: 60s, retry_at_most: 240s, give_up_after: 3600s,
  disable_after: 7200s, keep_for: 86400s, secret_overlap: 600s, most_subscriptions: 3, concurrency: 2, snippet_bytes: 20}
`

// taken is a request that an outside system got.
type taken struct {
	id, path string
	heads    http.Header
	body     []byte
}

// kind is the type of event that the request tells of.
func (r taken) kind() string {
	var body struct{ Type string }
	_ = json.Unmarshal(r.body, &body) // Empty for what is no JSON, which no test expects.
	return body.Type
}

// complaint is what the request tells of.
func (r taken) complaint() string {
	var body struct{ Data struct{ Complaint string } }
	_ = json.Unmarshal(r.body, &body)
	return body.Data.Complaint
}

// system is an outside system.
type system struct {
	*httptest.Server

	mu       sync.Mutex
	requests []taken
	// answer is what it does with a request; nil to take it.
	answer func(w http.ResponseWriter, r taken)
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := taken{id: r.Header.Get("webhook-id"), path: r.URL.Path, heads: r.Header, body: body}
		s.mu.Lock()
		s.requests = append(s.requests, got)
		answer := s.answer
		s.mu.Unlock()
		if answer != nil {
			answer(w, got)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// answers changes what it does with requests.
func (s *system) answers(answer func(w http.ResponseWriter, r taken)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// status has it answer a status from now on.
func (s *system) status(code int) {
	s.answers(func(w http.ResponseWriter, _ taken) { w.WriteHeader(code) })
}

// got are the requests since it was asked last.
func (s *system) got() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.requests
	s.requests = nil
	return got
}

// kinds are the types of events that the requests since it was asked last tell of.
func (s *system) kinds() []string {
	var kinds []string
	for _, r := range s.got() {
		kinds = append(kinds, r.kind())
	}
	return kinds
}

// hookDesk is a desk with webhooks.
type hookDesk struct {
	*desk

	hooks followupv1.WebhookServiceClient
	facts followupv1.WebhookSinkServiceClient
}

func newOutside(t *testing.T) *hookDesk {
	t.Helper()
	d := newDeskBy(t, hooked)
	return &hookDesk{
		desk: d, hooks: followupv1.NewWebhookServiceClient(d.harness.Conn("agents/op", authv1.Role_OPERATOR)),
		facts: followupv1.NewWebhookSinkServiceClient(d.harness.Conn("services/relay", authv1.Role_SERVICE)),
	}
}

// subscribe adds a webhook.
func (o *hookDesk) subscribe(t *testing.T, url string, more ...func(*followupv1.Webhook)) *followupv1.Webhook {
	t.Helper()
	w := &followupv1.Webhook{Url: url}
	for _, change := range more {
		change(w)
	}
	w, err := o.hooks.CreateWebhook(t.Context(), &followupv1.CreateWebhookRequest{Webhook: w})
	require.NoError(t, err)
	return w
}

// happens records an event of a complaint and has followup hear it for outside systems.
func (o *hookDesk) happens(t *testing.T, complaint string, p *eventv1.Payload) *eventv1.Event {
	t.Helper()
	e := o.intake.record(t, complaint, 1, p)
	_, err := o.facts.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: e})
	require.NoError(t, err)
	return e
}

// complaint is the name of a new one.
func (o *hookDesk) complaint() string { return "complaints/" + o.ids.ID() }

// send sends what is due of a webhook.
func (o *hookDesk) send(t *testing.T, w *followupv1.Webhook) {
	t.Helper()
	require.NoError(t, o.service.ServeWebhook(t.Context(), strings.TrimPrefix(w.GetName(), "webhooks/")))
}

// read is a webhook as it is now.
func (o *hookDesk) read(t *testing.T, w *followupv1.Webhook) *followupv1.Webhook {
	t.Helper()
	w, err := o.hooks.GetWebhook(t.Context(), &followupv1.GetWebhookRequest{Name: w.GetName()})
	require.NoError(t, err)
	return w
}

// delivery is that of an event.
func (o *hookDesk) delivery(t *testing.T, w *followupv1.Webhook, e *eventv1.Event) *followupv1.WebhookDelivery {
	t.Helper()
	d, err := o.hooks.GetWebhookDelivery(t.Context(), &followupv1.GetWebhookDeliveryRequest{Name: w.GetName() + "/deliveries/" + e.GetEventId()})
	require.NoError(t, err)
	return d
}
