package followup

import (
	"context"
	"errors"
	"sync"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/vault"
)

const (
	// shortestLook and longestLook are technical limits: how often it is looked whether the time of a delivery has come.
	shortestLook, longestLook = 50 * time.Millisecond, time.Second
	// sweepPause is how often what has ended long ago is removed, and sweepSlice how much of it in one transaction.
	sweepPause, sweepSlice = 10 * time.Minute, 1000
	// leaseSlack is how much longer than its request an attempt may take.
	leaseSlack = 10 * time.Second
)

// What became of a request, as metrics call it.
const (
	// HookDelivered is a request that was taken.
	HookDelivered = "delivered"
	// HookFailed is one that was not, and is tried again.
	HookFailed = "failed"
	// HookGivenUp is one that was not, and is not tried any more.
	HookGivenUp = "given-up"
)

// HookDeps is what a Service needs to tell outside systems; all fields are required.
type HookDeps struct {
	// Store keeps subscriptions and deliveries.
	Store WebhookStore
	// Sender makes requests.
	Sender *hook.Sender
	// Key seals secrets of subscriptions.
	Key *vault.DataKey
	// Tried counts requests by what became of them.
	Tried func(ctx context.Context, outcome string)
}

func (d HookDeps) complete() bool {
	return d.Store != nil && d.Sender != nil && d.Key != nil && d.Tried != nil
}

// RunWebhooks sends to outside systems what waits for them, until ctx ends. Each subscription is served by itself, so that one which is slow
// holds up no other. Any number of processes may do so at a time: one of them makes each attempt.
func (s *Service) RunWebhooks(ctx context.Context) error {
	if !s.hooks().GetEnabled() {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(s.lookPause())
	defer ticker.Stop()
	var serving sync.WaitGroup
	defer serving.Wait()
	var served sync.Map
	var swept time.Time
	for {
		ids, err := s.deps.Hooks.Store.DueWebhooks(ctx, s.now())
		if err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "outside systems are told later", "error", err)
		}
		for _, id := range ids {
			if _, busy := served.LoadOrStore(id, true); busy {
				continue
			}
			serving.Go(func() {
				defer served.Delete(id)
				if err := s.ServeWebhook(ctx, id); err != nil && ctx.Err() == nil {
					s.deps.Logger.WarnContext(ctx, "an outside system is told later", "webhook", webhookName(id), "error", err)
				}
			})
		}
		if now := s.now(); now.Sub(swept) >= sweepPause {
			swept = now
			s.sweepDeliveries(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.freshHooks:
		}
	}
}

// lookPause is how often it is looked whether the time of a delivery has come.
func (s *Service) lookPause() time.Duration {
	return min(max(s.hooks().GetRetryAfter().AsDuration()/looks, shortestLook), longestLook)
}

func (s *Service) sweepDeliveries(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := s.deps.Hooks.Store.SweepDeliveries(ctx, s.now().Add(-s.hooks().GetKeepFor().AsDuration()), sweepSlice)
		if err != nil && ctx.Err() == nil {
			s.deps.Logger.WarnContext(ctx, "old deliveries to outside systems stay longer", "error", err)
		}
		if err != nil || n < sweepSlice {
			return
		}
	}
}

// ServeWebhook sends what is due of one subscription, several at a time but never two about one complaint, until nothing is.
func (s *Service) ServeWebhook(ctx context.Context, id string) error {
	most := int(s.hooks().GetConcurrency())
	ended := make(chan error, most)
	ticker := time.NewTicker(s.lookPause())
	defer ticker.Stop()
	under := 0
	var failures error
	for {
		if free := most - under; free > 0 && ctx.Err() == nil && failures == nil {
			now := s.now()
			w, list, err := s.deps.Hooks.Store.ClaimDeliveries(ctx, id, now, now.Add(s.hooks().GetTimeout().AsDuration()+leaseSlack), free)
			failures = err
			for _, d := range list {
				under++
				go func() { ended <- s.deliverHook(ctx, w, d) }()
			}
		}
		if under == 0 {
			return failures
		}
		select {
		case err := <-ended:
			under--
			failures = errors.Join(failures, err)
		case <-ticker.C: // Others may have come meanwhile.
		}
	}
}

// deliverHook makes one attempt, and puts on record what came of it.
func (s *Service) deliverHook(ctx context.Context, w Webhook, d Delivery) error {
	out := s.request(ctx, w, d)
	settling := context.WithoutCancel(ctx) // What was taken is not sent again because the process ends.
	if ctx.Err() != nil && out.Code == 0 {
		d.Problem = "" // It ended with the process, and says nothing of the other side.
		_, err := s.deps.Hooks.Store.SettleDelivery(settling, d, s.now())
		return err
	}
	d = s.judged(d, out)
	after, err := s.deps.Hooks.Store.SettleDelivery(settling, d, s.now())
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	s.told(ctx, w, d)
	gone := out.Code == statusGone
	if gone || d.Problem != "" && after.failing(s.now(), s.hooks().GetDisableAfter().AsDuration()) {
		return s.disable(settling, w.ID, gone)
	}
	return nil
}

// statusGone is how the other side says that it wants no more.
const statusGone = 410

// request sends a delivery once.
func (s *Service) request(ctx context.Context, w Webhook, d Delivery) hook.Outcome {
	secrets, err := s.secrets(w)
	if err != nil {
		return hook.Outcome{Time: s.now(), Problem: "its secret cannot be read: it needs another"}
	}
	return s.deps.Hooks.Sender.Send(ctx, hook.Request{URL: w.URL, ID: d.ID, Body: d.Body, Secrets: secrets})
}

// judged is a delivery after an attempt.
func (s *Service) judged(d Delivery, out hook.Outcome) Delivery {
	now, rules := s.now(), s.hooks()
	d.Code, d.Problem, d.LeaseTime = int32(out.Code), out.Problem, time.Time{}
	d.Log = append(d.Log, hookAttempt(out))
	if n := len(d.Log); n > keptAttempts {
		d.Log = d.Log[n-keptAttempts:]
	}
	switch {
	case out.Problem == "":
		d.State, d.EndTime = followupv1.WebhookDelivery_DELIVERED, now
	case !d.GiveUpTime.After(now):
		d.State, d.EndTime = followupv1.WebhookDelivery_DEAD, now
	default:
		pauses := channel.Backoff{After: rules.GetRetryAfter().AsDuration(), AtMost: rules.GetRetryAtMost().AsDuration()}
		pause := max(pauses.Pause(int(d.Attempts)-1), min(out.RetryAfter, rules.GetRetryAtMost().AsDuration()))
		d.TryTime = now.Add(pause)
	}
	return d
}

// told counts and logs what came of an attempt. No line has the URL.
func (s *Service) told(ctx context.Context, w Webhook, d Delivery) {
	outcome := HookDelivered
	switch {
	case d.State == followupv1.WebhookDelivery_DEAD:
		outcome = HookGivenUp
		s.deps.Logger.WarnContext(ctx, "an event is not told to an outside system any more", "delivery", deliveryName(d.Webhook, d.ID),
			"type", d.Type, "problem", d.Problem)
	case d.Problem != "":
		outcome = HookFailed
		if w.FailingSince.IsZero() {
			s.deps.Logger.WarnContext(ctx, "an outside system did not take an event; it is tried again", "delivery", deliveryName(d.Webhook, d.ID),
				"type", d.Type, "problem", d.Problem)
		}
	}
	s.deps.Hooks.Tried(ctx, outcome)
}

// disable ends the telling of a subscription that takes nothing, or wants nothing any more.
func (s *Service) disable(ctx context.Context, id string, gone bool) error {
	disabled := ""
	_, err := s.deps.Hooks.Store.ChangeWebhook(ctx, WebhookChange{ID: id}, func(c *WebhookCase) error {
		disabled = ""
		if c.Webhook == nil || c.Webhook.State != followupv1.Webhook_ACTIVE {
			return nil
		}
		next, now := *c.Webhook, s.now()
		switch {
		case gone:
			disabled = "The other side answered 410: it wants no more."
		case next.failing(now, s.hooks().GetDisableAfter().AsDuration()):
			disabled = "It has taken nothing since " + instant(next.FailingSince) + "."
		default:
			return nil
		}
		next.put(followupv1.Webhook_DISABLED, disabled, now)
		next.Version++
		c.Changes = WebhookChanges{
			Put: &next, GiveUp: "the subscription was disabled", Time: now,
			Drafts: s.webhookDrafts("services/followup", &next, eventv1.WebhookChanged_DISABLED),
		}
		return nil
	})
	if err == nil && disabled != "" {
		s.deps.Logger.ErrorContext(ctx, "an outside system is not told any more: somebody has to mend it, make it active and redrive what it missed (docs/webhooks.md)",
			"webhook", webhookName(id), "reason", disabled)
	}
	return err
}
