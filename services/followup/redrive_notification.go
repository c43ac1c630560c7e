package followup

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// RedriveNotification has a message sent again that was given up, to where the customer can be reached by now, for as long as the policy
// has any tried. What came back and had nowhere else to go is sent again under the next name. Errors: AGENT_RECUSED,
// NOTIFICATION_NOT_FOUND, NOTIFICATION_NOT_DEAD, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) RedriveNotification(ctx context.Context, req *followupv1.RedriveNotificationRequest) (*followupv1.Notification, error) {
	n, err := s.message(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	next := &n
	if n.State == followupv1.Notification_BOUNCED && n.Told&ToldUndelivered != 0 {
		key, _, _, err := s.whereTo(ctx, n)
		if err != nil {
			return nil, err
		}
		if next, err = repeated(key, n); err != nil {
			return nil, err
		}
	}
	change := Change{Complaint: n.Complaint, Notifications: true, Result: req.GetName()}
	change.Command, _ = idem.FromContext(ctx)
	done, err := s.change(ctx, change, func(l ledger) error {
		if _, ok := l.Notification(next.ID); ok && n.State == followupv1.Notification_BOUNCED {
			return notificationNotDead(req.GetName(), n.State)
		}
		if known, _ := l.Notification(n.ID); n.State != followupv1.Notification_BOUNCED && known.State != followupv1.Notification_DEAD {
			return notificationNotDead(req.GetName(), known.State)
		}
		*next = s.redriven(l, *next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if done.Repeated {
		if *next, err = s.deps.Store.Notification(ctx, next.Complaint, next.ID); err != nil {
			return nil, err
		}
	}
	s.hurry()
	return notificationMessage(*next), nil
}

// redriven puts a message on record to be tried from now on.
func (s *Service) redriven(l ledger, n Notification) Notification {
	n.State, n.Attempts, n.Problem, n.TryTime = followupv1.Notification_WAITING, 0, "", l.now
	n.GiveUpTime, n.Told = l.now.Add(s.patience()), n.Told&^(ToldFailed|ToldUnsure)
	n.Channel, n.Address, n.Mark = "", "", nil // Whoever has it sent again has thought of where it may have gone,
	n.Avoid = nil                              // and of where it came back from: what is not to be used is not used anyway.
	if n.CreateTime.IsZero() {
		n.CreateTime = l.now
	}
	l.put(n)
	l.draft(l.cycleOf(n), &eventv1.Payload{Kind: &eventv1.Payload_MessageDelayed{MessageDelayed: &eventv1.MessageDelayed{
		Notification: n.Name(), Template: n.Template, Cause: eventv1.MessageDelayed_REDRIVEN, TryTime: timestamp(n.TryTime),
	}}})
	return n
}
