package followup

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup/hook"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// webhookMessage is a subscription without its secret.
func webhookMessage(w Webhook) *followupv1.Webhook {
	return &followupv1.Webhook{
		Name: webhookName(w.ID), DisplayName: w.DisplayName, Url: w.URL, EventTypes: w.Types, Departments: w.Departments,
		Severities: w.Severities, State: w.State, StateReason: w.Reason, StateTime: timestamp(w.StateTime),
		OldSecretExpireTime: timestamp(w.OldUntil), SuccessTime: timestamp(w.SuccessTime), FailingSinceTime: timestamp(w.FailingSince),
		CreateTime: timestamp(w.CreateTime), UpdateTime: timestamp(w.UpdateTime), Etag: webhookEtag(w),
	}
}

// webhookEtag changes with each change.
func webhookEtag(w Webhook) string { return strconv.Quote(strconv.FormatInt(w.Version, 36)) }

// deliveryMessage is a delivery without what is sent.
func deliveryMessage(d Delivery) *followupv1.WebhookDelivery {
	m := &followupv1.WebhookDelivery{
		Name: deliveryName(d.Webhook, d.ID), Type: d.Type, State: d.State, AttemptCount: d.Attempts, CreateTime: timestamp(d.CreateTime),
		EndTime: timestamp(d.EndTime), Problem: d.Problem, ResponseCode: d.Code, Attempts: d.Log,
	}
	if d.Complaint != "" {
		m.Complaint = complaintName(d.Complaint)
	}
	if !d.ended() {
		m.TryTime, m.GiveUpTime = timestamp(d.TryTime), timestamp(d.GiveUpTime)
	}
	return m
}

func hookAttempt(out hook.Outcome) *followupv1.WebhookAttempt {
	return &followupv1.WebhookAttempt{
		AttemptTime: timestamp(out.Time), Duration: durationpb.New(out.Duration), ResponseCode: int32(out.Code), Problem: out.Problem,
		Snippet: out.Snippet,
	}
}

// webhookDrafts is the event of a change. It names the host that requests go to, and nothing else of the URL.
func (s *Service) webhookDrafts(actor string, w *Webhook, change eventv1.WebhookChanged_Change) []eventlog.Draft {
	host := ""
	if target, err := url.Parse(w.URL); err == nil {
		host = target.Host
	}
	return []eventlog.Draft{{
		Subject: webhookName(w.ID), Actor: actor, RecordTime: s.now(),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_WebhookChanged{WebhookChanged: &eventv1.WebhookChanged{
			Webhook: webhookName(w.ID), Change: change, State: w.State.String(), Reason: w.Reason, Host: host,
		}}},
	}}
}

// secretPlace is what a sealed secret is bound to.
func secretPlace(webhook string) string { return webhookName(webhook) + "#secret" }

// sealSecret seals a secret as Standard Webhooks writes it.
func (s *Service) sealSecret(webhook, text string) ([]byte, error) {
	if _, err := hook.Secret(text); err != nil {
		return nil, invalidField("secret", "It must be "+err.Error()+".")
	}
	return s.deps.Hooks.Key.Seal([]byte(text), secretPlace(webhook))
}

// secrets are what signs now: the secret, and for a while the one before.
func (s *Service) secrets(w Webhook) ([][]byte, error) {
	sealed := [][]byte{w.Secret}
	if len(w.OldSecret) > 0 && s.now().Before(w.OldUntil) {
		sealed = append(sealed, w.OldSecret)
	}
	var keys [][]byte
	for _, each := range sealed {
		text, err := s.deps.Hooks.Key.Open(each, secretPlace(w.ID))
		if err != nil {
			return nil, fmt.Errorf("secret of %s: %w", webhookName(w.ID), err)
		}
		key, err := hook.Secret(string(text))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// shown is a subscription with its secret, for whoever made it.
func (s *Service) shown(ctx context.Context, id string) (*followupv1.Webhook, error) {
	w, err := s.webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	m := webhookMessage(w)
	text, err := s.deps.Hooks.Key.Open(w.Secret, secretPlace(id))
	if err != nil {
		return nil, err
	}
	m.Secret = string(text)
	return m, nil
}
