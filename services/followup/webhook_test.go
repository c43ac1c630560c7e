package followup_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// verified tells whether a request is signed with a secret.
func verified(t *testing.T, secret string, r taken) bool {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	return verifier.VerifyIgnoringTimestamp(r.body, r.heads) == nil // The clock is the test's.
}

// TestWebhook: an outside system is told of what happens, once, signed, in order, and of nothing that identifies a customer.
func TestWebhook(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	before := o.intake.record(t, o.complaint(), 1, o.received(t, policyv1.Severity_HIGH))
	o.clock.Set(start().Add(time.Hour))
	w := o.subscribe(t, there.URL+"/in")
	require.Equal(t, followupv1.Webhook_ACTIVE, w.GetState())
	require.NotEmpty(t, w.GetSecret())
	require.Empty(t, o.read(t, w).GetSecret(), "it is shown once")
	name := o.complaint()
	received := o.happens(t, name, o.received(t, policyv1.Severity_HIGH))
	o.clock.Set(start().Add(time.Hour + time.Second))
	wroteTo := wrote(eventv1.MessageRecorded_CUSTOMER)
	wroteTo.GetMessageRecorded().Text = &eventv1.Sealed{Customer: customer, Ciphertext: []byte("planted"), Place: "planted"}
	o.happens(t, name, wroteTo)
	o.happens(t, name, &eventv1.Payload{Kind: &eventv1.Payload_MessageSent{MessageSent: &eventv1.MessageSent{Address: "planted***@e***.com", Channel: "mail"}}})
	o.happens(t, name, &eventv1.Payload{Kind: &eventv1.Payload_DeductionAddressed{DeductionAddressed: &eventv1.DeductionAddressed{}}})
	for _, e := range []*eventv1.Event{before, received} { // What is told again, or is older than the subscription, changes nothing.
		_, err := o.facts.ApplyEvents(t.Context(), &eventv1.ApplyEventsRequest{Events: []*eventv1.Event{e}})
		require.NoError(t, err)
	}
	o.send(t, w)
	o.send(t, w)
	got := there.got()
	require.Len(t, got, 3)
	for i, kind := range []string{"complaint_received", "message_recorded", "message_sent"} {
		require.Equal(t, kind, got[i].kind())
		require.True(t, verified(t, w.GetSecret(), got[i]))
		require.NotContains(t, string(got[i].body), "planted")
		require.Equal(t, "/in", got[i].path)
	}
	require.Equal(t, received.GetEventId(), got[0].id)
	var body struct {
		Timestamp time.Time
		Data      struct {
			Event, Source, Complaint, Actor string
			Cycle, Position                 int
			Payload                         struct{ Reference, Severity string }
		}
	}
	require.NoError(t, json.Unmarshal(got[0].body, &body))
	require.True(t, body.Timestamp.Equal(received.GetRecordTime().AsTime()))
	require.Equal(t, name, body.Data.Complaint)
	require.Equal(t, []string{"intake", received.GetEventId(), "agents/lin"}, []string{body.Data.Source, body.Data.Event, body.Data.Actor})
	require.Equal(t, []int{1, 1}, []int{body.Data.Cycle, body.Data.Position})
	require.Equal(t, "R-7K3M-9QX2-C", body.Data.Payload.Reference)
	require.Equal(t, "HIGH", body.Data.Payload.Severity)
	d := o.delivery(t, w, received)
	require.Equal(t, followupv1.WebhookDelivery_DELIVERED, d.GetState())
	require.Equal(t, string(got[0].body), d.GetBody())
	require.Equal(t, name, d.GetComplaint())
	require.EqualValues(t, 200, d.GetResponseCode())
	require.Len(t, d.GetAttempts(), 1)
	require.NotNil(t, o.read(t, w).GetSuccessTime())
	require.Equal(t, []string{"webhook_changed"}, o.types(t, w.GetName()))
}

// TestWebhookOrder: what is not taken is sent again later, and nothing about the same complaint overtakes it; others do.
func TestWebhookOrder(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	stuck, other := o.complaint(), o.complaint()
	there.answers(func(w http.ResponseWriter, r taken) {
		if r.complaint() == stuck {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("we are sorry, we are being mended"))
		}
	})
	first := o.happens(t, stuck, o.received(t, policyv1.Severity_LOW))
	o.happens(t, stuck, wrote(eventv1.MessageRecorded_AGENT))
	o.happens(t, other, o.received(t, policyv1.Severity_LOW))
	o.happens(t, other, wrote(eventv1.MessageRecorded_AGENT))
	o.send(t, w)
	require.ElementsMatch(t, []string{"complaint_received", "complaint_received", "message_recorded"}, there.kinds())
	d := o.delivery(t, w, first)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, d.GetState())
	require.Equal(t, "it answers 500", d.GetProblem())
	require.Equal(t, "we are sorry, we are", d.GetAttempts()[0].GetSnippet())
	require.True(t, d.GetTryTime().AsTime().Equal(o.clock.Now().Add(time.Minute)))
	require.NotNil(t, o.read(t, w))
	o.send(t, w)
	require.Empty(t, there.got(), "its time has not come")
	o.clock.Set(o.clock.Now().Add(time.Minute))
	o.send(t, w)
	require.Equal(t, []string{"complaint_received"}, there.kinds())
	require.True(t, o.delivery(t, w, first).GetTryTime().AsTime().Equal(o.clock.Now().Add(2*time.Minute)), "the pause is twice as long")
	there.answers(nil)
	o.clock.Set(o.clock.Now().Add(2 * time.Minute))
	o.send(t, w)
	require.Equal(t, []string{"complaint_received", "message_recorded"}, there.kinds())
	require.Len(t, o.delivery(t, w, first).GetAttempts(), 3)
	require.Nil(t, o.read(t, w).GetFailingSinceTime())
}

// TestWebhookGivenUp: what is not taken for as long as the policy says waits for somebody to have it sent again, and holds up nothing more.
func TestWebhookGivenUp(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	name := o.complaint()
	there.status(http.StatusBadGateway)
	first := o.happens(t, name, o.received(t, policyv1.Severity_LOW))
	o.send(t, w)
	o.clock.Set(o.clock.Now().Add(time.Hour))
	second := o.happens(t, name, wrote(eventv1.MessageRecorded_AGENT))
	o.send(t, w)
	require.Equal(t, []string{"complaint_received", "complaint_received", "message_recorded"}, there.kinds())
	require.Equal(t, followupv1.WebhookDelivery_DEAD, o.delivery(t, w, first).GetState())
	require.Equal(t, followupv1.WebhookDelivery_WAITING, o.delivery(t, w, second).GetState())
	there.answers(nil)
	again, err := o.hooks.RedriveWebhookDelivery(t.Context(), &followupv1.RedriveWebhookDeliveryRequest{Name: w.GetName() + "/deliveries/" + first.GetEventId()})
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, again.GetState())
	o.send(t, w)
	require.Equal(t, []string{"complaint_received"}, there.kinds())
	res, err := o.hooks.RedriveWebhook(t.Context(), &followupv1.RedriveWebhookRequest{Name: w.GetName()})
	require.NoError(t, err)
	require.Zero(t, res.GetDeliveryCount())
	o.send(t, w)
	require.Equal(t, []string{"message_recorded"}, there.kinds(), "what waits is tried at once")
}

// TestWebhookGone: 410 disables; what happens meanwhile is on record, and is sent when somebody wants it.
func TestWebhookGone(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	there.status(http.StatusGone)
	first := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	o.send(t, w)
	w = o.read(t, w)
	require.Equal(t, followupv1.Webhook_DISABLED, w.GetState())
	require.Equal(t, "The other side answered 410: it wants no more.", w.GetStateReason())
	require.Equal(t, []string{"webhook_changed", "webhook_changed"}, o.types(t, w.GetName()))
	o.clock.Set(o.clock.Now().Add(time.Minute))
	second := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	o.send(t, w)
	require.Len(t, there.got(), 1)
	for _, e := range []*eventv1.Event{first, second} {
		require.Equal(t, followupv1.WebhookDelivery_DEAD, o.delivery(t, w, e).GetState())
	}
	there.answers(nil)
	_, err := o.hooks.UpdateWebhook(t.Context(), &followupv1.UpdateWebhookRequest{Webhook: &followupv1.Webhook{Name: w.GetName(), State: followupv1.Webhook_ACTIVE}})
	require.NoError(t, err)
	o.send(t, w)
	require.Empty(t, there.got())
	res, err := o.hooks.RedriveWebhook(t.Context(), &followupv1.RedriveWebhookRequest{Name: w.GetName(), SinceTime: timestamppb.New(o.clock.Now())})
	require.NoError(t, err)
	require.EqualValues(t, 1, res.GetDeliveryCount())
	o.send(t, w)
	got := there.got()
	require.Len(t, got, 1)
	require.Equal(t, second.GetEventId(), got[0].id)
}

// TestWebhookFailing: a system that takes nothing for as long as the policy says is told no more; one that takes something is.
func TestWebhookFailing(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL)
	there.status(http.StatusServiceUnavailable)
	fail := func() {
		o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
		o.send(t, w)
	}
	fail()
	o.clock.Set(o.clock.Now().Add(time.Hour))
	fail()
	require.Equal(t, followupv1.Webhook_ACTIVE, o.read(t, w).GetState())
	require.True(t, o.read(t, w).GetFailingSinceTime().AsTime().Equal(start()))
	there.answers(nil)
	o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	o.send(t, w)
	there.status(http.StatusServiceUnavailable)
	fail()
	o.clock.Set(o.clock.Now().Add(time.Hour))
	fail()
	require.Equal(t, followupv1.Webhook_ACTIVE, o.read(t, w).GetState(), "it took something meanwhile")
	o.clock.Set(o.clock.Now().Add(time.Hour))
	fail()
	w = o.read(t, w)
	require.Equal(t, followupv1.Webhook_DISABLED, w.GetState())
	require.Contains(t, w.GetStateReason(), "It has taken nothing since ")
}

// TestWebhookFilter: a system is told of what it asked for, as it is known then.
func TestWebhookFilter(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	byType := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.EventTypes = []string{"message_recorded"} })
	bySeverity := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.Severities = []policyv1.Severity{policyv1.Severity_URGENT} })
	byDepartment := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.Departments = []string{"departments/quality"} })
	name := o.complaint()
	o.happens(t, name, o.received(t, policyv1.Severity_LOW))
	o.happens(t, name, wrote(eventv1.MessageRecorded_AGENT))
	o.happens(t, name, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{Department: "departments/quality"}}})
	o.happens(t, name, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{Severity: policyv1.Severity_URGENT}}})
	o.happens(t, name, resolved(o.clock.Now()))
	for w, want := range map[*followupv1.Webhook][]string{
		byType: {"message_recorded"}, bySeverity: {"severity_changed", "complaint_resolved"},
		byDepartment: {"complaint_assigned", "severity_changed", "complaint_resolved"},
	} {
		o.send(t, w)
		require.Equal(t, want, there.kinds())
	}
}
