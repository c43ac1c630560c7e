package followup_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// TestWebhookRotation: for a while both secrets sign; one that others know does not.
func TestWebhookRotation(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.Secret = given })
	require.Equal(t, given, w.GetSecret())
	signedBy := func(secrets ...string) []bool {
		o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
		o.send(t, w)
		got := there.got()
		require.Len(t, got, 1)
		var by []bool
		for _, secret := range secrets {
			by = append(by, verified(t, secret, got[0]))
		}
		return by
	}
	ctx := rpctest.WithKey(t.Context(), "rotate-1")
	rotated, err := o.hooks.RotateWebhookSecret(ctx, &followupv1.RotateWebhookSecretRequest{Name: w.GetName(), Etag: w.GetEtag()})
	require.NoError(t, err)
	again, err := o.hooks.RotateWebhookSecret(ctx, &followupv1.RotateWebhookSecretRequest{Name: w.GetName(), Etag: w.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, rotated.GetSecret(), again.GetSecret(), "the same call has the same answer")
	require.NotEqual(t, given, rotated.GetSecret())
	require.True(t, rotated.GetOldSecretExpireTime().AsTime().Equal(o.clock.Now().Add(10*time.Minute)))
	require.Equal(t, []bool{true, true}, signedBy(given, rotated.GetSecret()))
	o.clock.Set(o.clock.Now().Add(10 * time.Minute))
	require.Equal(t, []bool{false, true}, signedBy(given, rotated.GetSecret()))
	last, err := o.hooks.RotateWebhookSecret(t.Context(), &followupv1.RotateWebhookSecretRequest{Name: w.GetName(), Secret: given, AtOnce: true})
	require.NoError(t, err)
	require.Nil(t, last.GetOldSecretExpireTime())
	require.Equal(t, []bool{true, false}, signedBy(given, rotated.GetSecret()))
	_, err = o.hooks.RotateWebhookSecret(t.Context(), &followupv1.RotateWebhookSecretRequest{Name: w.GetName(), Etag: w.GetEtag()})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	_, err = o.hooks.RotateWebhookSecret(t.Context(), &followupv1.RotateWebhookSecretRequest{Name: w.GetName(), Secret: "whsec_" + strings.Repeat("A", 33)})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// TestWebhookUpdate: fields are changed one by one, and what waits while it is paused is sent afterwards.
func TestWebhookUpdate(t *testing.T) {
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.DisplayName = "ERP" })
	update := func(w *followupv1.Webhook, mask ...string) (*followupv1.Webhook, error) {
		req := &followupv1.UpdateWebhookRequest{Webhook: w}
		if len(mask) > 0 {
			req.UpdateMask = &fieldmaskpb.FieldMask{Paths: mask}
		}
		return o.hooks.UpdateWebhook(t.Context(), req)
	}
	paused, err := update(&followupv1.Webhook{Name: w.GetName(), State: followupv1.Webhook_PAUSED, Etag: w.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, followupv1.Webhook_PAUSED, paused.GetState())
	require.Equal(t, "Said by agents/op.", paused.GetStateReason())
	require.Equal(t, "ERP", paused.GetDisplayName())
	require.NotEqual(t, w.GetEtag(), paused.GetEtag())
	_, err = update(&followupv1.Webhook{Name: w.GetName(), DisplayName: "x", Etag: w.GetEtag()})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	_, err = update(&followupv1.Webhook{Name: w.GetName()}, "secret")
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FIELD_NOT_UPDATABLE.String())
	e := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	o.clock.Set(o.clock.Now().Add(5 * time.Hour))
	o.send(t, w)
	require.Empty(t, there.got())
	there.status(http.StatusTeapot)
	_, err = update(&followupv1.Webhook{Name: w.GetName(), EventTypes: []string{"duty_settled"}}, "display_name", "event_types", "state")
	require.NoError(t, err)
	w = o.read(t, w)
	require.Empty(t, w.GetDisplayName())
	require.Equal(t, followupv1.Webhook_ACTIVE, w.GetState())
	o.send(t, w)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, o.delivery(t, w, e).GetState(), "the time in which it waited does not count")
	disabled, err := update(&followupv1.Webhook{Name: w.GetName(), Url: there.URL + "/b", State: followupv1.Webhook_DISABLED}, "*")
	require.NoError(t, err)
	require.Empty(t, disabled.GetEventTypes())
	require.Equal(t, followupv1.WebhookDelivery_DEAD, o.delivery(t, w, e).GetState())
	_, err = o.hooks.RedriveWebhook(t.Context(), &followupv1.RedriveWebhookRequest{Name: w.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_DISABLED.String())
	_, err = o.hooks.RedriveWebhookDelivery(t.Context(), &followupv1.RedriveWebhookDeliveryRequest{Name: w.GetName() + "/deliveries/" + e.GetEventId()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_DISABLED.String())
	_, err = o.hooks.DeleteWebhook(t.Context(), &followupv1.DeleteWebhookRequest{Name: w.GetName(), Etag: w.GetEtag()})
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	_, err = o.hooks.DeleteWebhook(t.Context(), &followupv1.DeleteWebhookRequest{Name: w.GetName(), Etag: disabled.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, []string{"webhook_changed", "webhook_changed", "webhook_changed", "webhook_changed", "webhook_changed"}, o.types(t, w.GetName()))
}

// TestWebhookPing: a test says what comes of it, whatever the state, and changes nothing.
func TestWebhookPing(t *testing.T) {
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	w := o.subscribe(t, there.URL, func(w *followupv1.Webhook) { w.State = followupv1.Webhook_PAUSED })
	ctx := rpctest.WithKey(t.Context(), "ping-1")
	d, err := o.hooks.PingWebhook(ctx, &followupv1.PingWebhookRequest{Name: w.GetName()})
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_DELIVERED, d.GetState())
	require.Empty(t, d.GetProblem())
	got := there.got()
	require.Len(t, got, 1)
	require.Equal(t, "ping", got[0].kind())
	require.True(t, verified(t, w.GetSecret(), got[0]))
	again, err := o.hooks.PingWebhook(ctx, &followupv1.PingWebhookRequest{Name: w.GetName()})
	require.NoError(t, err)
	require.Equal(t, d.String(), again.String())
	require.Empty(t, there.got(), "the same call sends nothing again")
	there.status(http.StatusGone)
	d, err = o.hooks.PingWebhook(t.Context(), &followupv1.PingWebhookRequest{Name: w.GetName()})
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_DEAD, d.GetState())
	require.Equal(t, "it answers 410", d.GetProblem())
	require.Equal(t, followupv1.Webhook_PAUSED, o.read(t, w).GetState())
	require.Nil(t, o.read(t, w).GetFailingSinceTime())
	_, err = o.hooks.RedriveWebhookDelivery(t.Context(), &followupv1.RedriveWebhookDeliveryRequest{Name: d.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_DELIVERY_NOT_DEAD.String())
}

// TestWebhookLists: pages of subscriptions and of deliveries.
func TestWebhookLists(t *testing.T) {
	t.Parallel()
	o, there := newOutside(t), newSystem(t)
	first, second := o.subscribe(t, there.URL), o.subscribe(t, there.URL)
	list, err := o.hooks.ListWebhooks(t.Context(), &followupv1.ListWebhooksRequest{PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), list.GetWebhooks()[0].GetName())
	require.Empty(t, list.GetWebhooks()[0].GetSecret())
	list, err = o.hooks.ListWebhooks(t.Context(), &followupv1.ListWebhooksRequest{PageSize: 1, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, second.GetName(), list.GetWebhooks()[0].GetName())
	require.Empty(t, list.GetNextPageToken())
	_, err = o.hooks.ListWebhooks(t.Context(), &followupv1.ListWebhooksRequest{PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	older := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	newer := o.happens(t, o.complaint(), o.received(t, policyv1.Severity_LOW))
	req := &followupv1.ListWebhookDeliveriesRequest{Parent: first.GetName(), PageSize: 1, Filter: `state = "WAITING"`}
	page, err := o.hooks.ListWebhookDeliveries(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, first.GetName()+"/deliveries/"+newer.GetEventId(), page.GetDeliveries()[0].GetName())
	require.Empty(t, page.GetDeliveries()[0].GetBody())
	req.PageToken = page.GetNextPageToken()
	page, err = o.hooks.ListWebhookDeliveries(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, first.GetName()+"/deliveries/"+older.GetEventId(), page.GetDeliveries()[0].GetName())
	require.Empty(t, page.GetNextPageToken())
	_, err = o.hooks.ListWebhookDeliveries(t.Context(), &followupv1.ListWebhookDeliveriesRequest{Parent: first.GetName(), PageToken: req.GetPageToken()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	_, err = o.hooks.ListWebhookDeliveries(t.Context(), &followupv1.ListWebhookDeliveriesRequest{Parent: first.GetName(), Filter: `body = "x"`})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
	_, err = o.hooks.RedriveWebhookDelivery(t.Context(), &followupv1.RedriveWebhookDeliveryRequest{Name: first.GetName() + "/deliveries/" + older.GetEventId()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_DELIVERY_NOT_DEAD.String())
}

// TestWebhookRefused: what is not there, must not be, or is said wrongly.
func TestWebhookRefused(t *testing.T) {
	covers.Requirement(t, "API-3")
	t.Parallel()
	o := newOutside(t)
	create := func(w *followupv1.Webhook) error {
		_, err := o.hooks.CreateWebhook(t.Context(), &followupv1.CreateWebhookRequest{Webhook: w})
		return err
	}
	for url, cause := range map[string]string{"https://10.1.2.3/in": "NOT_PUBLIC", "http://8.8.8.8/in": "NOT_HTTPS", "": "MALFORMED", "ftp://x": "MALFORMED"} {
		err := create(&followupv1.Webhook{Url: url})
		rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_WEBHOOK_URL_REFUSED.String())
		rpctest.RequireMetadata(t, err, "cause", cause)
	}
	for _, w := range []*followupv1.Webhook{
		{Url: "https://8.8.8.8", EventTypes: []string{"nothing_such"}}, {Url: "https://8.8.8.8", EventTypes: []string{"deduction_addressed"}},
		{Url: "https://8.8.8.8", EventTypes: []string{"directory_changed"}}, {Url: "https://8.8.8.8", Secret: "whsec_" + strings.Repeat("A", 33)},
		{Url: "https://8.8.8.8", Secret: "short"}, {Url: "https://8.8.8.8/" + strings.Repeat("x", 2000)},
	} {
		rpctest.RequireReason(t, create(w), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	w := o.subscribe(t, "https://8.8.8.8")
	_, err := o.hooks.UpdateWebhook(t.Context(), &followupv1.UpdateWebhookRequest{Webhook: &followupv1.Webhook{Name: w.GetName(), Url: "https://127.0.0.1.example:99999999"}})
	rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_WEBHOOK_URL_REFUSED.String())
	o.subscribe(t, "https://8.8.8.8")
	o.subscribe(t, "https://8.8.8.8")
	err = create(&followupv1.Webhook{Url: "https://8.8.8.8"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_NOT_ALLOWED.String())
	rpctest.RequireMetadata(t, err, "cause", "TOO_MANY")

	none := "webhooks/" + o.ids.ID()
	for _, call := range []func() error{
		func() error {
			_, err := o.hooks.GetWebhook(t.Context(), &followupv1.GetWebhookRequest{Name: none})
			return err
		},
		func() error {
			_, err := o.hooks.UpdateWebhook(t.Context(), &followupv1.UpdateWebhookRequest{Webhook: &followupv1.Webhook{Name: none}})
			return err
		},
		func() error {
			_, err := o.hooks.DeleteWebhook(t.Context(), &followupv1.DeleteWebhookRequest{Name: none})
			return err
		},
		func() error {
			_, err := o.hooks.RotateWebhookSecret(t.Context(), &followupv1.RotateWebhookSecretRequest{Name: none})
			return err
		},
		func() error {
			_, err := o.hooks.PingWebhook(t.Context(), &followupv1.PingWebhookRequest{Name: none})
			return err
		},
		func() error {
			_, err := o.hooks.RedriveWebhook(t.Context(), &followupv1.RedriveWebhookRequest{Name: none})
			return err
		},
		func() error {
			_, err := o.hooks.ListWebhookDeliveries(t.Context(), &followupv1.ListWebhookDeliveriesRequest{Parent: none})
			return err
		},
		func() error {
			_, err := o.hooks.GetWebhookDelivery(t.Context(), &followupv1.GetWebhookDeliveryRequest{Name: w.GetName() + "/deliveries/" + o.ids.ID()})
			return err
		},
		func() error {
			_, err := o.hooks.RedriveWebhookDelivery(t.Context(), &followupv1.RedriveWebhookDeliveryRequest{Name: none + "/deliveries/" + o.ids.ID()})
			return err
		},
	} {
		rpctest.RequireReason(t, call(), codes.NotFound, followupv1.ErrorReason_WEBHOOK_NOT_FOUND.String())
	}
	agent := followupv1.NewWebhookServiceClient(o.harness.Conn("agents/lin", authv1.Role_AGENT))
	_, err = agent.GetWebhook(t.Context(), &followupv1.GetWebhookRequest{Name: w.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

// TestWebhooksOff: without the policy there are none, and nothing is put on record.
func TestWebhooksOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hooks := followupv1.NewWebhookServiceClient(d.harness.Conn("agents/op", authv1.Role_OPERATOR))
	_, err := hooks.CreateWebhook(t.Context(), &followupv1.CreateWebhookRequest{Webhook: &followupv1.Webhook{Url: "https://8.8.8.8"}})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_NOT_ALLOWED.String())
	rpctest.RequireMetadata(t, err, "cause", "OFF")
	_, err = hooks.PingWebhook(t.Context(), &followupv1.PingWebhookRequest{Name: "webhooks/" + d.ids.ID()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_WEBHOOK_NOT_ALLOWED.String())
}

// TestWebhookCreatedOnce: a call that is repeated adds nothing, and has the same answer.
func TestWebhookCreatedOnce(t *testing.T) {
	covers.Requirement(t, "API-1")
	t.Parallel()
	o := newOutside(t)
	ctx := rpctest.WithKey(t.Context(), "create-1")
	req := &followupv1.CreateWebhookRequest{Webhook: &followupv1.Webhook{Url: "https://8.8.8.8"}}
	first, err := o.hooks.CreateWebhook(ctx, req)
	require.NoError(t, err)
	again, err := o.hooks.CreateWebhook(ctx, req)
	require.NoError(t, err)
	require.Equal(t, first.String(), again.String())
	require.NotEmpty(t, again.GetSecret())
	list, err := o.hooks.ListWebhooks(t.Context(), &followupv1.ListWebhooksRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetWebhooks(), 1)
}
