package followup

import (
	"context"
	"errors"
	"strconv"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// PingWebhook sends a request that tells nothing, once and at once, whatever the state of the subscription. What comes of it is in its log, and
// says nothing of whether it is failing. Errors: WEBHOOK_NOT_FOUND, WEBHOOK_NOT_ALLOWED.
func (s *Service) PingWebhook(ctx context.Context, req *followupv1.PingWebhookRequest) (*followupv1.WebhookDelivery, error) {
	if !s.hooks().GetEnabled() {
		return nil, webhookNotAllowed("OFF", "The policy has no webhooks: webhooks.enabled.")
	}
	id := webhookID(req.GetName())
	w, err := s.webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	d := Delivery{Webhook: id, ID: pingType + "-" + s.deps.IDs.ID(), Type: pingType, State: followupv1.WebhookDelivery_WAITING, CreateTime: s.now()}
	done, err := s.changeWebhook(ctx, id, deliveryName(id, d.ID), func(c *WebhookCase) error {
		if c.Webhook == nil {
			return webhookNotFound(req.GetName())
		}
		// It is on record before it is sent, so that a call that is repeated sends nothing again.
		d.State, d.EndTime, d.Problem, d.Attempts = followupv1.WebhookDelivery_DEAD, d.CreateTime, "it is being sent", 1
		if d.Body, err = pingBody(req.GetName(), d.CreateTime); err != nil {
			return err
		}
		c.Changes = WebhookChanges{Post: &d}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !done.Repeated {
		out := s.request(ctx, w, d)
		d.GiveUpTime = d.CreateTime // It is tried once.
		d = s.judged(d, out)
		if _, err := s.deps.Hooks.Store.SettleDelivery(context.WithoutCancel(ctx), d, s.now()); err != nil && !errors.Is(err, ErrUnknown) {
			return nil, err
		}
	}
	return s.GetWebhookDelivery(ctx, &followupv1.GetWebhookDeliveryRequest{Name: done.Result})
}

// GetWebhookDelivery reads one delivery, with what is sent. Errors: WEBHOOK_NOT_FOUND.
func (s *Service) GetWebhookDelivery(ctx context.Context, req *followupv1.GetWebhookDeliveryRequest) (*followupv1.WebhookDelivery, error) {
	d, err := s.webhookDelivery(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	m := deliveryMessage(d)
	m.Body = string(d.Body)
	return m, nil
}

func (s *Service) webhookDelivery(ctx context.Context, name string) (Delivery, error) {
	webhook, id := deliveryIDs(name)
	d, err := s.deps.Hooks.Store.WebhookDelivery(ctx, webhook, id)
	if errors.Is(err, ErrUnknown) {
		err = webhookNotFound(name)
	}
	return d, err
}

// ListWebhookDeliveries lists the deliveries of a subscription without what is sent, the newest first. Errors: WEBHOOK_NOT_FOUND, FILTER_INVALID,
// PAGE_TOKEN_INVALID.
func (s *Service) ListWebhookDeliveries(ctx context.Context, req *followupv1.ListWebhookDeliveriesRequest) (*followupv1.ListWebhookDeliveriesResponse, error) {
	id := webhookID(req.GetParent())
	if _, err := s.webhook(ctx, id); err != nil {
		return nil, err
	}
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "deliveries\x00" + id + "\x00" + req.GetFilter()
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	query := DeliveryQuery{Webhook: id, Filter: req.GetFilter(), Limit: int(size) + 1}
	if len(cursor) > 0 {
		if query.Before, err = strconv.ParseInt(cursor[0], 10, 64); err != nil || len(cursor) > 1 {
			return nil, page.ErrToken
		}
	}
	list, err := s.deps.Hooks.Store.WebhookDeliveries(ctx, query)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListWebhookDeliveriesResponse{}
	if len(list) > int(size) {
		list = list[:size]
		res.NextPageToken = s.deps.Pages.Encode([]string{strconv.FormatInt(list[size-1].Sequence, 10)}, bind)
	}
	for _, d := range list {
		res.Deliveries = append(res.Deliveries, deliveryMessage(d))
	}
	return res, nil
}

// RedriveWebhook has everything sent again that was given up since a time, and what waits sent at once. Errors: WEBHOOK_NOT_FOUND,
// WEBHOOK_DISABLED.
func (s *Service) RedriveWebhook(ctx context.Context, req *followupv1.RedriveWebhookRequest) (*followupv1.RedriveWebhookResponse, error) {
	again := Redrive{}
	if req.GetSinceTime() != nil {
		if err := req.GetSinceTime().CheckValid(); err != nil {
			return nil, invalidField("since_time", "It is no time.")
		}
		again.Since = micros(req.GetSinceTime())
	}
	n, _, err := s.redrive(ctx, webhookID(req.GetName()), req.GetName(), again)
	if err != nil {
		return nil, err
	}
	return &followupv1.RedriveWebhookResponse{DeliveryCount: n}, nil
}

// RedriveWebhookDelivery has one event sent again that was given up. Errors: WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED, WEBHOOK_DELIVERY_NOT_DEAD.
func (s *Service) RedriveWebhookDelivery(ctx context.Context, req *followupv1.RedriveWebhookDeliveryRequest) (*followupv1.WebhookDelivery, error) {
	webhook, id := deliveryIDs(req.GetName())
	d, err := s.webhookDelivery(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	n, repeated, err := s.redrive(ctx, webhook, req.GetName(), Redrive{ID: id})
	if err == nil && n == 0 && !repeated {
		err = deliveryNotDead(d)
	}
	if err != nil {
		return nil, err
	}
	return s.GetWebhookDelivery(ctx, &followupv1.GetWebhookDeliveryRequest{Name: req.GetName()})
}

// redrive has what was given up tried again, and tells how much of it there was, and whether the same call was made before.
func (s *Service) redrive(ctx context.Context, webhook, result string, again Redrive) (n int64, repeated bool, err error) {
	again.Count = &n
	done, err := s.changeWebhook(ctx, webhook, result, func(c *WebhookCase) error {
		n = 0
		if c.Webhook == nil {
			return webhookNotFound(webhookName(webhook))
		}
		if c.Webhook.State == followupv1.Webhook_DISABLED {
			return webhookDisabled(c.Webhook)
		}
		now := s.now()
		again.GiveUpTime = s.giveUpTime(now)
		c.Changes = WebhookChanges{Redrive: &again, Time: now}
		if again.ID == "" {
			c.Changes.Resume = again.GiveUpTime
			c.Changes.Drafts = s.webhookDrafts(caller(ctx).Subject, c.Webhook, eventv1.WebhookChanged_REDRIVEN)
		}
		return nil
	})
	s.hurryHooks()
	return n, done.Repeated, err
}
