package followup

import (
	"context"
	"slices"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

// webhookFields are what callers set of a subscription.
func webhookFields() []string {
	return []string{"display_name", "url", "event_types", "departments", "severities", "state"}
}

// webhookMask is which fields are changed: those of the mask, or else those that are set. Errors: FIELD_NOT_UPDATABLE.
func webhookMask(sent *followupv1.Webhook, mask []string) ([]string, error) {
	var fields []string
	if len(mask) == 0 {
		m := sent.ProtoReflect()
		for _, name := range webhookFields() {
			for i := range m.Descriptor().Fields().Len() {
				if field := m.Descriptor().Fields().Get(i); string(field.Name()) == name && m.Has(field) {
					fields = append(fields, name)
				}
			}
		}
		return fields, nil
	}
	for _, path := range mask {
		switch {
		case path == "*":
			return webhookFields(), nil
		case path == "name", path == "etag":
		case !slices.Contains(webhookFields(), path):
			return nil, fieldNotUpdatable(path)
		default:
			fields = append(fields, path)
		}
	}
	return fields, nil
}

// copyWebhook sets fields of a subscription.
func (s *Service) copyWebhook(ctx context.Context, w *Webhook, sent *followupv1.Webhook, fields []string) {
	for _, field := range fields {
		switch field {
		case "display_name":
			w.DisplayName = sent.GetDisplayName()
		case "url":
			w.URL = sent.GetUrl()
		case "event_types":
			w.Types = sent.GetEventTypes()
		case "departments":
			w.Departments = sent.GetDepartments()
		case "severities":
			w.Severities = sent.GetSeverities()
		case "state":
			state := sent.GetState()
			if state == followupv1.Webhook_STATE_UNSPECIFIED {
				state = followupv1.Webhook_ACTIVE
			}
			if state != w.State {
				w.put(state, "Said by "+caller(ctx).Subject+".", s.now())
			}
		}
	}
}

// amendWebhook sets fields of a subscription, and refuses what it cannot be. Errors: WEBHOOK_NOT_ALLOWED, WEBHOOK_URL_REFUSED, INVALID_FIELD.
func (s *Service) amendWebhook(ctx context.Context, w *Webhook, sent *followupv1.Webhook, fields []string) error {
	before := *w
	s.copyWebhook(ctx, w, sent, fields)
	for _, kind := range w.Types {
		if !Tellable(kind) {
			return invalidField("webhook.event_types", "There is no event "+kind+", or it is not told outside.")
		}
	}
	if w.State == followupv1.Webhook_ACTIVE && before.State != w.State && !s.hooks().GetEnabled() {
		return webhookNotAllowed("OFF", "The policy has no webhooks: webhooks.enabled.")
	}
	if w.URL == before.URL && w.URL != "" {
		return nil
	}
	return urlRefused(s.deps.Hooks.Sender.Check(ctx, w.URL))
}
