package followup

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// hooks are the numbers of the policy for outside systems.
func (s *Service) hooks() *policyv1.Webhooks { return s.deps.Policy.Proto().GetWebhooks() }

// TellOutside takes note of any service's fact for outside systems: each subscription that wants it has it on record once, however often the
// event is delivered. It is what WebhookSinkService calls, in one transaction of the database. Errors: none but those of the database.
func (s *Service) TellOutside(ctx context.Context, e *eventv1.Event, p *eventv1.Payload) (first bool, err error) {
	complaint, ok := complaintID(e.GetSubject())
	if !ok || !s.hooks().GetEnabled() {
		return false, nil
	}
	decide := func(all []Webhook, standing Standing) ([]Delivery, error) {
		var body []byte
		var list []Delivery
		for i := range all {
			if !Tellable(e.GetType()) || !all[i].wants(e, standing) {
				continue
			}
			if body == nil {
				if body, err = tell(e, p); err != nil {
					return nil, err
				}
			}
			list = append(list, s.delivery(&all[i], e, complaint, body))
		}
		first = len(list) > 0
		return list, nil
	}
	err = s.deps.Hooks.Store.Hear(ctx, complaint, standing(p), decide, s.hurryHooks)
	return first && err == nil, err
}

// delivery is an event on its way to a subscription. What a disabled one misses is on record as given up, so that it can be sent again.
func (s *Service) delivery(w *Webhook, e *eventv1.Event, complaint string, body []byte) Delivery {
	now := s.now()
	d := Delivery{
		Webhook: w.ID, ID: e.GetEventId(), Type: e.GetType(), Complaint: complaint, Body: body, State: followupv1.WebhookDelivery_WAITING,
		CreateTime: now, TryTime: now, GiveUpTime: now.Add(s.hooks().GetGiveUpAfter().AsDuration()),
	}
	if w.State == followupv1.Webhook_DISABLED {
		d.State, d.EndTime, d.Problem = followupv1.WebhookDelivery_DEAD, now, "the subscription is disabled"
	}
	return d
}

// hurryHooks has RunWebhooks send what was put on record just now.
func (s *Service) hurryHooks() {
	select {
	case s.freshHooks <- struct{}{}:
	default:
	}
}
