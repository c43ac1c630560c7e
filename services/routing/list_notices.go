package routing

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// ErrNotDead is returned for a notice that is to be told again and was not given up.
var ErrNotDead = errors.New("routing: the notice is not dead")

// NoticeStore shows what people were told, and what could not be told.
type NoticeStore interface {
	// Notices lists those tellings after an id that a filter (AIP-160) lets through, by id. Errors: FILTER_INVALID.
	Notices(ctx context.Context, filter, after string, limit int) ([]Telling, error)
	// CountNotices counts those that wait and those that are dead.
	CountNotices(ctx context.Context) (waiting, dead int64, err error)
	// Redrive has a dead telling tried again until giveUp, and records the event that draft makes of one notice. ErrUnknown when there
	// is none of the id, ErrNotDead when it waits or was told.
	Redrive(ctx context.Context, id string, giveUp time.Time, draft func(n Notice, cycle int32) eventlog.Draft) (Telling, error)
}

// ListNotices lists notices by name. Errors: FILTER_INVALID, PAGE_TOKEN_INVALID.
func (s *Service) ListNotices(ctx context.Context, req *routingv1.ListNoticesRequest) (*routingv1.ListNoticesResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "notices\x00" + req.GetFilter()
	after, err := s.deps.Pages.After(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	list, err := s.deps.Notices.Notices(ctx, req.GetFilter(), after, int(size)+1)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListNoticesResponse{}
	if len(list) > int(size) {
		list = list[:size]
		resp.NextPageToken = s.deps.Pages.Encode([]string{list[size-1].ID}, bind)
	}
	for _, t := range list {
		resp.Notices = append(resp.Notices, noticeProto(t))
	}
	return resp, nil
}

// RedriveNotice has a dead notice told again. Errors: RESOURCE_NOT_FOUND, NOTICE_NOT_DEAD.
func (s *Service) RedriveNotice(ctx context.Context, req *routingv1.RedriveNoticeRequest) (*routingv1.Notice, error) {
	id, now := req.GetName()[len("notices/"):], s.now()
	t, err := s.deps.Notices.Redrive(ctx, id, now.Add(s.patience()), func(n Notice, cycle int32) eventlog.Draft {
		return eventlog.Draft{
			Subject: n.subject(), Cycle: cycleOf(n.Duty, cycle), Actor: actorOrSelf(ctx), RecordTime: now,
			Payload: &eventv1.Payload{Kind: &eventv1.Payload_NoticeRedriven{NoticeRedriven: &eventv1.NoticeRedriven{
				Recipient: agentName(n.Recipient), About: n.About.String(), Notice: req.GetName(),
			}}},
		}
	})
	switch {
	case errors.Is(err, ErrUnknown):
		return nil, notThere(req.GetName())
	case errors.Is(err, ErrNotDead):
		return nil, errs.Precondition(routingv1.ErrorReason_NOTICE_NOT_DEAD.String(),
			"%s is not dead: it was told, or is tried again without help.", req.GetName()).With("name", req.GetName())
	case err != nil:
		return nil, err
	}
	s.deps.Logger.InfoContext(ctx, "a dead notice is told again", "notice", req.GetName(), "by", actorOrSelf(ctx))
	return noticeProto(t), nil
}

// noticeProto shows a telling.
func noticeProto(t Telling) *routingv1.Notice {
	m := &routingv1.Notice{
		Name: "notices/" + t.ID, Recipient: agentName(t.Recipient), About: routingv1.Notice_MANY, NoticeCount: int32(t.Count),
		State: t.State, AttemptCount: int32(t.Attempts), Problem: t.Problem, Channel: t.Channel,
		CreateTime: timestamp(t.CreateTime), SendTime: timestamp(t.SendTime),
	}
	if t.Notice != nil {
		m.About, m.Kind = t.Notice.About, t.Notice.Kind
		if t.Notice.ofImprovement() {
			m.Improvement = t.Notice.matter()
		} else {
			m.Complaint = t.Notice.matter()
		}
	}
	if t.State == routingv1.Notice_WAITING {
		m.TryTime, m.GiveUpTime = timestamp(t.TryTime), timestamp(t.GiveUpTime)
	}
	return m
}
