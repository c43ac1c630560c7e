package followup

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/page"
)

// secretSize is a technical limit: the bytes of a secret that is made.
const secretSize = 32

// CreateWebhook adds a subscription. The answer has its secret. Errors: WEBHOOK_NOT_ALLOWED, WEBHOOK_URL_REFUSED, INVALID_FIELD.
func (s *Service) CreateWebhook(ctx context.Context, req *followupv1.CreateWebhookRequest) (*followupv1.Webhook, error) {
	if !s.hooks().GetEnabled() {
		return nil, webhookNotAllowed("OFF", "The policy has no webhooks: webhooks.enabled.")
	}
	id, now := s.deps.IDs.ID(), s.now()
	w := Webhook{ID: id, CreateTime: now, UpdateTime: now, Version: 1}
	if err := s.amendWebhook(ctx, &w, req.GetWebhook(), webhookFields()); err != nil {
		return nil, err
	}
	secret, err := s.newSecret(id, req.GetWebhook().GetSecret())
	if err != nil {
		return nil, err
	}
	w.Secret = secret
	done, err := s.changeWebhook(ctx, id, webhookName(id), func(c *WebhookCase) error {
		if c.Count >= int(s.hooks().GetMostSubscriptions()) {
			return webhookNotAllowed("TOO_MANY", "There are as many subscriptions as the policy allows: webhooks.most_subscriptions.")
		}
		c.Changes = WebhookChanges{Put: &w, Drafts: s.webhookDrafts(caller(ctx).Subject, &w, eventv1.WebhookChanged_ADDED)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.shown(ctx, webhookID(done.Result))
}

// newSecret seals the secret that was given, or one that is made.
func (s *Service) newSecret(webhook, given string) ([]byte, error) {
	if given == "" {
		var err error
		if given, err = hook.MakeSecret(secretSize); err != nil {
			return nil, err
		}
	}
	return s.sealSecret(webhook, given)
}

// changeWebhook changes a subscription on the account of the caller, once per idempotency key.
func (s *Service) changeWebhook(ctx context.Context, id, result string, decide func(*WebhookCase) error) (Done, error) {
	change := WebhookChange{ID: id, Result: result}
	change.Command, _ = idem.FromContext(ctx)
	return s.deps.Hooks.Store.ChangeWebhook(ctx, change, decide)
}

// webhook reads a subscription. Errors: WEBHOOK_NOT_FOUND.
func (s *Service) webhook(ctx context.Context, id string) (Webhook, error) {
	w, err := s.deps.Hooks.Store.Webhook(ctx, id)
	if errors.Is(err, ErrUnknown) {
		err = webhookNotFound(webhookName(id))
	}
	return w, err
}

// GetWebhook reads a subscription, without its secret. Errors: WEBHOOK_NOT_FOUND.
func (s *Service) GetWebhook(ctx context.Context, req *followupv1.GetWebhookRequest) (*followupv1.Webhook, error) {
	w, err := s.webhook(ctx, webhookID(req.GetName()))
	if err != nil {
		return nil, err
	}
	return webhookMessage(w), nil
}

// ListWebhooks lists subscriptions by name, without their secrets. Errors: PAGE_TOKEN_INVALID.
func (s *Service) ListWebhooks(ctx context.Context, req *followupv1.ListWebhooksRequest) (*followupv1.ListWebhooksResponse, error) {
	const bind = "webhooks"
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil || len(cursor) > 1 {
		return nil, errors.Join(err, pageError(len(cursor) > 1))
	}
	list, err := s.deps.Hooks.Store.Webhooks(ctx, strings.Join(cursor, ""), int(size)+1)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListWebhooksResponse{}
	if len(list) > int(size) {
		list = list[:size]
		res.NextPageToken = s.deps.Pages.Encode([]string{list[size-1].ID}, bind)
	}
	for _, w := range list {
		res.Webhooks = append(res.Webhooks, webhookMessage(w))
	}
	return res, nil
}

func pageError(wrong bool) error {
	if wrong {
		return page.ErrToken
	}
	return nil
}

// UpdateWebhook changes a subscription. What waits while it is paused is tried when it is active again, for as long as the policy has any tried;
// what waits when it is disabled is given up. Errors: WEBHOOK_NOT_FOUND, WEBHOOK_NOT_ALLOWED, WEBHOOK_URL_REFUSED, ETAG_MISMATCH,
// FIELD_NOT_UPDATABLE, INVALID_FIELD.
func (s *Service) UpdateWebhook(ctx context.Context, req *followupv1.UpdateWebhookRequest) (*followupv1.Webhook, error) {
	sent := req.GetWebhook()
	fields, err := webhookMask(sent, req.GetUpdateMask().GetPaths())
	if err != nil {
		return nil, err
	}
	id := webhookID(sent.GetName())
	draft, err := s.webhook(ctx, id)
	if err == nil {
		err = s.amendWebhook(ctx, &draft, sent, fields) // A name is looked up here, outside of the transaction.
	}
	if err != nil {
		return nil, err
	}
	_, err = s.changeWebhook(ctx, id, sent.GetName(), func(c *WebhookCase) error {
		next, err := freshWebhook(c, sent.GetName(), sent.GetEtag())
		if err != nil {
			return err
		}
		before, now := next.State, s.now()
		s.copyWebhook(ctx, &next, sent, fields)
		next.Version, next.UpdateTime = next.Version+1, now
		c.Changes = WebhookChanges{Put: &next, Time: now, Drafts: s.webhookDrafts(caller(ctx).Subject, &next, eventv1.WebhookChanged_CHANGED)}
		switch {
		case before == next.State:
		case next.State == followupv1.Webhook_ACTIVE:
			c.Changes.Resume = s.giveUpTime(now)
		case next.State == followupv1.Webhook_DISABLED:
			c.Changes.GiveUp = "the subscription was disabled"
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.hurryHooks()
	return s.GetWebhook(ctx, &followupv1.GetWebhookRequest{Name: sent.GetName()})
}

// giveUpTime is until when what is put on record now is tried.
func (s *Service) giveUpTime(now time.Time) time.Time {
	return now.Add(s.hooks().GetGiveUpAfter().AsDuration())
}

// freshWebhook is the subscription of a change, which must have the etag, if one is wanted.
func freshWebhook(c *WebhookCase, name, etag string) (Webhook, error) {
	switch {
	case c.Webhook == nil:
		return Webhook{}, webhookNotFound(name)
	case etag != "" && etag != webhookEtag(*c.Webhook):
		return Webhook{}, webhookOutdated(webhookEtag(*c.Webhook))
	}
	return *c.Webhook, nil
}

// DeleteWebhook ends a subscription, with its log. Errors: WEBHOOK_NOT_FOUND, ETAG_MISMATCH.
func (s *Service) DeleteWebhook(ctx context.Context, req *followupv1.DeleteWebhookRequest) (*emptypb.Empty, error) {
	_, err := s.changeWebhook(ctx, webhookID(req.GetName()), req.GetName(), func(c *WebhookCase) error {
		w, err := freshWebhook(c, req.GetName(), req.GetEtag())
		if err != nil {
			return err
		}
		c.Changes = WebhookChanges{Delete: true, Drafts: s.webhookDrafts(caller(ctx).Subject, &w, eventv1.WebhookChanged_REMOVED)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// RotateWebhookSecret gives a subscription another secret, which the answer has. The one before signs, too, for as long as the policy says, unless
// it is known to others. Errors: WEBHOOK_NOT_FOUND, ETAG_MISMATCH, INVALID_FIELD.
func (s *Service) RotateWebhookSecret(ctx context.Context, req *followupv1.RotateWebhookSecretRequest) (*followupv1.Webhook, error) {
	id := webhookID(req.GetName())
	secret, err := s.newSecret(id, req.GetSecret())
	if err != nil {
		return nil, err
	}
	_, err = s.changeWebhook(ctx, id, req.GetName(), func(c *WebhookCase) error {
		next, err := freshWebhook(c, req.GetName(), req.GetEtag())
		if err != nil {
			return err
		}
		now := s.now()
		next.OldSecret, next.OldUntil = next.Secret, now.Add(s.hooks().GetSecretOverlap().AsDuration())
		if req.GetAtOnce() || !next.OldUntil.After(now) {
			next.OldSecret, next.OldUntil = nil, time.Time{}
		}
		next.Secret, next.Version, next.UpdateTime = secret, next.Version+1, now
		c.Changes = WebhookChanges{Put: &next, Drafts: s.webhookDrafts(caller(ctx).Subject, &next, eventv1.WebhookChanged_ROTATED)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.shown(ctx, id)
}
