package followup_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
)

// patience bounds how long a test waits for what must come.
const hookPatience = 3 * time.Minute

// run has a process tell outside systems until the test ends.
func run(t *testing.T, service *followup.Service) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- service.RunWebhooks(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// TestWebhookIsolation: a system that is slow delays no other.
func TestWebhookIsolation(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, slow, quick := newOutside(t), newSystem(t), newSystem(t)
	release := make(chan struct{})
	slow.answers(func(http.ResponseWriter, taken) { <-release })
	o.subscribe(t, slow.URL)
	w := o.subscribe(t, quick.URL)
	run(t, o.service)
	var events []*eventv1.Event
	for range 5 {
		events = append(events, o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW)))
	}
	require.Eventually(t, func() bool {
		for _, e := range events {
			if o.delivery(t, w, e).GetState() != followupv1.WebhookDelivery_DELIVERED {
				return false
			}
		}
		return true
	}, hookPatience, 20*time.Millisecond)
	slow.mu.Lock()
	require.LessOrEqual(t, len(slow.requests), 2, "as many as the policy has under way")
	slow.mu.Unlock()
	close(release)
	require.Eventually(t, func() bool {
		slow.mu.Lock()
		defer slow.mu.Unlock()
		return len(slow.requests) == 5
	}, hookPatience, 20*time.Millisecond)
}

// TestWebhookReplicas: however many processes there are, what happens to a complaint is told in order, and once when nobody dies.
func TestWebhookReplicas(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	second, err := followup.New(followup.Config{}, o.deps)
	require.NoError(t, err)
	run(t, o.service)
	run(t, second)
	want := map[string][]string{}
	for range 4 {
		name := o.complaint()
		for i := range 6 {
			p := wrote(eventv1.MessageRecorded_AGENT)
			if i == 0 {
				p = o.received(t, policyv1.Severity_LOW)
			}
			want[name] = append(want[name], o.happens(t, name, p).GetEventId())
		}
	}
	require.Eventually(t, func() bool {
		there.mu.Lock()
		defer there.mu.Unlock()
		return len(there.requests) >= 24
	}, hookPatience, 20*time.Millisecond)
	got := map[string][]string{}
	for _, r := range there.got() {
		got[r.complaint()] = append(got[r.complaint()], r.id)
	}
	require.Equal(t, want, got)
	require.NotEmpty(t, w.GetName())
}

// TestWebhookTakenOver: what a process had under way that was killed is sent by another, once the time of the attempt is over, and before what follows.
func TestWebhookTakenOver(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	name := o.complaint()
	o.happens(t, name, o.received(t, policyv1.Severity_LOW))
	o.happens(t, name, wrote(eventv1.MessageRecorded_AGENT))
	lease := o.clock.Now().Add(70 * time.Second)
	_, list, err := o.store.ClaimDeliveries(t.Context(), strings.TrimPrefix(w.GetName(), "webhooks/"), o.clock.Now(), lease, 1)
	require.NoError(t, err)
	require.Len(t, list, 1)
	o.send(t, w)
	require.Empty(t, there.got())
	o.clock.Set(lease)
	o.send(t, w)
	require.Equal(t, []string{"complaint_received", "message_recorded"}, there.kinds())
}

// TestWebhookStopped: an attempt that ends with the process says nothing of the other side, and is made again at once.
func TestWebhookStopped(t *testing.T) {
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	begun, release := make(chan struct{}, 1), make(chan struct{})
	there.answers(func(http.ResponseWriter, taken) {
		begun <- struct{}{}
		<-release
	})
	stop := run(t, o.service)
	e := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	<-begun
	stop()
	close(release)
	there.answers(nil)
	there.got()
	d := o.delivery(t, w, e)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, d.GetState())
	require.Zero(t, d.GetAttemptCount())
	require.Nil(t, o.read(t, w).GetFailingSinceTime())
	o.send(t, w)
	require.Equal(t, []string{"complaint_received"}, there.kinds())
}
