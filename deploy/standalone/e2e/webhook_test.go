package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// hookPolicy is the demo policy with webhooks, which may go to servers of this test.
func hookPolicy(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(demoPolicy)
	require.NoError(t, err)
	text = append(text, []byte("\nwebhooks: {enabled: true, allow: [\"127.0.0.0/8\"], retry_after: 1s, retry_at_most: 2s, give_up_after: 600s}\n")...)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// erp is an outside system that refuses the first request of each event.
type erp struct {
	*httptest.Server

	mu     sync.Mutex
	heads  []http.Header
	bodies [][]byte
	// seen has how often each event came.
	seen map[string]int
}

func newERP(t *testing.T) *erp {
	t.Helper()
	e := &erp{seen: map[string]int{}}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		id := r.Header.Get("webhook-id")
		if e.seen[id]++; e.seen[id] == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		e.heads, e.bodies = append(e.heads, r.Header), append(e.bodies, body)
	}))
	t.Cleanup(e.Close)
	return e
}

// told are the events of a complaint that it took, by service.
func (e *erp) told(t *testing.T, complaint string) map[string][]object {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	told := map[string][]object{}
	for _, body := range e.bodies {
		var o object
		require.NoError(t, json.Unmarshal(body, &o))
		if data := o["data"].(object); data["complaint"] == complaint {
			source := data["source"].(string)
			told[source] = append(told[source], o)
		}
	}
	return told
}

// TestOutsideSystemsAreTold: what happens to a complaint is told by all services, signed, in order, though each request has to be made again.
func TestOutsideSystemsAreTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-3")
	alone(t, hookPolicy(t)).outsideTold(t)
}

// outsideTold is what TestOutsideSystemsAreTold tells, by the policy of hookPolicy.
func (w *world) outsideTold(t *testing.T) {
	there := newERP(t)
	operator := w.as("agents/ops", authv1.Role_OPERATOR)
	status, refused := operator.call(http.MethodPost, "/v1/webhooks", object{"url": "https://10.0.0.7/in"})
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "WEBHOOK_URL_REFUSED", refused["reason"])
	hook := operator.post("/v1/webhooks", object{"url": there.URL, "displayName": "ERP"})
	secret, name := hook["secret"].(string), hook["name"].(string)
	require.Empty(t, operator.get("/v1/" + name)["secret"], "it is shown once")
	complaint := w.file(broadband)
	wanted := map[string][]string{
		"intake": {"complaint_received", "complaint_activated"}, "routing": {"complaint_assigned"}, "followup": {"duty_opened", "message_sent", "duty_settled"},
	}
	w.eventually("all services told it", 3*time.Minute, func() bool {
		told := there.told(t, complaint)
		for source, types := range wanted {
			for _, kind := range types {
				if !slices.ContainsFunc(told[source], func(o object) bool { return o["type"] == kind }) {
					return false
				}
			}
		}
		return true
	})
	for source, all := range there.told(t, complaint) {
		for i, o := range all {
			require.EqualValues(t, i+1, o["data"].(object)["position"], "the events of %s in order, none missing, none twice", source)
		}
	}
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	there.mu.Lock()
	for i := range there.bodies {
		require.NoError(t, verifier.Verify(there.bodies[i], there.heads[i]))
		require.NotContains(t, string(there.bodies[i]), "1100元")
	}
	there.mu.Unlock()
	log := operator.get("/v1/" + name + "/deliveries?filter=state%3D%22DELIVERED%22%20AND%20complaint%3D%22" + complaint + "%22&pageSize=1")
	d := log["deliveries"].([]any)[0].(object)
	require.EqualValues(t, 2, d["attemptCount"])
	require.EqualValues(t, 200, d["responseCode"])
	rotated := operator.post("/v1/"+name+":rotateSecret", object{})
	require.NotEqual(t, secret, rotated["secret"])
	ping := operator.post("/v1/"+name+":ping", object{})
	require.Equal(t, "it answers 503", ping["problem"], "each event is refused once, and a ping is sent once")
	require.NotContains(t, w.said(), secret)
}
