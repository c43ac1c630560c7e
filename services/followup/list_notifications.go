package followup

import (
	"context"
	"errors"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetNotification reads one message without its text. Errors: NOTIFICATION_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GetNotification(ctx context.Context, req *followupv1.GetNotificationRequest) (*followupv1.Notification, error) {
	complaint, id, ok := child(req.GetName(), "notifications")
	if !ok {
		return nil, notificationNotFound(req.GetName())
	}
	if _, err := s.known(ctx, complaint); err != nil {
		return nil, err
	}
	n, err := s.deps.Store.Notification(ctx, complaint, id)
	if errors.Is(err, ErrUnknown) {
		return nil, notificationNotFound(req.GetName())
	}
	if err != nil {
		return nil, err
	}
	return notificationMessage(n), nil
}

// ListNotifications lists messages to customers by name, without their texts. Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, FILTER_INVALID,
// PAGE_TOKEN_INVALID.
func (s *Service) ListNotifications(ctx context.Context, req *followupv1.ListNotificationsRequest) (*followupv1.ListNotificationsResponse, error) {
	of, err := s.listing(ctx, "notifications", req)
	if err != nil {
		return nil, err
	}
	query := NotificationQuery{Complaint: of.complaint, Filter: req.GetFilter(), Limit: of.limit()}
	switch len(of.cursor) {
	case 0:
	case 2:
		query.AfterComplaint, query.AfterID = of.cursor[0], of.cursor[1]
	default:
		return nil, page.ErrToken
	}
	list, err := s.deps.Outbox.Notifications(ctx, query)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListNotificationsResponse{}
	if len(list) > of.size {
		list = list[:of.size]
		last := list[of.size-1]
		res.NextPageToken = s.deps.Pages.Encode([]string{last.Complaint, last.ID}, of.bind)
	}
	for _, n := range list {
		res.Notifications = append(res.Notifications, notificationMessage(n))
	}
	return res, nil
}
