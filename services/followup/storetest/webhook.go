package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

func webhook(id string) followup.Webhook {
	return followup.Webhook{
		ID: id, DisplayName: "ERP", URL: "https://erp.example/in", Types: []string{"duty_settled", "complaint_received"},
		Departments: []string{"departments/quality"}, Severities: []policyv1.Severity{policyv1.Severity_HIGH, policyv1.Severity_URGENT},
		State: followupv1.Webhook_ACTIVE, Reason: "said", StateTime: at(1), Secret: []byte{1, 2}, OldSecret: []byte{3}, OldUntil: at(9),
		CreateTime: at(1), UpdateTime: at(2), Version: 1,
	}
}

// subscribe writes subscriptions.
func subscribe(t *testing.T, env Env, all ...followup.Webhook) {
	t.Helper()
	for _, w := range all {
		change(t, env, w.ID, followup.WebhookChanges{Put: &w})
	}
}

func change(t *testing.T, env Env, id string, changes followup.WebhookChanges) {
	t.Helper()
	_, err := env.Hooks.ChangeWebhook(t.Context(), followup.WebhookChange{ID: id}, func(c *followup.WebhookCase) error {
		c.Changes = changes
		return nil
	})
	require.NoError(t, err)
}

// told is an event on its way.
func told(webhook, complaint, id string, minute int) followup.Delivery {
	return followup.Delivery{
		Webhook: webhook, ID: id, Type: "duty_settled", Complaint: complaint, Body: []byte(`{"id":"` + id + `"}`),
		State: followupv1.WebhookDelivery_WAITING, CreateTime: at(minute), TryTime: at(minute), GiveUpTime: at(minute + 1000),
	}
}

// hear puts deliveries of a complaint on record.
func hear(t *testing.T, env Env, complaint string, list ...followup.Delivery) {
	t.Helper()
	require.NoError(t, env.Hooks.Hear(t.Context(), complaint, followup.Standing{},
		func([]followup.Webhook, followup.Standing) ([]followup.Delivery, error) { return list, nil }, func() {}))
}

// claim begins attempts and tells at what.
func claim(t *testing.T, env Env, webhook string, now, lease, limit int) (list []followup.Delivery, ids []string) {
	t.Helper()
	_, list, err := env.Hooks.ClaimDeliveries(t.Context(), webhook, at(now), at(lease), limit)
	require.NoError(t, err)
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return list, ids
}

// testWebhook: what is written is read, changes are made once for each key, and with their events or not at all.
func testWebhook(t *testing.T, env Env) {
	t.Helper()
	_, err := env.Hooks.Webhook(t.Context(), "a")
	require.ErrorIs(t, err, followup.ErrUnknown)
	w := webhook("a")
	command := idem.Command{Caller: "agents/op", Method: "m", Key: "k", Fingerprint: []byte{1}, Now: at(0), Retention: time.Hour}
	add := func() followup.Done {
		done, err := env.Hooks.ChangeWebhook(t.Context(), followup.WebhookChange{ID: "a", Command: command, Result: "webhooks/a"},
			func(c *followup.WebhookCase) error {
				require.Nil(t, c.Webhook)
				require.Zero(t, c.Count)
				c.Changes = followup.WebhookChanges{Put: &w, Drafts: []eventlog.Draft{{
					Subject: "webhooks/a", Actor: "agents/op", RecordTime: at(0),
					Payload: &eventv1.Payload{Kind: &eventv1.Payload_WebhookChanged{WebhookChanged: &eventv1.WebhookChanged{Webhook: "webhooks/a"}}},
				}}}
				return nil
			})
		require.NoError(t, err)
		return done
	}
	require.Equal(t, followup.Done{Result: "webhooks/a"}, add())
	require.Equal(t, followup.Done{Repeated: true, Result: "webhooks/a"}, add())
	read, err := env.Hooks.Webhook(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, w, read)
	plain := followup.Webhook{ID: "b", URL: "https://b.example", State: followupv1.Webhook_PAUSED, Secret: []byte{5}, CreateTime: at(1), Version: 7}
	subscribe(t, env, plain)
	all, err := env.Hooks.Webhooks(t.Context(), "", 9)
	require.NoError(t, err)
	require.Equal(t, []followup.Webhook{w, plain}, all)
	all, err = env.Hooks.Webhooks(t.Context(), "a", 1)
	require.NoError(t, err)
	require.Equal(t, []followup.Webhook{plain}, all)
	_, err = env.Hooks.ChangeWebhook(t.Context(), followup.WebhookChange{ID: "a"}, func(c *followup.WebhookCase) error {
		require.Equal(t, w, *c.Webhook)
		require.Equal(t, 2, c.Count)
		c.Changes.Delete = true
		return errs.Precondition("NO", "No.")
	})
	require.Equal(t, "NO", errs.Reason(err))
	hear(t, env, "c1", told("a", "c1", "e1", 1))
	change(t, env, "a", followup.WebhookChanges{Delete: true})
	_, err = env.Hooks.Webhook(t.Context(), "a")
	require.ErrorIs(t, err, followup.ErrUnknown)
	_, err = env.Hooks.WebhookDelivery(t.Context(), "a", "e1")
	require.ErrorIs(t, err, followup.ErrUnknown)
	require.Equal(t, []string{"webhook_changed"}, env.Types(t, "webhooks/a"))
}

// testWebhookHear: an event is on record once, and where complaints stand is remembered.
func testWebhookHear(t *testing.T, env Env) {
	t.Helper()
	subscribe(t, env, webhook("a"), webhook("b"))
	var stood []followup.Standing
	bells := 0
	for _, each := range []followup.Standing{{Severity: policyv1.Severity_LOW}, {Department: "departments/quality"}, {}, {Severity: policyv1.Severity_HIGH}} {
		require.NoError(t, env.Hooks.Hear(t.Context(), "c1", each, func(all []followup.Webhook, standing followup.Standing) ([]followup.Delivery, error) {
			require.Len(t, all, 2)
			if len(stood) < 4 { // A transaction may run again.
				stood = append(stood, standing)
			}
			return []followup.Delivery{told("a", "c1", "e1", 1), told("b", "c1", "e1", 1)}, nil
		}, func() { bells++ }))
	}
	require.Equal(t, []followup.Standing{
		{Severity: policyv1.Severity_LOW}, {Department: "departments/quality", Severity: policyv1.Severity_LOW},
		{Department: "departments/quality", Severity: policyv1.Severity_LOW}, {Department: "departments/quality", Severity: policyv1.Severity_HIGH},
	}, stood)
	require.Equal(t, 4, bells)
	waiting, dead, oldest, err := env.Hooks.CountDeliveries(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, waiting)
	require.Zero(t, dead)
	require.Equal(t, at(1), oldest)
	require.NoError(t, env.Hooks.Hear(t.Context(), "c2", followup.Standing{}, func(_ []followup.Webhook, standing followup.Standing) ([]followup.Delivery, error) {
		require.Equal(t, followup.Standing{}, standing)
		return nil, nil
	}, func() { t.Error("nothing was put on record") }))
	err = env.Hooks.Hear(t.Context(), "c1", followup.Standing{}, func([]followup.Webhook, followup.Standing) ([]followup.Delivery, error) {
		return []followup.Delivery{told("a", "c1", "e2", 1)}, errs.Precondition("NO", "No.")
	}, func() {})
	require.Equal(t, "NO", errs.Reason(err))
	_, err = env.Hooks.WebhookDelivery(t.Context(), "a", "e2")
	require.ErrorIs(t, err, followup.ErrUnknown)
}

// testWebhookClaim: of each complaint one delivery is under way, the first, by one of many, and until its time is over nobody else has it.
func testWebhookClaim(t *testing.T, env Env) {
	t.Helper()
	paused := webhook("p")
	paused.State = followupv1.Webhook_PAUSED
	subscribe(t, env, webhook("a"), paused)
	for i := range 3 {
		for _, c := range []string{"c1", "c2", "c3"} {
			hear(t, env, c, told("a", c, fmt.Sprintf("%s-%d", c, i), 1), told("p", c, fmt.Sprintf("%s-%d", c, i), 1))
		}
	}
	var mu sync.Mutex
	var mine []string
	var claiming sync.WaitGroup
	for range 6 {
		claiming.Go(func() {
			_, list, err := env.Hooks.ClaimDeliveries(t.Context(), "a", at(2), at(5), 2)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, d := range list {
				mine = append(mine, d.ID)
			}
		})
	}
	claiming.Wait()
	slices.Sort(mine)
	require.Equal(t, mine, slices.Compact(slices.Clone(mine)), "one of many has it")
	_, rest := claim(t, env, "a", 2, 5, 9) // Those that somebody passed over while another looked at them.
	mine = append(mine, rest...)
	slices.Sort(mine)
	require.Equal(t, []string{"c1-0", "c2-0", "c3-0"}, mine)
	due, err := env.Hooks.DueWebhooks(t.Context(), at(2))
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, due)
	_, none := claim(t, env, "a", 4, 9, 9)
	require.Empty(t, none)
	list, again := claim(t, env, "a", 5, 9, 9)
	require.Equal(t, []string{"c1-0", "c2-0", "c3-0"}, again, "whoever had them is gone")
	require.EqualValues(t, 2, list[0].Attempts)
	require.JSONEq(t, `{"id":"c1-0"}`, string(list[0].Body))
	_, none = claim(t, env, "p", 5, 9, 9)
	require.Empty(t, none, "it is paused")
}

// testWebhookSettle: what was taken lets the next one go; what was not has those behind it wait as long; who lost a delivery says nothing of it.
func testWebhookSettle(t *testing.T, env Env) {
	t.Helper()
	subscribe(t, env, webhook("a"))
	hear(t, env, "c1", told("a", "c1", "e1", 1), told("a", "c1", "e2", 1))
	list, _ := claim(t, env, "a", 2, 4, 9)
	first := list[0]
	first.Code, first.Problem, first.TryTime = 500, "it answers 500", at(10)
	first.Log = []*followupv1.WebhookAttempt{{ResponseCode: 500, Problem: "it answers 500", Snippet: "no"}}
	w, err := env.Hooks.SettleDelivery(t.Context(), first, at(3))
	require.NoError(t, err)
	require.Equal(t, at(3), w.FailingSince)
	_, none := claim(t, env, "a", 9, 12, 9)
	require.Empty(t, none)
	due, err := env.Hooks.DueWebhooks(t.Context(), at(9))
	require.NoError(t, err)
	require.Empty(t, due, "what stands behind is not looked at in vain")
	hear(t, env, "c1", told("a", "c1", "e3", 4))
	due, err = env.Hooks.DueWebhooks(t.Context(), at(9))
	require.NoError(t, err)
	require.Empty(t, due, "nor is what comes after")

	list, _ = claim(t, env, "a", 10, 12, 9)
	late := list[0]
	require.Len(t, late.Log, 1)
	require.Equal(t, "no", late.Log[0].GetSnippet())
	list, _ = claim(t, env, "a", 12, 14, 9) // Another process has it now.
	late.State, late.Problem, late.TryTime = followupv1.WebhookDelivery_DEAD, "late", at(12)
	_, err = env.Hooks.SettleDelivery(t.Context(), late, at(12))
	require.NoError(t, err)
	read, err := env.Hooks.WebhookDelivery(t.Context(), "a", "e1")
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, read.State)
	done := list[0]
	done.State, done.Problem, done.Code, done.EndTime = followupv1.WebhookDelivery_DELIVERED, "", 204, at(13)
	w, err = env.Hooks.SettleDelivery(t.Context(), done, at(13))
	require.NoError(t, err)
	require.Zero(t, w.FailingSince)
	require.Equal(t, at(13), w.SuccessTime)
	list, ids := claim(t, env, "a", 13, 20, 9)
	require.Equal(t, []string{"e2"}, ids)
	_, err = env.Hooks.SettleDelivery(t.Context(), list[0], at(14)) // The process ended before it was attempted.
	require.NoError(t, err)
	list, ids = claim(t, env, "a", 14, 20, 9)
	require.Equal(t, []string{"e2"}, ids)
	require.EqualValues(t, 1, list[0].Attempts)

	change(t, env, "a", followup.WebhookChanges{GiveUp: "disabled", Time: at(15)})
	waiting, dead, _, err := env.Hooks.CountDeliveries(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{0, 2}, []int64{waiting, dead})
	list[0].State, list[0].EndTime = followupv1.WebhookDelivery_DELIVERED, at(16)
	_, err = env.Hooks.SettleDelivery(t.Context(), list[0], at(16))
	require.NoError(t, err)
	read, err = env.Hooks.WebhookDelivery(t.Context(), "a", "e2")
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_DELIVERED, read.State, "it was taken after all")
	change(t, env, "a", followup.WebhookChanges{Delete: true})
	_, err = env.Hooks.SettleDelivery(t.Context(), list[0], at(16))
	require.ErrorIs(t, err, followup.ErrUnknown)
}

// testWebhookRedrive: what was given up is tried again, one or all since a time; pings are not.
func testWebhookRedrive(t *testing.T, env Env) {
	t.Helper()
	subscribe(t, env, webhook("a"))
	for i := range 4 {
		d := told("a", "c1", fmt.Sprintf("e%d", i), i)
		d.State, d.EndTime, d.Problem, d.Attempts = followupv1.WebhookDelivery_DEAD, at(i), "given up", 7
		hear(t, env, "c1", d)
	}
	ping := followup.Delivery{Webhook: "a", ID: "ping-1", Type: "ping", State: followupv1.WebhookDelivery_DEAD, CreateTime: at(3), EndTime: at(3)}
	change(t, env, "a", followup.WebhookChanges{Post: &ping})
	var n int64
	again := followup.Redrive{ID: "e0", GiveUpTime: at(500), Count: &n}
	change(t, env, "a", followup.WebhookChanges{Redrive: &again, Time: at(20)})
	require.EqualValues(t, 1, n)
	change(t, env, "a", followup.WebhookChanges{Redrive: &again, Time: at(20)})
	require.Zero(t, n)
	change(t, env, "a", followup.WebhookChanges{Redrive: &followup.Redrive{Since: at(2), GiveUpTime: at(500), Count: &n}, Time: at(20)})
	require.EqualValues(t, 2, n)
	read, err := env.Hooks.WebhookDelivery(t.Context(), "a", "e0")
	require.NoError(t, err)
	require.Equal(t, followupv1.WebhookDelivery_WAITING, read.State)
	require.Equal(t, []time.Time{at(20), at(500), {}}, []time.Time{read.TryTime, read.GiveUpTime, read.EndTime})
	require.Zero(t, read.Attempts)
	change(t, env, "a", followup.WebhookChanges{Resume: at(900), Time: at(25)})
	read, err = env.Hooks.WebhookDelivery(t.Context(), "a", "e3")
	require.NoError(t, err)
	require.Equal(t, []time.Time{at(25), at(900)}, []time.Time{read.TryTime, read.GiveUpTime})
	swept, err := env.Hooks.SweepDeliveries(t.Context(), at(2), 10)
	require.NoError(t, err)
	require.EqualValues(t, 1, swept, "e1 ended long ago")
	swept, err = env.Hooks.SweepDeliveries(t.Context(), at(900), 3)
	require.NoError(t, err)
	require.EqualValues(t, 3, swept)
	swept, err = env.Hooks.SweepDeliveries(t.Context(), at(900), 3)
	require.NoError(t, err)
	require.EqualValues(t, 1, swept)
}

// testWebhookLists: deliveries are listed newest first, page by page, and by filter.
func testWebhookLists(t *testing.T, env Env) {
	t.Helper()
	subscribe(t, env, webhook("a"), webhook("b"))
	for i := range 3 {
		d := told("a", fmt.Sprintf("c%d", i%2), fmt.Sprintf("e%d", i), i)
		if i == 2 {
			d.State, d.Code, d.Attempts, d.Type = followupv1.WebhookDelivery_DEAD, 503, 4, "message_sent"
		}
		hear(t, env, d.Complaint, d, told("b", d.Complaint, d.ID, i))
	}
	names := func(filter string) (ids []string) {
		query := followup.DeliveryQuery{Webhook: "a", Filter: filter, Limit: 1}
		for {
			list, err := env.Hooks.WebhookDeliveries(t.Context(), query)
			require.NoError(t, err)
			if len(list) == 0 {
				return ids
			}
			require.Empty(t, list[0].Body)
			ids, query.Before = append(ids, list[0].ID), list[0].Sequence
		}
	}
	for filter, want := range map[string][]string{
		``:                                     {"e2", "e1", "e0"},
		`state="DEAD"`:                         {"e2"},
		`state="WAITING"`:                      {"e1", "e0"},
		`type="message_sent"`:                  {"e2"},
		`complaint="complaints/c1"`:            {"e1"},
		`response_code >= 500`:                 {"e2"},
		`attempt_count > 3`:                    {"e2"},
		`create_time > "2030-01-01T00:00:00Z"`: nil,
	} {
		require.Equal(t, want, names(filter), filter)
	}
	_, err := env.Hooks.WebhookDeliveries(t.Context(), followup.DeliveryQuery{Webhook: "a", Filter: `body="x"`, Limit: 1})
	require.Equal(t, errorv1.Reason_FILTER_INVALID.String(), errs.Reason(err))
}
